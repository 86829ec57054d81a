"""The simulated city: reproducible, believable, and always consistent with its own log."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from models import (
    Answer,
    Escalation,
    Event,
    Installation,
    LogHead,
    Officer,
    Reporter,
    Ticket,
    TicketText,
    UnresolvedCase,
)
from models.enums import (
    OPEN_STATUSES,
    ActorKind,
    AnswerState,
    ClockKind,
    EventKind,
    MoveMutation,
    Purpose,
    TicketStatus,
)
from realtime import log
from services.access.states import ticket_state
from services.audit.words import WordVerification
from services.clocks.passing import pass_clocks
from services.clocks.recounting import recount_clocks
from services.clocks.verifying import verify_clocks
from services.core.installation import WrongPurpose
from services.core.reference import References
from services.master_data.cities import CityInvalid
from services.master_data.seed import seed
from services.reasons.reasons import STANDARD
from services.reporters.sealing import unseal
from services.simulation.cast import NobodyToAct, read_cast
from services.simulation.day.rhythm import Load
from services.simulation.forms import Citizens
from services.simulation.hiring import hire, posts
from services.simulation.past import backfill, bulk
from services.simulation.present import Stage, play
from services.simulation.scenario import load_scenario
from services.simulation.waiting import national, upwards
from services.tickets import workflow
from services.tickets.records.changes import changed_names
from services.tickets.table.rows import Who
from services.tickets.table.rules import BY_CLOCK, MOVES_FROM
from tests.kept import keeping
from tests.root import ROOT

pytestmark = pytest.mark.slow

KEDIRI = ROOT / "cities" / "kediri"
MUTATIONS = {
    EventKind.VERIFIED: MoveMutation.VERIFY,
    EventKind.DISPATCHED: MoveMutation.DISPATCH,
    EventKind.RETURNED: MoveMutation.RETURN,
    EventKind.STATUS_CHANGED: MoveMutation.CHANGE_STATUS,
    EventKind.ANSWER_SENT: MoveMutation.SEND_ANSWER,
    EventKind.REOPENED: MoveMutation.REOPEN,
    EventKind.MERGED: MoveMutation.MERGE,
}
CALM = frozenset(
    {
        EventKind.ASSIGNED,
        EventKind.NOTE_ADDED,
        EventKind.ANSWER_DRAFTED,
        EventKind.ANSWER_APPROVED,
        EventKind.DUPLICATE_MERGED,
        EventKind.CONTINUATION_CHANGED,
        EventKind.CASE_EVALUATED,
        EventKind.REPLY_RECEIVED,
        EventKind.CLOCK_PASSED,
        EventKind.ESCALATED,
    }
)
BY_THE_CLOCK = frozenset({EventKind.CLOCK_PASSED, EventKind.ESCALATED})
EXTENDING = frozenset({EventKind.EXTENSION_REQUESTED, EventKind.EXTENSION_DECIDED})


@pytest.fixture(scope="module")
def scenario():
    return load_scenario(KEDIRI)


@pytest.fixture
async def staffed(desk, scenario):
    """A desk with Kediri's master data and demo officers."""
    await seed(desk, scenario.city, desk.now())
    await hire(desk, scenario)
    return desk


@pytest.fixture
async def busy_month(desk, scenario):
    """A desk with thirty busy days behind it, for tests that only read."""
    if keeping.lacks("busy_month"):
        await seed(desk, scenario.city, desk.now())
        await hire(desk, scenario)
        await keeping.keep("busy_month", await backfill(desk, scenario, days=30, seed=1, load=Load.BUSY))
    yield desk
    await keeping.require_unchanged()


async def chains(database):
    """Every ticket's events in the order of the log."""
    found = {}
    seq = 0
    while True:
        events, _ = await log.read_after(database, seq, 5_000)
        if not events:
            return found
        for event in events:
            if event.ticket_id is not None:
                found.setdefault(event.ticket_id, []).append(event)
        seq = events[-1].seq


async def require_consistent(database):
    """Every ticket is what its events say, and every event is a move of the table."""
    tickets = {ticket.id: ticket for ticket in await Ticket.all()}
    histories = await chains(database)
    assert set(histories) == set(tickets)
    for key, events in histories.items():
        assert events[0].kind in (EventKind.SUBMITTED, EventKind.IMPORTED)
        assert (events[0].before, events[0].version) == (None, 1)
        assert events[-1].after == ticket_state(tickets[key])
        acts = [event.at for event in events if event.kind not in BY_THE_CLOCK]
        assert acts == sorted(acts)
        for before, event in pairwise(events):
            assert event.before == before.after
            assert event.version == event.after["version"] == event.before["version"] + (raises(event))
            told = {
                "answers",
                "timeline",
                "duplicates",
                "continuedIn",
                "holdCount",
                "unresolvedCases",
                "deadlines",
                "escalations",
            } & set(event.changed)
            assert event.changed == changed_names(event.before, event.after, told)
            require_move(event)


