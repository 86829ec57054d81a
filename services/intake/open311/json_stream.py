"""Reading a long JSON array record by record, so that a file of any size needs the memory of one record.

Records are told apart by their quotes and brackets before they are read, so one that can not be read keeps out nothing
but itself. Where a quote or a bracket is missing, the next record is looked for at the beginning of a line, no further
in than the broken one: no text of a record can stand there, as JSON writes the end of a line as \\n.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
DEEPEST = 32
LARGEST = 4 * 1024 * 1024  # bytes of one record, our choice: what is longer misses a quote or a bracket
BLOCK = 64 * 1024
SIGNS = re.compile(rb'["{}\[\],]')
ENDS_OF_TEXT = re.compile(rb'["\\\n]')
OTHER = {b"{": b"}", b"[": b"]"}
BETWEEN = re.compile(rb"[ \t\r\n,]*")


class FileBroken(Exception):
    """The file is no whole JSON array; every record before the break was handed out. The message is one line."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is no JSON: where it breaks, counted from 1, and why."""

    line: int
    column: int
    reason: str

    def __str__(self) -> str:
        return f"it can not be read at line {self.line}, column {self.column}: {self.reason}"


class CountingReader:
    """A file that skips a byte order mark and tells how many bytes were read of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.bytes_read = 0

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(size)
        first = self.bytes_read == 0
        self.bytes_read += len(found)
        if first and size != 0 and found.startswith(BYTE_ORDER_MARK):
            return found.removeprefix(BYTE_ORDER_MARK) or self.read(size)
        return found


def array_items(file: CountingReader) -> Iterator[Any]:
    """Every item of the file's one JSON array, Unreadable in the place of what is no JSON.

    Raises FileBroken where the file stops being an array, or where no next record can be found.
    """
    text, count = _Text(file), 0
    if not text.skip(re.compile(rb"\s*")) or text.peek() != b"[":
        raise FileBroken("The file must hold one JSON array of service requests.")
    text.take(1)
    while text.skip(BETWEEN) and text.peek() != b"]":
        count += 1
        yield _item(text, count)
    if text.peek() != b"]":
        raise FileBroken(f"The file breaks after record {count} at {text.position}: it ends too early.")
    text.take(1)
    if text.skip(re.compile(rb"\s*")):
        raise FileBroken(f"The file goes on behind its array at {text.position}.")


class _Text:
    """What was read of a file and not yet taken from it, and the position where it begins."""

    def __init__(self, file: CountingReader) -> None:
        self.held = b""
        self.line, self.column = 1, 1
        self._file = file

    @property
    def position(self) -> str:
        return f"line {self.line}, column {self.column}"

    def more(self) -> bool:
        """Read on; False at the end of the file."""
        block = self._file.read(BLOCK)
        self.held += block
        return bool(block)

    def peek(self) -> bytes:
        return self.held[:1]

    def skip(self, signs: re.Pattern[bytes]) -> bool:
        """Take all of these signs; whether anything is left behind them."""
        while True:
            found = signs.match(self.held)
            self.take(found.end() if found else 0)
            if self.held or not self.more():
                return bool(self.held)

    def take(self, size: int) -> bytes:
        """The first bytes, which are held no longer."""
        taken, self.held = self.held[:size], self.held[size:]
        lines = taken.count(b"\n")
        last = taken.rpartition(b"\n")[2].decode("utf-8", "replace")
        self.line, self.column = self.line + lines, len(last) + (1 if lines else self.column)
        return taken


@dataclass(slots=True)
class _Brackets:
    """The brackets that are open in an item, how many at most, and whether each was closed by its own kind."""

    open: list[bytes] = field(default_factory=list)
    deepest: int = 0
    match: bool = True

    def take(self, sign: bytes) -> None:
        if sign in OTHER:
            self.open.append(OTHER[sign])
            self.deepest = max(self.deepest, len(self.open))
        else:
            self.match = self.open.pop() == sign and self.match


def _item(text: _Text, number: int) -> Any:
    """The next item of the array; Unreadable where it is none. What is left of the text begins behind it."""
    line, column, brackets = text.line, text.column, _Brackets()
    end = _end_of_item(text, brackets)
    if end is None or not brackets.match:  # it may hold the next records as well
        end = _next_record(text.held[:end], column) or end
    if end is None:
        raise FileBroken(
            f"The file breaks after record {number - 1} at line {line}, column {column}: "
            "a quote or a bracket is missing, or it ends too early."
        )
    return _read(text.take(end).rstrip(b", \t\r\n"), line, column, brackets.deepest)


def _end_of_item(text: _Text, brackets: _Brackets) -> int | None:
    """Where the item ends that begins here; None where that can not be told."""
    at, quoted = 0, False
    while True:
        found = (ENDS_OF_TEXT if quoted else SIGNS).search(text.held, at)
        if found is None:
            at = max(at, len(text.held))
            if at > LARGEST or not text.more():
                return None
            continue
        sign, at = found[0], found.end()
        if quoted:
            quoted = sign == b"\\"  # no text goes on behind the end of a line
            at += quoted
        elif sign == b'"':
            quoted = True
        elif not brackets.open and sign in b",]}":
            return max(found.start(), 1)
        elif sign != b",":
            brackets.take(sign)
            if not brackets.open:
                return at


def _read(raw: bytes, line: int, column: int, depth: int) -> Any:
    """The value of an item that begins at this position."""
    if depth >= DEEPEST:
        return Unreadable(line, column, f"it nests its values more than {DEEPEST} levels deep")
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError as wrong:
        return _at(line, column, raw[: wrong.start].decode("utf-8"), "it is not UTF-8")
    except json.JSONDecodeError as wrong:
        said = wrong.msg.removesuffix(" starting at").removesuffix(" at")
        return _at(line, column, wrong.doc[: wrong.pos], said[:1].lower() + said[1:])
    except (ValueError, RecursionError):
        return Unreadable(line, column, "it holds a number that is none")


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _at(line: int, column: int, before: str, reason: str) -> Unreadable:
    """What is wrong behind so much of an item that begins at this position."""
    lines = before.count("\n")
    return Unreadable(line + lines, len(before.rpartition("\n")[2]) + (1 if lines else column), reason)


def _next_record(raw: bytes, column: int) -> int | None:
    """Where a line begins with a record, no further in than this column."""
    found = re.search(rb"\n(?=[ \t,]{0,%d}\{)" % (column - 1), raw)
    return None if found is None else found.end()
