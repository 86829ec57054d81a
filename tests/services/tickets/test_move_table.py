"""Every status against every move and every kind of caller: what the table allows happens, all else changes nothing."""

from datetime import UTC, date, datetime

import pytest

from models import Answer, Event, Ticket, TicketText
from models.enums import (
    AgencyKind,
    AnswerState,
    Classification,
    EventKind,
    MoveMutation,
    PrincipalKind,
    Role,
    TicketStatus,
)
from services.access.states import ticket_state
from services.core.messages import say
from services.core.refusals import Forbidden, NotFound
from services.queries.tickets import as_left, cursor_of, look_after
from services.tickets.table.rows import givens
from services.tickets.table.rules import MOVES, MUTATION_NAMES
from services.tickets.workflow import IllegalTransition, open_moves
from tests.factories import event_of, make_agency, make_client_scope, make_officer, make_scope, make_ticket
from tests.moving import Means, make_move

S, BY = TicketStatus, MoveMutation
UNTIL = date(2026, 3, 20)
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LED = {
    S.DISPATCHED,
    S.IN_PROGRESS,
    S.ON_HOLD,
    S.ANSWERED,
    S.RESOLVED,
    S.REOPENED,
    S.UNRESOLVED,
    "INCOMPLETE, kept as DISPATCHED",
    "INCOMPLETE, kept as IN_PROGRESS",
}
MERGE = (BY.MERGE, S.ARCHIVED)
RETURN = (BY.RETURN, S.VERIFIED)
REOPEN = (BY.REOPEN, S.REOPENED)
REDIRECT = (BY.DISPATCH, S.DISPATCHED)


def change(*statuses):
    return {(BY.CHANGE_STATUS, status) for status in statuses}


# Written by hand, apart from the table: status -> what the lead agency's officer may do, what only its liaison may do
# beside that, and what only the coordinator may do beside both.
EXPECTED = {
    S.RECEIVED: (
        set(),
        set(),
        {
            (BY.VERIFY, S.VERIFIED),
            MERGE,
            *change(S.INCOMPLETE, S.ON_HOLD, S.OUT_OF_JURISDICTION, S.DIVERTED_TO_EMERGENCY, S.ARCHIVED),
        },
    ),
    S.INCOMPLETE: (set(), set(), {MERGE, *change(S.RECEIVED, S.ARCHIVED)}),
    S.VERIFIED: (
        set(),
        set(),
        {
            (BY.DISPATCH, S.DISPATCHED),
            MERGE,
            *change(S.INCOMPLETE, S.ON_HOLD, S.OUT_OF_JURISDICTION, S.DIVERTED_TO_EMERGENCY, S.ARCHIVED),
        },
    ),
    S.DISPATCHED: (
        {RETURN, *change(S.IN_PROGRESS, S.ON_HOLD, S.INCOMPLETE)},
        set(),
        {(BY.DISPATCH, S.DISPATCHED), MERGE, *change(S.DIVERTED_TO_EMERGENCY, S.OUT_OF_JURISDICTION, S.ARCHIVED)},
    ),
    S.IN_PROGRESS: (
        {RETURN, *change(S.ON_HOLD, S.INCOMPLETE)},
        {(BY.SEND_ANSWER, S.ANSWERED), *change(S.UNRESOLVED)},
        {MERGE, REDIRECT, (BY.DISPATCH, S.IN_PROGRESS), *change(S.OUT_OF_JURISDICTION, S.ARCHIVED)},
    ),
    S.ON_HOLD: (
        {RETURN, *change(S.IN_PROGRESS, S.ON_HOLD)},
        change(S.UNRESOLVED),
        {MERGE, REDIRECT, (BY.DISPATCH, S.ON_HOLD), *change(S.OUT_OF_JURISDICTION, S.ARCHIVED)},
    ),
    S.ANSWERED: (
        change(S.IN_PROGRESS),
        change(S.UNRESOLVED, S.RESOLVED),
        {MERGE, REDIRECT, (BY.DISPATCH, S.ANSWERED), *change(S.ARCHIVED)},
    ),
    S.RESOLVED: ({REOPEN}, set(), set()),
    S.REOPENED: (
        {RETURN, *change(S.IN_PROGRESS)},
        set(),
        {REDIRECT, (BY.DISPATCH, S.REOPENED), MERGE, *change(S.ARCHIVED)},
    ),
    S.UNRESOLVED: ({REOPEN}, set(), set()),
    S.OUT_OF_JURISDICTION: (set(), set(), {REOPEN}),
    S.DIVERTED_TO_EMERGENCY: (set(), set(), {REOPEN}),
    S.ARCHIVED: (set(), set(), {REOPEN}),
}
# An incomplete report that its agency keeps goes back to where it was, and nowhere else.
KEPT = {S.DISPATCHED: "INCOMPLETE, kept as DISPATCHED", S.IN_PROGRESS: "INCOMPLETE, kept as IN_PROGRESS"}
KEPT_BY_DESK = {MERGE, REDIRECT, (BY.DISPATCH, S.INCOMPLETE), *change(S.ARCHIVED)}
EXPECTED |= {name: (change(was), set(), KEPT_BY_DESK) for was, name in KEPT.items()}
WHERE = list(EXPECTED)
TARGETS = {
    BY.VERIFY: (S.VERIFIED,),
    BY.DISPATCH: tuple(TicketStatus),
    BY.RETURN: (S.VERIFIED,),
    BY.CHANGE_STATUS: tuple(TicketStatus),
    BY.SEND_ANSWER: (S.ANSWERED,),
    BY.REOPEN: (S.REOPENED,),
    BY.MERGE: (S.ARCHIVED,),
}
EVERY_TRY = [(by, to) for by, targets in TARGETS.items() for to in targets]
KINDS = {
    BY.VERIFY: EventKind.VERIFIED,
    BY.DISPATCH: EventKind.DISPATCHED,
    BY.RETURN: EventKind.RETURNED,
    BY.CHANGE_STATUS: EventKind.STATUS_CHANGED,
    BY.SEND_ANSWER: EventKind.ANSWER_SENT,
    BY.REOPEN: EventKind.REOPENED,
    BY.MERGE: EventKind.MERGED,
}
CALLERS = (
    "coordinator",
    "liaison",
    "officer",
    "supporting liaison",
    "other officer",
    "inspector",
    "leader",
    "admin",
    "partner",
    "display",
)


