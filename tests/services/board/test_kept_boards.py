"""Boards that events keep up equal boards that are counted anew in every part, whatever happens to their tickets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from models import CalendarDay, Ticket
from models.calendars import DayKind
from models.enums import (
    ActorKind,
    AgencyKind,
    Channel,
    Classification,
    DeadlineStanding,
    EventKind,
    PrincipalKind,
    Role,
    TicketStatus,
    Visibility,
)
from realtime import log
from services.access.scopes import Sight
from services.access.states import ticket_state
from services.board import board, due_first, reading, tally
from services.board.board import Board, BoardFilter
from services.core.desk import Desk
from tests.conftest import Clock
from tests.factories import make_agency, make_area, make_category, make_scope, make_ticket

BATCH, TICKETS = 20, 40


@dataclass(frozen=True)
class Town:
    """The columns that a move may change, each with its possible values, and the boards that are kept."""

    columns: dict[str, list[Any]]
    boards: list[tuple[Sight, BoardFilter, Board]]


@pytest.fixture
async def town(desk: Desk, clock: Clock) -> Town:
    roads, health = await make_agency("pupr"), await make_agency("dinkes")
    power = await make_agency("pln", kind=AgencyKind.EXTERNAL)
    streets, drains = await make_category("jalan"), await make_category("drainase")
    holes = await make_category("lubang", parent=streets)
    for code, kecamatan in (("35.71.01.1001", "Mojoroto"), ("35.71.02.1001", "Pesantren")):
        await make_area(code, kecamatan=kecamatan)
    display = Sight(PrincipalKind.DISPLAY)
    kinds = [
        (display, BoardFilter()),
        (Sight(PrincipalKind.DISPLAY, agency_id=roads.id), BoardFilter()),
        (display, BoardFilter(category_code=("lubang",))),
        (display, BoardFilter(agency_code=("pupr", "pln"))),
        (display, BoardFilter(agency_code=("dinkes",))),
        ((await make_scope(Role.COORDINATOR, roads)).sight, BoardFilter(channel=(Channel.PHONE,))),
        ((await make_scope(Role.OFFICER, health)).sight, BoardFilter(kecamatan_code=("35.71.01",))),
    ]
    columns = {
        "status": list(TicketStatus),
        "category_id": [None, streets.id, drains.id, holes.id],
        "lead_agency_id": [None, roads.id, health.id, power.id],
        "supporting_agency_ids": [[], [roads.id], [health.id]],
        "kelurahan_id": [None, "35.71.01.1001", "35.71.02.1001"],
        "classification": [None, *Classification],
        "confidential": [None, True, False, False, False],
        "supervisory": [True, False, False, False],
        "reported_agency_id": [None, roads.id],
        "hold_until": [None, *(clock().date() + timedelta(days=number) for number in (-2, 3, 9))],
        "standing": [None, *DeadlineStanding],
        "due_at": [None, *(clock() + timedelta(hours=number) for number in (-300, -40, 3, 9, 40, 100))],
    }
    await CalendarDay.create(
        day=clock().date() - timedelta(days=7), kind=DayKind.HOLIDAY, name="Libur uji", source="uji"
    )
    for number in range(TICKETS):
        channel = Channel.PHONE if number % 3 else Channel.SURGA_WEB
        await make_ticket(at=clock() - timedelta(days=2 * number, minutes=7 * number), channel=channel)
    return Town(columns, [(sight, wanted, Board(sight, wanted)) for sight, wanted in kinds])


def drawn(chance: Random, town: Town) -> dict[str, Any]:
    """What one move changes: mostly one column, which takes a ticket out of boards or back; sometimes several."""
    names = chance.sample(sorted(town.columns), chance.choice([1, 1, 1, 2, 3]))
    if chance.random() < 0.4:
        names.append("status")
    return {name: chance.choice(town.columns[name]) for name in names}


async def move(chance: Random, town: Town, clock: Clock) -> None:
    """A batch of moves, some of them on one ticket, in one transaction."""
    tickets, events = await Ticket.all().order_by("id"), []
    async with in_transaction() as using:
        for _ in range(BATCH):
            clock.forward(seconds=1)
            ticket = chance.choice(tickets)
            before = ticket_state(ticket)
            ticket.update_from_dict({**drawn(chance, town), "version": ticket.version + 1, "updated_at": clock()})
            events.append(
                log.NewEvent(
                    kind=EventKind.STATUS_CHANGED,
                    visibility=Visibility.PUBLIC,
                    at=clock(),
                    actor_kind=ActorKind.SYSTEM,
                    ticket_id=ticket.id,
                    version=ticket.version,
                    before=before,
                    after=ticket_state(ticket),
                )
            )
        for ticket in tickets:
            await ticket.save(using_db=using, update_fields=[*town.columns, "version", "updated_at"])
        await log.append(using, events)


def remember(monkeypatch: pytest.MonkeyPatch, kept: int, sought: int) -> None:
    """How many changes and open tickets are kept, and in how much of the log changes are sought."""
    for module in (due_first, reading):
        monkeypatch.setattr(module, "KEPT_DUE", kept)
    for module in (tally, reading):
        monkeypatch.setattr(module, "KEPT_CHANGES", kept)
    for module in (reading, board):
        monkeypatch.setattr(module, "CHANGES_SOUGHT_IN", sought)


@pytest.mark.slow
@pytest.mark.parametrize(("moves", "kept", "sought"), [(2_000, 60, 5_000), (600, 14, 300), (600, 12, 40)])
async def test_boards_that_are_kept_up_equal_boards_that_are_counted_anew(
    desk: Desk, town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch, moves: int, kept: int, sought: int
) -> None:
    remember(monkeypatch, kept, sought)
    chance, shown = Random(20260302), 0
    for _, _, one in town.boards:
        await one.read(desk)

    for _ in range(moves // BATCH):
        await move(chance, town, clock)
        for sight, wanted, one in town.boards:
            found = await one.read(desk)
            assert found == await Board(sight, wanted).read(desk), (sight, wanted)
            shown += len(found.latest)

    assert shown > moves // BATCH * 3 * len(town.boards)  # most boards had something to show