def raises(event):
    return event.kind not in CALM or event.kind is EventKind.ASSIGNED


def require_move(event):
    """The status changed as one row of the table says, with one of its reasons."""
    if event.kind in CALM | EXTENDING:
        assert event.before["status"] == event.after["status"]
        return
    if event.actor_kind == ActorKind.SYSTEM:
        move = BY_CLOCK[ClockKind.REPORTER_REPLY]
        assert (event.before["status"], event.after["status"]) == (move.source, move.to)
        assert (event.details["reason"], event.after["closed_by_silence"]) == (move.reason, True)
        return
    move = next(
        move
        for move in MOVES_FROM[TicketStatus(event.before["status"])]
        if move.to == event.after["status"] and move.by is MUTATIONS[event.kind] and move.fits(event.before)
    )
    if move.reasons:
        # Whoever moved it: what only the desk judges is no less true of it.
        case = workflow.circumstances(event.before, frozenset(Who))
        assert event.details["reason"] in move.codes(STANDARD, case)
    assert (event.after["hold_until"] is not None) == (event.after["status"] == TicketStatus.ON_HOLD)


async def require_bound(desk):
    """Every word and row is what the log says, and no word is bound to nothing."""
    work = WordVerification(desk.keys)
    assert [str(finding) async for finding in work.findings()] == []
    assert (work.tickets, work.unbound) == (await Ticket.all().count(), 0)


async def test_past_days_replay_to_their_rows_by_moves_of_the_table(busy_month, database):
    made = keeping.told

    assert made == await Ticket.all().count() > 1_100
    await require_consistent(database)
    states = await UnresolvedCase.all().values_list("state", flat=True)
    assert {"TO_EVALUATE", "FOLLOW_UP", "DONE"} <= set(states)
    assert await UnresolvedCase.filter(state="FOLLOW_UP", follow_up_on__lt=busy_month.today()).exists()


async def test_past_days_keep_the_clocks_that_the_log_gives(busy_month):
    found = [part async for part in verify_clocks(busy_month)]
    assert [str(each) for part in found for each in part.differences] == []
    assert (sum(part.tickets for part in found), sum(part.waiting for part in found)) == (await Ticket.all().count(), 0)
    assert await Event.filter(kind=EventKind.DEADLINE_MOVED).count() == 0


async def test_past_days_show_every_standing_and_the_rungs_that_were_reached(busy_month, database):
    standings = set(await Ticket.filter(status__in=OPEN_STATUSES).values_list("standing", flat=True))
    assert standings >= {"IN_TIME", "DUE_SOON", "OVERDUE", "RESTING"}
    raised = {row.id: (row.ticket_id, row.at, row.level, row.notified) for row in await Escalation.all()}
    assert {level for _, _, level, _ in raised.values()} == {"OFFICER", "AGENCY", "COORDINATOR", "LEADER"}
    told = [event for events in (await chains(database)).values() for event in events if event.kind == "ESCALATED"]
    assert raised == {
        event.details["escalation"]: (event.ticket_id, event.at, event.details["level"], event.details["notified"])
        for event in told
    }
    assert all(notified for *_, notified in raised.values())


async def test_past_days_leave_nothing_to_the_jobs_of_clocks(busy_month):
    assert (await recount_clocks(busy_month), await pass_clocks(busy_month)) == (0, 0)


async def test_past_days_merge_into_open_tickets_that_say_so(busy_month, database):
    histories = await chains(database)
    merged = {ticket.id: ticket.merged_into_id for ticket in await Ticket.filter(merged_into_id__not_isnull=True)}
    assert len(merged) >= 5
    assert not await Ticket.filter(id__in=set(merged.values()), status=TicketStatus.ARCHIVED).exists()
    entries = {
        (event.details["duplicate"], event.ticket_id): event
        for events in histories.values()
        for event in events
        if event.kind is EventKind.DUPLICATE_MERGED
    }
    assert set(merged.items()) <= set(entries)
    for (duplicate, _), event in entries.items():
        assert event.before["status"] in OPEN_STATUSES
        assert event.at in [each.at for each in histories[duplicate] if each.kind is EventKind.MERGED]
    for duplicate, stays in merged.items():
        since = next(event.at for event in reversed(histories[duplicate]) if event.kind is EventKind.MERGED)
        assert steps(histories[duplicate], EventKind.CONTINUATION_CHANGED) == moves_since(histories[stays], since)


def steps(events, kind):
    """From where to where the ticket that stays went, as a merged one was told."""
    return [(event.details["from"], event.details["to"]) for event in events if event.kind is kind]


