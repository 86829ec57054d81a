"""What has to be written of the clocks of some cases (docs/adr/0033)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tortoise.backends.base.client import BaseDBAsyncClient

from services.deadlines.stored.kept import Clocks
from services.tickets.clocks import rows
from services.tickets.clocks.rows import TicketRow
from services.tickets.clocks.ticket_clocks import TicketClocks


class Timed(Protocol):
    """A case, as far as its clocks are concerned."""

    @property
    def ticket(self) -> TicketRow: ...

    @property
    def clocks(self) -> TicketClocks: ...


async def keep_clocks(connection: BaseDBAsyncClient, cases: Sequence[Timed]) -> None:
    """Write the clocks of these cases that changed, in one statement; their tickets' columns are saved elsewhere."""
    await rows.write_clocks(connection, unsaved_clocks(cases))


def unsaved_clocks(cases: Sequence[Timed]) -> dict[int, Clocks]:
    """The clocks of these cases that changed, by ticket; whoever takes them writes them."""
    changed = {case.ticket.id: case.clocks.unsaved for case in cases if case.clocks.changed}
    for case in cases:
        case.clocks.changed, case.clocks.stored = False, case.clocks.kept
    return changed
