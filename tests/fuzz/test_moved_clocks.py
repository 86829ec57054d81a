"""Random moves and passings: afterwards every clock that is kept is what the whole log gives, counted afresh.

Few moves in `make test`; FUZZ_EXAMPLES draws 2,000.
"""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import Ticket
from models.enums import Channel, Classification, Role, TicketStatus, Visibility
from services.clocks.passing import pass_clocks
from services.clocks.recounting import recount_clocks
from services.clocks.verifying import verify_clocks
from services.core.refusals import EdgeRefusal, Refusal
from services.deadlines.rows.calendars import sync_calendars, sync_days
from services.deadlines.rows.policies import sync_policies
from services.intake.forms import Submission
from services.intake.submissions import submit
from services.tickets.commands import ChangeStatus, Dispatch, Evidence, Reopen, Return, Verify
from services.tickets.editing import Note, add_note
from services.tickets.moves import change_status, dispatch, reopen, return_, verify
from tests.factories import make_agency, make_scope
from tests.fuzz.calls import EXAMPLES
from tests.services.clocks.conftest import KEDIRI

MOVES = 2_000 if EXAMPLES else 30
SEED = random.SystemRandom().randrange(10**9) if EXAMPLES else 7
S = TicketStatus
LAPSES = (0, 1, 30, 60, 420, 1_440, 1_440, 2_880, 5_760)  # minutes
AGENCIES = ("PUPR", "BPBD", "DISHUB")
TARGETS = {
    S.INCOMPLETE: {"missing": ("LOCATION",), "note": "Di mana?"},
    S.ON_HOLD: {"reason_code": "WEATHER", "note": "Hujan."},
    S.IN_PROGRESS: {},
    S.RECEIVED: {},
    S.RESOLVED: {"note": "Selesai.", "evidence": (Evidence("Foto sesudah perbaikan."),), "reason_code": "ACCEPTED"},
    S.UNRESOLVED: {"reason_code": "NO_BUDGET", "note": "Tidak ada dana tahun ini."},
    S.ARCHIVED: {"reason_code": "SPAM", "note": "Iklan."},
}


class Desk:
    """Somebody who makes random moves of a few tickets, of which many are refused."""

    def __init__(self, desk: Any, clock: Any, draw: random.Random, scopes: list[Any]) -> None:
        self.desk, self.clock, self.draw, self.scopes = desk, clock, draw, scopes
        self.done = 0

    async def receive(self) -> None:
        at = self.clock() - timedelta(days=self.draw.choice((0, 0, 1, 30)))
        form = Submission(
            f"Laporan {self.draw.random()}", "Jalan berlubang di depan pasar.", Channel.PHONE, received_at=at
        )
        await submit(self.desk, self.scopes[0], form)

    async def move(self, ticket: Ticket) -> None:
        scope, key, version = self.draw.choice(self.scopes), ticket.id, ticket.version
        kind = self.draw.choice(("verify", "dispatch", "dispatch", "return", "note", "reopen", "status", "status"))
        if kind == "verify":
            await verify(self.desk, scope, Verify(key, version, self.draw.choice(list(Classification))))
        elif kind == "dispatch":
            await dispatch(self.desk, scope, Dispatch(key, version, self.draw.choice(AGENCIES), note="Salah alamat."))
        elif kind == "return":
            await return_(self.desk, scope, Return(key, version, "OTHER_AGENCY_LEADS", "Bukan kami."))
        elif kind == "note":
            await add_note(self.desk, scope, Note(key, "Sudah dilihat.", Visibility.PUBLIC))
        elif kind == "reopen":
            await reopen(self.desk, scope, Reopen(key, version, "PROBLEM_RETURNED", "Rusak lagi."))
        else:
            await self.change(scope, ticket)
        self.done += 1

    async def change(self, scope: Any, ticket: Ticket) -> None:
        status = self.draw.choice(list(TARGETS))
        more: dict[str, Any] = dict(TARGETS[status])
        if status is S.ON_HOLD:
            more["until"] = (self.clock() + timedelta(days=self.draw.randrange(1, 9))).date()
        await change_status(self.desk, scope, ChangeStatus(ticket.id, ticket.version, status, **more))

    async def step(self) -> None:
        self.clock.forward(minutes=self.draw.choice(LAPSES))
        if self.draw.random() < 0.4:
            await pass_clocks(self.desk)
        tickets = await Ticket.filter(status__not_in=[S.ARCHIVED]).order_by("-id").limit(8)
        if len(tickets) < 6 or self.draw.random() < 0.1:
            await self.receive()
        else:
            with suppress(Refusal, EdgeRefusal):
                await self.move(self.draw.choice(tickets))


@pytest.fixture
async def city(desk, database):
    await sync_calendars(database, KEDIRI.calendar.calendars)
    await sync_days(database, datetime(2026, 12, 1, tzinfo=UTC).date(), KEDIRI.calendar.days)
    await sync_policies(database, KEDIRI.deadlines)
    home = await make_agency("DISKOMINFO")
    agencies = [await make_agency(code) for code in AGENCIES]
    return [await make_scope(Role.COORDINATOR, home), *[await make_scope(Role.LIAISON, each) for each in agencies]]


async def differences(desk):
    return [str(each) async for part in verify_clocks(desk) for each in part.differences]


@pytest.mark.slow
async def test_what_is_kept_after_random_moves_is_what_the_log_gives(desk, clock, city):
    mover = Desk(desk, clock, random.Random(SEED), city)

    while mover.done < MOVES:
        await mover.step()
    await pass_clocks(desk)

    assert await differences(desk) == [], SEED


@pytest.mark.slow
async def test_a_desk_whose_clocks_start_from_the_log_has_the_same_clocks(desk, clock, city, database):
    mover = Desk(desk, clock, random.Random(SEED + 1), city)
    while mover.done < MOVES // 2:
        await mover.step()
    await pass_clocks(desk)
    await database.execute_script("DELETE FROM ticket_clock; UPDATE ticket SET rules_version = NULL")

    await recount_clocks(desk)

    assert await differences(desk) == [], SEED
