"""Locks of merged reports: who moves the ticket that stays and who takes a report below it never wait in a ring."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from models import Event, Ticket
from models.database import CONNECTION
from models.enums import EventKind, Role, TicketStatus
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import VersionConflict
from services.tickets.merging import Merge, merge
from services.tickets.moves import ChangeStatus, Reopen, change_status, reopen
from services.tickets.workflow import IllegalTransition
from tests.factories import make_agency, make_scope, make_ticket
from tests.services.credentials.test_endings import settled

S = TicketStatus


@dataclass(frozen=True)
class Chain:
    """far was merged into near, near and beside into top; the deeper, the lower the id."""

    desk: Desk
    coordinator: Scope
    beside: Ticket
    far: Ticket
    near: Ticket
    top: Ticket


@pytest.fixture
async def chain(desk: Desk) -> Chain:
    coordinator = await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))
    beside, far, near = [await make_ticket(S.ARCHIVED) for _ in range(3)]
    top = await make_ticket(S.RECEIVED)
    await Ticket.filter(id__in=[beside.id, near.id]).update(merged_into_id=top.id)
    await Ticket.filter(id=far.id).update(merged_into_id=near.id)
    return Chain(desk, coordinator, beside, far, near, top)


async def move_the_top(chain: Chain) -> Any:
    command = ChangeStatus(chain.top.id, 1, S.INCOMPLETE, note="Di mana?")
    return await change_status(chain.desk, chain.coordinator, command)


async def give_all_back(chain: Chain) -> Any:
    command = ChangeStatus(chain.top.id, 1, S.ARCHIVED, reason_code="SPAM")
    return await change_status(chain.desk, chain.coordinator, command)


async def reopen_the_near(chain: Chain) -> Any:
    return await reopen(chain.desk, chain.coordinator, Reopen(chain.near.id, 1, "NEW_INFORMATION"))


async def merge_the_near_again(chain: Chain) -> Any:
    return await merge(chain.desk, chain.coordinator, Merge(chain.near.id, 1, chain.top.number))


Work = Callable[[Chain], Awaitable[Any]]
REFUSALS = {IllegalTransition, VersionConflict}


@pytest.mark.parametrize("held", ["beside", "far", "near"])
@pytest.mark.parametrize("above", [move_the_top, give_all_back])
@pytest.mark.parametrize("below", [reopen_the_near, merge_the_near_again])
@pytest.mark.parametrize("turned", [False, True])
async def test_two_on_one_chain_wait_for_one_another_and_never_both(
    chain: Chain, held: str, above: Work, below: Work, turned: bool
) -> None:
    outside = contextvars.copy_context()
    async with in_transaction(CONNECTION) as using:
        await using.execute_query("SELECT FROM ticket WHERE id = $1 FOR UPDATE", [getattr(chain, held).id])
        running: list[asyncio.Task[Any]] = []
        for work in (below, above) if turned else (above, below):
            running.append(asyncio.create_task(work(chain), context=outside.copy()))
            await settled(running, outside)
    answers = await asyncio.gather(*running, return_exceptions=True)

    # Who was second may have found the near one closed or opened by the first; nobody was told that the desk is busy.
    assert {type(each) for each in answers if isinstance(each, Exception)} <= REFUSALS
    assert (await Ticket.get(id=chain.top.id)).version == 2


async def test_what_was_reopened_meanwhile_hears_no_more_of_the_ticket_that_stays(chain: Chain) -> None:
    outside = contextvars.copy_context()
    async with in_transaction(CONNECTION) as using:
        await using.execute_query("SELECT FROM ticket WHERE id = $1 FOR UPDATE", [chain.near.id])
        running = []
        for work in (reopen_the_near, move_the_top):
            running.append(asyncio.create_task(work(chain), context=outside.copy()))
            await settled(running, outside)
    await asyncio.gather(*running)

    told = await Event.filter(kind=EventKind.CONTINUATION_CHANGED).order_by("seq")
    assert [(event.ticket_id, event.details["to"]) for event in told] == [
        (chain.far.id, "REOPENED"),
        (chain.beside.id, "INCOMPLETE"),
    ]


async def test_what_is_merged_while_a_move_waits_for_its_ticket_is_told_of_it(chain: Chain) -> None:
    top, late = await make_ticket(S.RECEIVED), await make_ticket(S.RECEIVED)
    outside = contextvars.copy_context()
    merging = Merge(late.id, 1, top.number)
    moving = ChangeStatus(top.id, 1, S.INCOMPLETE, note="Di mana?")
    async with in_transaction(CONNECTION) as using:
        await using.execute_query("SELECT FROM ticket WHERE id = $1 FOR UPDATE", [top.id])
        running = []
        for work in (
            merge(chain.desk, chain.coordinator, merging),
            change_status(chain.desk, chain.coordinator, moving),
        ):
            running.append(asyncio.create_task(work, context=outside.copy()))
            await settled(running, outside)
    await asyncio.gather(*running)

    told = await Event.filter(kind=EventKind.CONTINUATION_CHANGED)
    assert [(event.ticket_id, event.details["to"]) for event in told] == [(late.id, "INCOMPLETE")]