class World:
    """Agencies, callers, and a ticket to merge into."""

    async def build(self):
        self.lead = await make_agency("dinas-pupr")
        self.support = await make_agency("dinas-perhubungan")
        self.other = await make_agency("dinas-sosial")
        self.home = await make_agency("diskominfo")
        await make_agency("pln", kind=AgencyKind.EXTERNAL)
        self.target = await make_ticket(S.RECEIVED)
        return self

    async def scope(self, caller):
        kinds = {"partner": PrincipalKind.PARTNER, "display": PrincipalKind.DISPLAY}
        if caller in kinds:
            return await make_client_scope(kinds[caller])
        role, agency = {
            "coordinator": (Role.COORDINATOR, self.home),
            "liaison": (Role.LIAISON, self.lead),
            "officer": (Role.OFFICER, self.lead),
            "supporting liaison": (Role.LIAISON, self.support),
            "other officer": (Role.OFFICER, self.other),
            "inspector": (Role.INSPECTOR, self.other),
            "leader": (Role.LEADER, self.home),
            "admin": (Role.ADMIN, self.home),
        }[caller]
        return await make_scope(role, agency)

    async def ticket(self, where):
        led = where in LED
        kept = next((status for status, name in KEPT.items() if name == where), None)
        status = S.INCOMPLETE if kept else where
        return await make_ticket(
            status,
            resumes=kept,
            lead=self.lead if led else None,
            supporting=(self.support,) if led else (),
            classification=Classification.COMPLAINT,
            hold_until=UNTIL if status is S.ON_HOLD else None,
        )


async def approved_answer(ticket, agency):
    return await Answer.create(
        ticket=ticket,
        version=3,
        state=AnswerState.WAITING_APPROVAL,
        text="Lampu sudah diganti.",
        approver=await make_officer(agency, Role.LIAISON),
        updated_at=NOW,
    )


async def attempt(desk, world, scope, ticket, by, to, answer_id):
    """Try a move, with all that the table says it needs."""
    return await make_move(desk, scope, ticket, by, to, Means("dinas-sosial", world.target.number, answer_id))


def allowed_for(caller, status):
    officer, liaison, coordinator = EXPECTED[status]
    led = status in LED
    return {
        "coordinator": officer | liaison | coordinator,
        "liaison": officer | liaison if led else set(),
        "officer": officer if led else set(),
    }.get(caller, set())


def sees(caller, status):
    led = status in LED
    if caller in ("liaison", "officer", "supporting liaison"):
        return led
    return caller not in ("other officer", "inspector")


def refusal_of(caller, status, by, to):
    """What a caller hears of a move that they can not make."""
    if not sees(caller, status):
        return NotFound
    if caller not in ("coordinator", "liaison", "officer"):
        return Forbidden
    possible = set().union(*EXPECTED[status])
    return Forbidden if (by, to) in possible else IllegalTransition


async def everything():
    """All rows that a move could touch."""
    return (
        await Ticket.all().order_by("id").values(),
        await TicketText.all().order_by("id").values(),
        await Answer.all().order_by("id").values(),
        await Event.all().order_by("seq").values("seq"),
    )


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("status", WHERE)
async def test_refused_moves_change_nothing(desk, status, caller):
    world = await World().build()
    scope, ticket = await world.scope(caller), await world.ticket(status)
    answer = await approved_answer(ticket, world.lead)
    before = await everything()

    for by, to in EVERY_TRY:
        # With the same lead agency a dispatch leads nowhere else than to where the ticket is.
        if by is BY.DISPATCH and to is not S.DISPATCHED and (to is not ticket.status or status not in LED):
            continue
        if (by, to) not in allowed_for(caller, status):
            with pytest.raises(refusal_of(caller, status, by, to)) as refusal:
                await attempt(desk, world, scope, ticket, by, to, answer.id)
            if isinstance(refusal.value, IllegalTransition):
                assert refusal.value.current is ticket.status
                assert refusal.value.allowed == open_moves(scope.sight, ticket_state(ticket))

    assert await everything() == before