def moves_since(events, moment):
    """From where to where a ticket went since a moment."""
    moves = [(event.before["status"], event.after["status"]) for event in events if event.before and event.at > moment]
    return [(before, after) for before, after in moves if before != after]


async def test_past_days_reach_every_status_but_no_future(busy_month):
    found = Counter(await Ticket.all().values_list("status", flat=True))
    assert set(TicketStatus) - set(found) == set(), found
    assert found[TicketStatus.RESOLVED] > 300
    assert await Ticket.filter(closed_by_silence=True, status=TicketStatus.RESOLVED).count() > 10
    assert await Event.filter(kind=EventKind.REPLY_RECEIVED).count() > 10
    assert not await Event.filter(at__gt=busy_month.now()).exists()
    assert not await Ticket.filter(received_at__lt=busy_month.now() - timedelta(days=31)).exists()


async def test_numbers_run_without_holes_in_the_order_of_receipt(busy_month):
    made = keeping.told
    numbers = await Ticket.all().order_by("received_at", "id").values_list("number", flat=True)
    assert list(numbers) == [f"KDR-2026-{place:06}" for place in range(1, made + 1)]


async def test_no_reporter_of_an_unnamed_report_is_stored(busy_month):
    reporters = await Reporter.all().select_related("ticket")
    assert len(reporters) > 100
    assert {reporter.ticket.anonymous for reporter in reporters} == {False}
    phones = [unseal(busy_month.keys, reporter.ticket_id, "phone", reporter.phone) for reporter in reporters]
    assert all(phone.startswith("+62800") for phone in phones)


async def test_the_log_has_no_holes_and_runs_with_the_time(staffed, database, scenario):
    before = (await log.head(database)).seq
    await backfill(staffed, scenario, days=5, seed=1)

    events = await Event.filter(seq__gt=before).order_by("seq").values_list("seq", "at")
    assert [seq for seq, _ in events] == list(range(before + 1, before + 1 + len(events)))
    assert [at for _, at in events] == sorted(at for _, at in events)
    assert (await LogHead.get()).seq == before + len(events)


async def test_the_same_seed_makes_the_same_days(staffed, database, emptying, scenario):
    async def days(number):
        await emptying()
        await seed(None, scenario.city, staffed.now())
        await hire(staffed, scenario)
        await backfill(staffed, scenario, days=3, seed=number)
        await national.show(staffed)
        await upwards.show(staffed)
        fields = ("number", "title", "body", "status", "received_at", "updated_at", "submitted_by", "sp4n_status")
        events = await Event.exclude(subject_kind="NOTIFICATION").order_by("seq").values_list("kind", "at", "actor_id")
        return list(await Ticket.all().order_by("number").values_list(*fields)), list(events)

    first, again, other = await days(7), await days(7), await days(8)

    assert first == again
    assert (first[0] != other[0], "LINK_CHANGED" in {kind for kind, *_ in first[1]}) == (True, True)


async def test_texts_answers_and_digests_belong_together(staffed, scenario):
    await backfill(staffed, scenario, days=10, seed=1)

    texts = {text.id: text for text in await TicketText.all()}
    for event in await Event.filter(text_id__not_isnull=True):
        assert texts[event.text_id].ticket_id == event.ticket_id
        assert bytes(event.text_digest) == staffed.keys.text_digest(texts[event.text_id].body)
    for answer in await Answer.filter(state=AnswerState.SENT).select_related("ticket"):
        assert answer.sent_at <= answer.ticket.updated_at
        assert "{" not in answer.text
    for ticket in await Ticket.all():
        waiting = Answer.filter(ticket_id=ticket.id, state=AnswerState.WAITING_APPROVAL, approver_id=None)
        assert ticket.answers_waiting == await waiting.count()
    await require_bound(staffed)


async def test_a_database_is_filled_fast_and_consistently(staffed, database, scenario):
    told = []

    assert (
        await bulk(staffed, 2_500, scenario, seed=3, progress=lambda done, total: told.append((done, total))) == 2_500
    )

    assert told == [(2_000, 2_500), (2_500, 2_500)]
    await require_consistent(database)
    await require_bound(staffed)


async def test_the_present_is_played_through_the_use_cases(staffed, database, scenario):
    acts = []

    done = await play(staffed, scenario, rate=1e9, seed=5, acts=400, on_act=acts.append)

    assert done == len(acts) == 400
    assert Counter(act.verb for act in acts)["SUBMIT"] == await Ticket.all().count()
    assert {"VERIFY", "DISPATCH", "IN_PROGRESS", "DRAFT", "APPROVE", "SEND", "RESOLVED"} <= {act.verb for act in acts}
    await require_consistent(database)
    await require_bound(staffed)


