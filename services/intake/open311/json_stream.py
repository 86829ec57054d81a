"""Reading a long JSON array record by record, so that a file of any size needs the memory of one record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import ijson  # type: ignore[import-untyped]
from ijson.common import ObjectBuilder  # type: ignore[import-untyped]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
DEEPEST = 32
OPENING = frozenset({"start_map", "start_array"})
CLOSING = frozenset({"end_map", "end_array"})


class FileBroken(Exception):
    """The file is no whole JSON array; every record before the break was handed out. The message is one line."""


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
    """Every item of the file's one JSON array. Raises FileBroken where the file stops being one."""
    count = 0
    try:
        for item in _items(iter(ijson.basic_parse(file, use_float=True))):
            count += 1
            yield item
    except ijson.JSONError as error:
        raise FileBroken(f"The file breaks after record {count}: {_reason(error)}.") from error


def _items(events: Iterator[tuple[str, Any]]) -> Iterator[Any]:
    if next(events, ("", None))[0] != "start_array":
        raise FileBroken("The file must hold one JSON array of service requests.")
    depth, builder = 1, ObjectBuilder()
    for event, value in events:
        if event == "end_array" and depth == 1:
            continue
        depth += (event in OPENING) - (event in CLOSING)
        if depth > DEEPEST:
            raise FileBroken(f"The file nests its values more than {DEEPEST} levels deep.")
        builder.event(event, value)
        if depth == 1:
            yield builder.value
            builder = ObjectBuilder()


def _reason(error: ijson.JSONError) -> str:
    """The parser's message without its excerpt of the input."""
    text = str(error).removeprefix("b'").removeprefix('b"').replace("\\n", "\n")
    reason = text.splitlines()[0] if text else "it ends too early"
    return "it ends too early" if "EOF" in reason else reason.strip().rstrip(".")