@pytest.mark.parametrize("caller", ["coordinator", "liaison", "officer"])
@pytest.mark.parametrize("status", WHERE)
async def test_allowed_moves_leave_one_event_with_both_states(desk, status, caller):
    world = await World().build()
    scope = await world.scope(caller)

    for by, to in sorted(allowed_for(caller, status)):
        ticket = await world.ticket(status)
        answer = await approved_answer(ticket, world.lead)
        before = ticket_state(ticket)

        done = await attempt(desk, world, scope, ticket, by, to, answer.id)

        row = await Ticket.get(id=ticket.id)
        event = await event_of(done)
        assert (row.status, row.version, row.updated_at, row.received_at) == (to, 2, NOW, ticket.received_at)
        recalled = (await Answer.get(id=answer.id)).state is AnswerState.DRAFT
        kinds = await Event.filter(ticket_id=ticket.id).order_by("seq").values_list("kind", flat=True)
        assert kinds == [EventKind.SUBMITTED, *[EventKind.ANSWER_DRAFTED] * recalled, KINDS[by]]
        assert (event.kind, event.version, event.at, event.visibility) == (KINDS[by], 2, NOW, "PUBLIC")
        assert (event.before, event.after) == (before, ticket_state(row))
        assert (event.actor_kind, event.actor_id) == ("STAFF", scope.principal)
        assert ("status" in event.changed) is (ticket.status is not to)
        assert event.on_behalf_of_id == (world.lead.id if on_behalf(caller, status, by, to) else None)
        await require_shown_as_stored(desk, scope, done)


async def require_shown_as_stored(desk, scope, done):
    """What a caller is shown without a look at the row is what a look shows."""
    looked, seq = await look_after(desk, scope, done.ticket.id, done.appended)
    if done.reference is not None:
        shown = as_left(done.ticket, done.reference, scope)
        assert (shown.row, shown.state) == ({name: looked.row[name] for name in shown.row}, looked.state)
        assert (shown.reference, shown.lost) == (looked.reference, looked.lost)
    assert await cursor_of(desk, done.appended) == desk.cursors.seal_feed(looked.reference.epoch, seq)


def on_behalf(caller, status, by, to):
    """The first reason of reopening is an objection of the reporter, which the desk judges on behalf of nobody."""
    officer, liaison, _ = EXPECTED[status]
    if by is BY.REOPEN:
        return False
    return caller == "coordinator" and (by, to) in officer | liaison


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("status", WHERE)
async def test_open_moves_are_the_moves_that_succeed(desk, status, caller):
    world = await World().build()
    scope, ticket = await world.scope(caller), await world.ticket(status)

    offered = open_moves(scope.sight, ticket_state(ticket))

    assert {(move.by, move.to) for move in offered} == allowed_for(caller, status)
    assert len(offered) == len(allowed_for(caller, status))


@pytest.mark.parametrize(
    ("status", "to", "step"),
    [
        (S.RECEIVED, S.VERIFIED, "Verifikasi"),
        (S.VERIFIED, S.DISPATCHED, "Disposisikan"),
        (S.DISPATCHED, S.VERIFIED, "Kembalikan ke meja pengaduan"),
        (S.IN_PROGRESS, S.ANSWERED, "Kirim jawaban"),
        (S.RESOLVED, S.REOPENED, "Buka kembali"),
    ],
)
async def test_a_move_with_a_mutation_of_its_own_is_refused_and_its_step_named(desk, status, to, step):
    world = await World().build()
    scope, ticket = await world.scope("coordinator"), await world.ticket(status)
    before = await everything()

    with pytest.raises(IllegalTransition) as refusal:
        await attempt(desk, world, scope, ticket, BY.CHANGE_STATUS, to, 0)

    assert refusal.value.code == "OTHER_MUTATION"
    assert f"gunakan langkah “{step}”." in say("OTHER_MUTATION", **refusal.value.params)
    assert await everything() == before


def test_every_status_can_be_reached():
    reached, frontier = {S.RECEIVED}, {S.RECEIVED}
    while frontier:
        frontier = {move.to for move in MOVES if move.source in frontier} - reached
        reached |= frontier

    assert reached == set(TicketStatus)


def test_no_caller_meets_two_rows_for_one_move():
    for lead, kept in ((None, None), (1, None), (1, S.DISPATCHED), (1, S.IN_PROGRESS)):
        for kind in (None, *Classification):
            true = givens({"lead": lead, "resumes": kept, "classification": kind})
            rows = [(move.source, move.by, move.to) for move in MOVES if move.given in true]
            assert len(rows) == len(set(rows))


def test_every_mutation_of_the_contract_has_a_name():
    assert set(MUTATION_NAMES) == set(MoveMutation)
