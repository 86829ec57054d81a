"""Tables as spreadsheets write them (CSV, RFC 4180): rows with the line that each begins on."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DELIMITERS = ",;\t|"  # Excel writes semicolons where the decimal sign is a comma, as in Indonesian
MOST_LINES = 20  # of one cell in quotes; our choice: what is longer is a quote that nobody closed
SEPARATOR = re.compile("sep=(.)", re.IGNORECASE)
LINE_END = re.compile("\r\n|\r|\n")
UNREADABLE = "\ufffd"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the line in the file where it begins, from 1, its cells, and why it can not be read, if so."""

    line: int
    cells: list[str]
    wrong: str | None = None


def decoded(raw: bytes) -> str:
    """The text of a file: UTF-8 with or without its mark, UTF-16 with it, else Windows-1252 as old Excel writes."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def table_rows(text: str) -> Iterator[TableRow]:
    """Every row that is not empty, its first row among them, whatever stands between its cells."""
    lines = LINE_END.split(text.removeprefix("\ufeff"))
    told = SEPARATOR.fullmatch(lines[0])  # a line of Excel's own
    delimiter, at = (told[1], 1) if told else (_delimiter(lines), 0)
    width: int | None = None
    while at < len(lines):
        row, taken = _row(lines, at, delimiter, width)
        at += taken
        if row.wrong is not None or any(cell.strip() for cell in row.cells):
            width = width or len(row.cells)
            yield row


def _delimiter(lines: Sequence[str]) -> str:
    """The sign that stands most often in the first line that is not empty."""
    head = next((line for line in lines if line.strip()), "")
    return max(DELIMITERS, key=head.count)


def _row(lines: Sequence[str], at: int, delimiter: str, width: int | None) -> tuple[TableRow, int]:
    """The row that begins on a line, and how many lines it takes: one where it can not be read."""
    wrong = "it can not be read"
    for taken in range(1, MOST_LINES + 1):
        piece = "\n".join(lines[at : at + taken])
        try:
            cells = next(csv.reader(io.StringIO(piece, newline=""), delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            wrong = _reason(str(error))
            if "end of data" in str(error) and at + taken < len(lines):
                continue
            break
        if taken > 1 and width is not None and len(cells) != width:
            wrong = "a quotation mark is not closed"
            break
        return TableRow(at + 1, cells, _unreadable(piece)), taken
    return TableRow(at + 1, [], wrong), 1


def _reason(error: str) -> str:
    if "end of data" in error:
        return "a quotation mark is not closed"
    if "expected after" in error:
        return "something stands behind a closing quotation mark; write a quotation mark inside a cell twice"
    return f"it can not be read ({error})"


def _unreadable(piece: str) -> str | None:
    if "\0" in piece:
        return "it holds a NUL character"
    return "it holds a letter that can not be read; save the file as UTF-8" if UNREADABLE in piece else None
