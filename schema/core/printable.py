"""Text that others wrote, as a terminal, a log or a spreadsheet may be given it: there it does nothing."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

DISGUISES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
BLANKS = ("\t", "\r", "\n")


def printable(text: str, kept: str = "") -> str:
    r"""One line, with control, bidirectional and other invisible characters as `\uXXXX`; kept ones stay as they are."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(letter) if _disguises(letter, kept) else letter for letter in text)


def printable_lines(text: str) -> str:
    """The same for a text of several lines."""
    return printable(text, kept="\n")


def printable_json(text: str) -> str:
    """Compact JSON in which nothing invisible stands as itself; it says the same."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_json_escaped(letter) if _disguises(letter) else letter for letter in text)


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV, whose cells no spreadsheet takes for a formula; all are quoted, wherever it parts columns."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([cell(each) for each in row] for row in rows)
    return out.getvalue()


def cell(text: str) -> str:
    """A cell of a CSV file; what a spreadsheet would run begins with an apostrophe, which it shows as text."""
    runs = text.startswith(BLANKS) or text.lstrip().startswith(FORMULAS)
    return f"'{text}" if runs else text


def _disguises(letter: str, kept: str = "") -> bool:
    return unicodedata.category(letter) in DISGUISES and letter not in kept


def _escaped(letter: str) -> str:
    return f"\\u{ord(letter):04x}"


def _json_escaped(letter: str) -> str:
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[index]:02x}{units[index + 1]:02x}" for index in range(0, len(units), 2))
