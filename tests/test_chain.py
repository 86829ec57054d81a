"""Whatever happens to tickets, log and rows tell the same story."""

import random
from itertools import pairwise

import asyncpg
import pytest

from models import Answer, Event, LogHead, Ticket
from models.enums import (
    ASSIGNABLE_STATUSES,
    AgencyKind,
    AnswerState,
    Channel,
    EventKind,
    Role,
    TicketStatus,
    Visibility,
)
from services.access.states import COLUMNS, ticket_state
from services.core.refusals import EdgeRefusal
from services.core.transactions import transaction
from services.intake.forms import Submission
from services.intake.submissions import submit
from services.tickets import answers, assigning, editing
from services.tickets.case import locked_case
from services.tickets.commands import Assign
from services.tickets.records.changes import CONTRACT_NAMES
from services.tickets.workflow import open_moves
from tests.factories import anonymous_scope, make_agency, make_officer, make_scope, make_ticket
from tests.moving import Means, make_move


class Play:
    """A desk where officers do random things that are allowed."""

    def __init__(self, desk, clock, seed):
        self.desk, self.clock, self.dice = desk, clock, random.Random(seed)

    async def set_up(self):
        self.agencies = [await make_agency(code) for code in ("dinas-pupr", "dinas-sosial")]
        await make_agency("pln", kind=AgencyKind.EXTERNAL)
        self.coordinator = await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))
        self.liaisons = [await make_scope(Role.LIAISON, agency) for agency in self.agencies]
        self.workers = {agency.id: await make_officer(agency) for agency in self.agencies}
        self.target = await make_ticket(TicketStatus.RECEIVED)

    async def submit(self):
        form = Submission(title="Jalan rusak", body="Jalan rusak parah.", channel=Channel.SURGA_WEB)
        return (await submit(self.desk, anonymous_scope(), form)).ticket.id

    async def step(self, ticket_id):
        self.clock.forward(minutes=self.dice.randint(0, 90))
        ticket = await Ticket.get(id=ticket_id)
        scope = self.someone(ticket)
        action = self.dice.choice([self.move, self.move, self.move, self.note, self.assign, self.draft, self.edit])
        await action(scope, ticket)

    def someone(self, ticket):
        own = [scope for scope in self.liaisons if scope.agency_id == ticket.lead_agency_id]
        return self.dice.choice([self.coordinator, *own])

    async def move(self, scope, ticket):
        offered = open_moves(scope.sight, ticket_state(ticket))
        if offered:
            move = self.dice.choice(offered)
            await make_move(self.desk, scope, ticket, move.by, move.to, await self.means(ticket))

    async def means(self, ticket):
        others = [agency.code for agency in self.agencies if agency.id != ticket.lead_agency_id]
        answer = await Answer.create(
            ticket_id=ticket.id,
            version=1,
            state=AnswerState.WAITING_APPROVAL,
            text="Sudah.",
            approver_id=self.coordinator.officer_id,
            updated_at=self.desk.now(),
        )
        return Means(self.dice.choice(others), self.target.number, answer.id)

    async def note(self, scope, ticket):
        visibility = self.dice.choice(list(Visibility))
        await editing.add_note(self.desk, scope, editing.Note(ticket.id, "Catatan.", visibility))

    async def assign(self, scope, ticket):
        if ticket.lead_agency_id is not None and ticket.status in ASSIGNABLE_STATUSES:
            worker_id = None if ticket.assignee_id else self.workers[ticket.lead_agency_id].id
            await assigning.assign(self.desk, scope, Assign(ticket.id, ticket.version, worker_id))

    async def draft(self, scope, ticket):
        if ticket.lead_agency_id is not None and ticket.status in ASSIGNABLE_STATUSES:
            await answers.save_draft(self.desk, scope, answers.Draft(ticket.id, "Konsep.", submit=True))

    async def edit(self, scope, ticket):
        order = editing.Edit(ticket.id, ticket.version, title=f"Judul {self.dice.random()}")
        await editing.edit(self.desk, scope, order)


@pytest.mark.parametrize("seed", range(5))
async def test_events_chain_and_end_at_the_row(desk, clock, seed):
    play = Play(desk, clock, seed)
    await play.set_up()
    ticket_ids = [await play.submit() for _ in range(4)]

    for _ in range(80):
        await play.step(play.dice.choice(ticket_ids))

    for ticket_id in ticket_ids:
        events = await Event.filter(ticket_id=ticket_id).order_by("seq")
        ticket = await Ticket.get(id=ticket_id)
        assert len(events) > 5
        assert all(later.before == earlier.after for earlier, later in pairwise(events))
        assert events[-1].after == ticket_state(ticket)
        assert [event.version for event in events] == sorted(event.version for event in events)
        assert ticket.received_at == (await Event.get(seq=events[0].seq)).at
        assert all(named(event) <= set(event.changed) for event in events[1:])


def named(event):
    """The contract's names of what differs between an event's two states."""
    return {name for field, name in CONTRACT_NAMES.items() if event.before[field] != event.after[field]}


async def test_the_log_has_no_holes(desk, clock):
    play = Play(desk, clock, 7)
    await play.set_up()
    ticket_id = await play.submit()

    for _ in range(30):
        await play.step(ticket_id)

    numbers = await Event.all().order_by("seq").values_list("seq", flat=True)
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_name_in_changed_stands_for_a_field_of_the_state():
    assert set(CONTRACT_NAMES) <= set(COLUMNS)


async def test_who_waits_too_long_for_a_lock_is_told_that_the_desk_is_busy(desk, database_url):
    ticket = await make_ticket()
    holder = await asyncpg.connect(database_url)

    async with holder.transaction():
        await holder.execute("SELECT 1 FROM ticket WHERE id = $1 FOR UPDATE", ticket.id)
        with pytest.raises(EdgeRefusal) as refusal:
            await lock_impatiently(ticket.id)
    await holder.close()

    assert (refusal.value.code, refusal.value.extensions) == ("BUSY", {"retryAfterSeconds": 1})


async def test_who_waits_too_long_for_the_log_at_commit_is_told_the_same_and_changed_nothing(desk, database_url):
    ticket = await make_ticket()
    scope = await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))
    before = (await Ticket.get(id=ticket.id), await Event.all().count(), await LogHead.get())
    holder = await asyncpg.connect(database_url)

    async with holder.transaction():
        await holder.execute("SELECT 1 FROM log_head FOR UPDATE")
        with pytest.raises(EdgeRefusal) as refusal:
            await change_impatiently(desk, scope, ticket.id)
    await holder.close()

    assert (refusal.value.code, refusal.value.extensions) == ("BUSY", {"retryAfterSeconds": 1})
    row, events, head = await Ticket.get(id=ticket.id), await Event.all().count(), await LogHead.get()
    assert (row.version, row.title, events, head.seq) == (before[0].version, before[0].title, before[1], before[2].seq)


async def change_impatiently(desk, scope, ticket_id):
    async with locked_case(desk, scope, ticket_id) as case:
        await case.connection.execute_query("SET LOCAL lock_timeout = '20ms'")
        case.set(title="Lain")
        case.raise_version()
        case.record(EventKind.FIELD_CHANGED)


async def lock_impatiently(ticket_id):
    async with transaction() as connection:
        await connection.execute_query("SET LOCAL lock_timeout = '20ms'")
        await connection.execute_query("SELECT 1 FROM ticket WHERE id = $1 FOR UPDATE", [ticket_id])