async def test_the_same_seed_plays_the_same_acts(staffed, database, emptying, scenario):
    async def acts():
        await emptying()
        await seed(None, scenario.city, staffed.now())
        await hire(staffed, scenario)
        found = []
        await play(staffed, scenario, rate=1e9, seed=5, acts=60, on_act=found.append)
        return found

    assert await acts() == await acts()


async def test_the_present_goes_on_where_the_past_ended(staffed, database, scenario):
    await backfill(staffed, scenario, days=5, seed=1)

    assert await play(staffed, scenario, rate=1e9, seed=5, acts=150) == 150

    await require_consistent(database)


async def test_with_a_load_no_more_reports_come_in_than_such_a_day_has(staffed, scenario):
    await backfill(staffed, scenario, days=10, seed=1)
    midnight = staffed.now().astimezone(staffed.rules.zone).replace(hour=0, minute=0)
    acts = []

    await play(staffed, scenario, rate=1e9, seed=5, acts=200, on_act=acts.append, load=Load.QUIET)

    assert 13 <= await Ticket.filter(received_at__gte=midnight).count() <= 15
    assert 0 < Counter(act.verb for act in acts)["SUBMIT"] < 15


async def test_with_office_hours_only_what_is_urgent_is_done_at_night(staffed, scenario, clock):
    await backfill(staffed, scenario, days=10, seed=1, load=Load.BUSY)
    clock.forward(hours=13)
    before = (await LogHead.get()).seq
    rng = Random(5)
    citizens = Citizens(scenario, rng)
    stage = Stage(staffed, scenario, await read_cast(staffed), rng, citizens, Load.BUSY, office_hours=True)

    acts = [act for act in [await stage.act() for _ in range(150)] if act is not None]

    assert {"SUBMIT"} < {act.verb for act in acts}
    tickets = {ticket.id: ticket for ticket in await Ticket.all().select_related("category")}
    for event in await Event.filter(seq__gt=before).exclude(kind=EventKind.SUBMITTED):
        ticket = tickets[event.ticket_id]
        template = scenario.template_of(ticket.category and ticket.category.code, ticket.title)
        assert template.urgent or event.after["status"] == TicketStatus.DIVERTED_TO_EMERGENCY


async def test_the_play_stops_when_asked(staffed, scenario):
    stop = asyncio.Event()

    def told(act):
        stop.set()

    async with asyncio.timeout(60):
        assert await play(staffed, scenario, rate=1, seed=5, stop=stop, on_act=told) == 1


@pytest.mark.parametrize(
    "run", [lambda desk: backfill(desk, days=1), lambda desk: bulk(desk, 1), lambda desk: play(desk, acts=1)]
)
async def test_a_production_database_is_refused(staffed, run):
    await Installation.filter(id=1).update(purpose=Purpose.PRODUCTION)

    with pytest.raises(WrongPurpose):
        await run(staffed)

    assert await Ticket.all().count() == 0


async def test_a_desk_without_a_coordinator_is_refused_in_one_line(desk, scenario):
    await seed(desk, scenario.city, desk.now())

    with pytest.raises(NobodyToAct, match="no coordinator"):
        await backfill(desk, scenario, days=1)


async def test_hiring_twice_makes_nobody_twice(staffed, scenario):
    before = (await Officer.all().count(), await Event.all().count())

    await hire(staffed, scenario)

    assert before == (await Officer.all().count(), await Event.all().count())
    assert before[0] == len(list(posts(scenario))) > 45


def test_demo_officers_bear_no_person_s_name(scenario):
    for post in posts(scenario):
        assert "Demo" in post.name
        assert post.email.split(".")[0].rstrip("123") in {
            "koordinator",
            "admin",
            "pimpinan",
            "inspektur",
            "penghubung",
            "petugas",
            "rangkap",
        }


def test_a_day_that_names_unknown_codes_is_refused(tmp_path):

    folder = Path(shutil.copytree(KEDIRI, tmp_path / "city"))
    day = folder / "cases" / "sosial.yaml"
    day.write_text(day.read_text().replace("agencies: {DINSOS: 1}", "agencies: {DINSOSIAL: 1}", 1))

    with pytest.raises(CityInvalid) as refused:
        load_scenario(folder)

    assert refused.value.problems == ("day.yaml: case bansos-belum-cair: agency DINSOSIAL is not in agencies.yaml.",)


async def test_without_a_scenario_the_day_is_that_of_the_desk_s_city(staffed):
    assert 6 <= await backfill(staffed, days=1) <= 30


async def test_a_city_without_a_folder_of_its_own_is_named(staffed):
    await Installation.filter(id=1).update(city_code="99.99")
    desk = replace(staffed, references=References())

    with pytest.raises(CityInvalid, match=r"99\.99"):
        await backfill(desk, days=1)
