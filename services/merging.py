"""Two reports of one thing: the duplicate is archived and points to the other, and both numbers stay alive."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Ticket
from models.enums import EventKind, MoveMutation, TextKind, TicketStatus, Visibility
from services import access, inputs
from services.answers import recall_waiting
from services.desk import Desk
from services.records import Case, Done, require_version, transaction
from services.refusals import InvalidInput, NotFound
from services.scopes import Scope

NUMBER = re.compile(r"[A-Z0-9]{1,8}-[0-9]{4}-[0-9]{6,12}")


@dataclass(frozen=True, slots=True)
class Merge:
    ticket_id: int | None
    expected_version: int
    into_number: str
    note: str | None = None
    client_mutation_id: str | None = None


def tracking_number(text: str) -> str:
    """A tracking number as people type it, or an empty text, which no ticket has."""
    typed = text.strip().upper()
    return typed if NUMBER.fullmatch(typed) else ""


async def merge(desk: Desk, scope: Scope, order: Merge) -> Done:
    """Archive a ticket as the duplicate of another one that the caller sees."""
    async with transaction() as connection:
        ticket, target = await _both(connection, scope, order)
        require_version(ticket, order.expected_version)
        case = Case(desk, scope, connection, ticket, desk.now(), inputs.mutation_id(order.client_mutation_id))
        case.choose(MoveMutation.MERGE, TicketStatus.ARCHIVED)
        if target.merged_into_id is not None:
            raise InvalidInput("ALREADY_MERGED", path=("intoNumber",))
        await _merge(case, target, inputs.note(order.note))
        await case.write()
    await desk.committed(case.seq)
    return case.done()


async def _both(connection: BaseDBAsyncClient, scope: Scope, order: Merge) -> tuple[Ticket, Ticket]:
    """The duplicate and its target, locked in the order of their ids."""
    found = await Ticket.filter(number=tracking_number(order.into_number)).using_db(connection).first()
    into_id = found.id if found else 0
    if found is not None and into_id == order.ticket_id:
        await access.ticket(connection, scope, order.ticket_id)
        raise InvalidInput("MERGES_ITSELF", path=("intoNumber",))
    try:
        rows = {row.id: row for row in await access.tickets(connection, scope, (order.ticket_id or 0, into_id))}
    except NotFound:
        await access.ticket(connection, scope, order.ticket_id)
        raise NotFound(path=("intoNumber",)) from None
    return rows[order.ticket_id or 0], rows[into_id]


async def _merge(case: Case, target: Ticket, note: str | None) -> None:
    await recall_waiting(case)
    text = None if note is None else await case.keep(TextKind.NOTE, note)
    case.enter(TicketStatus.ARCHIVED, merged_into_id=target.id)
    case.record(
        EventKind.MERGED,
        text=text,
        details={"reason": "DUPLICATE", "into": target.id, "textVisibility": Visibility.INTER_AGENCY.value},
    )
