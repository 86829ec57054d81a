"""Boards that events keep up equal boards that are counted anew after random moves through the whole table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import Agency, Answer, Ticket
from models.enums import AgencyKind, AnswerState, Classification, MoveMutation, PrincipalKind, Role, TicketStatus
from services.access.scopes import Scope, Sight
from services.access.states import ticket_state
from services.board.board import Board, BoardFilter
from services.clocks.passing import pass_clocks
from services.core.desk import Desk
from services.tickets import moves
from services.tickets.table.rows import Given, Move
from services.tickets.table.rules import MOVES
from services.tickets.workflow import moves_of
from tests.conftest import Clock
from tests.factories import make_agency, make_scope, make_ticket
from tests.moving import Means, make_move
from tests.services.feeds.clocked_lists import set_rules

S = TicketStatus
COMPARED = 10  # moves between two looks at the boards
# What a ticket has to be, besides its status, to make a move.
LEADS = {Given.LEAD, Given.KEPT, Given.KEPT_DISPATCHED, Given.KEPT_IN_PROGRESS}
RESUMES = {Given.KEPT: S.DISPATCHED, Given.KEPT_DISPATCHED: S.DISPATCHED, Given.KEPT_IN_PROGRESS: S.IN_PROGRESS}
KINDS = [None, *Classification]
WORKED_ON = {S.DISPATCHED, S.IN_PROGRESS, S.ANSWERED}


@pytest.mark.slow
async def test_boards_equal_fresh_ones_after_random_moves_through_the_whole_table(
    desk: Desk, database: BaseDBAsyncClient, clock: Clock
) -> None:
    chance, made, rows = Random(20261129), 0, list(MOVES)
    coordinator = await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))
    roads = await make_agency("pupr")
    await make_agency("dinkes")
    await make_agency("pln", kind=AgencyKind.EXTERNAL)
    await set_rules(desk, database)
    sights = [Sight(PrincipalKind.DISPLAY), Sight(PrincipalKind.DISPLAY, agency_id=roads.id), coordinator.sight]
    kept = [Board(sight, BoardFilter()) for sight in sights]

    chance.shuffle(rows)
    await make_ticket()  # into which the first one can be merged
    for row in rows:
        begun = await ticket_before(row, roads, chance, clock)
        await make(desk, coordinator, chance, row, begun)
        for ticket in chance.sample(await Ticket.all().order_by("id"), 2):
            ways = [move for move in moves_of(ticket_state(ticket)) if move.by is not MoveMutation.MERGE]
            await make(desk, coordinator, chance, chance.choice(ways), await Ticket.get(id=ticket.id))
        clock.forward(minutes=chance.choice([1, 40, 300]))
        made += 1
        if made % COMPARED == 0:
            for sight, one in zip(sights, kept, strict=True):
                assert await one.read(desk) == await Board(sight, BoardFilter()).read(desk), (sight, made)

    assert made == len(MOVES)


async def ticket_before(row: Move, roads: Agency, chance: Random, clock: Clock) -> Ticket:
    """A ticket that has come in some days ago and can make this move."""
    led = row.given in LEADS or row.source in WORKED_ON or (row.given is not Given.NO_LEAD and chance.random() < 0.4)
    kind = Classification(row.given) if row.given in Classification.__members__ else chance.choice(KINDS)
    return await make_ticket(
        row.source,
        lead=roads if led else None,
        at=clock() - timedelta(days=chance.randint(0, 40)),
        classification=kind,
        resumes=RESUMES.get(row.given),
    )


OPEN = {move.source for move in MOVES if move.by is MoveMutation.MERGE}


async def make(desk: Desk, scope: Scope, chance: Random, move: Move, ticket: Ticket) -> None:
    """Make a move, unless a clock that has passed by now takes the ticket elsewhere first."""
    status = ticket.status
    await pass_clocks(desk)
    await ticket.refresh_from_db()
    if ticket.status is not status:
        return
    if move.by is MoveMutation.VERIFY:
        kind = chance.choice(list(Classification))
        await moves.verify(desk, scope, moves.Verify(ticket.id, ticket.version, kind))
        return
    until = desk.today() + timedelta(days=chance.randint(1, 9))
    means = Means(await other_agency(ticket), until=until)
    if move.by is MoveMutation.MERGE:
        others = Ticket.filter(status__in=OPEN).exclude(id=ticket.id).order_by("id")
        means = replace(means, into_number=chance.choice(await others).number)
    if move.by is MoveMutation.SEND_ANSWER:
        means = replace(means, answer_id=await approved(scope, ticket))
    await make_move(desk, scope, ticket, move.by, move.to, means)


async def other_agency(ticket: Ticket) -> str:
    """One of two that does not lead the ticket."""
    await ticket.fetch_related("lead_agency")
    return "dinkes" if ticket.lead_agency is not None and ticket.lead_agency.code == "pupr" else "pupr"


async def approved(scope: Scope, ticket: Ticket) -> int:
    answer = await Answer.create(
        ticket=ticket,
        version=1,
        state=AnswerState.WAITING_APPROVAL,
        approver_id=scope.officer_id,
        agency_id=ticket.lead_agency_id,
        text="Sudah ditangani.",
        updated_at=ticket.updated_at,
    )
    return answer.id
