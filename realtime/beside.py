"""Statements that write beside an append to the log, as parts of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Beside:
    """A statement with the one value that it takes, as $1, and a name that tells it from others beside it."""

    name: str
    statement: str
    value: str


def parts_of(beside: Sequence[Beside]) -> str:
    """The statements beside an append as parts of it, whose values come behind its own three."""
    parts = [
        f"{each.name} AS ({each.statement.replace('$1', f'${number}')})" for number, each in enumerate(beside, start=4)
    ]
    return f"WITH {', '.join(parts)}" if parts else ""
