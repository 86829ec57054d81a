"""Unresolved cases are opened, evaluated, corrected, closed, and ended by a reopening."""

import asyncio
from datetime import date, timedelta

import pytest

from models import Event, Ticket, TicketText, UnresolvedCase
from models.enums import EscalationLevel, EventKind, Role, TicketStatus, Visibility
from services.access.filters.worklists import Worklist
from services.audit.words import WordVerification
from services.core.refusals import Forbidden, InvalidInput, NotFound, VersionConflict
from services.evaluation.evaluating import Closing, Evaluation, close, evaluate
from services.queries.tickets import worklist_counts
from services.reporters.erasure import Erasure, erase
from services.tickets.moves import ChangeStatus, Reopen, change_status, reopen
from tests.factories import latest, make_agency, make_scope, make_ticket

S = TicketStatus


@pytest.fixture
async def pupr(desk):
    return await make_agency("pupr")


@pytest.fixture
async def coordinator(desk):
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


@pytest.fixture
async def liaison(pupr):
    return await make_scope(Role.LIAISON, pupr)


async def unresolved(desk, scope, agency, **columns):
    """A ticket that an officer could not resolve, and its case."""
    ticket = await make_ticket(S.IN_PROGRESS, lead=agency, **columns)
    change = ChangeStatus(ticket.id, 1, S.UNRESOLVED, note="Tidak ada anggaran.", reason_code="NO_BUDGET")
    await change_status(desk, scope, change)
    return await Ticket.get(id=ticket.id), await UnresolvedCase.get(ticket_id=ticket.id)


def evaluation(row, day, **more):
    given = {
        "level": EscalationLevel.COORDINATOR,
        "decision": "Ditunda ke tahun depan.",
        "recommendation": "Usulkan di Musrenbang.",
        "responsible_agency_code": "pupr",
        "follow_up_on": day,
    }
    return Evaluation(row.id, row.version, **{**given, **more})


async def counted(desk, scope):
    counts = {each.worklist: each.count for each in await worklist_counts(desk, scope)}
    return counts[Worklist.UNRESOLVED_CASES]


async def everything():
    """All that a refusal must leave as it was."""
    return [await model.all().order_by("id").values() for model in (Ticket, TicketText, UnresolvedCase)], (
        await Event.all().count()
    )


async def found_wrong(desk):
    return [str(each) async for each in WordVerification(desk.keys).findings()]


async def test_each_entry_opens_a_case_with_its_cause(desk, coordinator, liaison, pupr):
    ticket, row = await unresolved(desk, liaison, pupr)

    assert (row.state, row.cause, row.version, row.entered, row.lead_agency_id) == (
        "TO_EVALUATE",
        "NO_BUDGET",
        1,
        ticket.version,
        pupr.id,
    )
    assert row.opened_at == ticket.updated_at
    event = await latest(Event.filter(ticket_id=ticket.id))
    assert (event.kind, event.changed) == (EventKind.STATUS_CHANGED, ["standing", "status", "unresolvedCases"])
    assert await counted(desk, coordinator) == 1


async def test_an_evaluation_sets_what_was_decided_and_is_told_between_agencies(desk, coordinator, liaison, pupr):
    ticket, row = await unresolved(desk, liaison, pupr)
    day = desk.today() + timedelta(days=30)

    made = await evaluate(desk, coordinator, evaluation(row, day, client_mutation_id="eval-1"))

    assert (made.state, made.version, made.level, made.follow_up_on) == ("FOLLOW_UP", 2, "COORDINATOR", day)
    assert (made.responsible_agency_id, made.evaluated_by_id) == (pupr.id, coordinator.officer_id)
    assert [(await TicketText.get(id=key)).body for key in (made.decision_id, made.recommendation_id)] == [
        "Ditunda ke tahun depan.",
        "Usulkan di Musrenbang.",
    ]
    event, after = await latest(Event.filter(ticket_id=ticket.id)), await Ticket.get(id=ticket.id)
    assert (event.kind, event.visibility, event.version) == (
        EventKind.CASE_EVALUATED,
        Visibility.INTER_AGENCY,
        after.version,
    )
    assert after.version == ticket.version
    assert {name: event.details[name] for name in ("case", "caseVersion", "caseState", "level", "agency")} == {
        "case": row.id,
        "caseVersion": 2,
        "caseState": "FOLLOW_UP",
        "level": "COORDINATOR",
        "agency": pupr.id,
    }
    assert "Musrenbang" not in str(event.details)
    assert await counted(desk, coordinator) == 1
    assert await found_wrong(desk) == []


async def test_a_correction_keeps_the_words_of_before_beside_the_log(desk, coordinator, liaison, pupr):
    _, row = await unresolved(desk, liaison, pupr)
    day = desk.today() + timedelta(days=30)
    made = await evaluate(desk, coordinator, evaluation(row, day))

    again = await evaluate(desk, coordinator, evaluation(made, day, decision="Dikerjakan bulan depan."))

    assert (again.version, again.state) == (3, "FOLLOW_UP")
    assert await TicketText.filter(kind="DECISION").order_by("id").values_list("body", flat=True) == [
        "Ditunda ke tahun depan.",
        "Dikerjakan bulan depan.",
    ]
    assert await found_wrong(desk) == []


async def test_a_close_ends_it_and_takes_it_out_of_the_worklist(desk, coordinator, liaison, pupr):
    ticket, row = await unresolved(desk, liaison, pupr)
    made = await evaluate(desk, coordinator, evaluation(row, desk.today() + timedelta(days=1)))

    done = await close(desk, coordinator, Closing(made.id, made.version, "Sudah diperbaiki."))

    assert (done.state, done.version, (await TicketText.get(id=done.outcome_id)).body) == (
        "DONE",
        3,
        "Sudah diperbaiki.",
    )
    assert (await Ticket.get(id=ticket.id)).case_done
    assert await counted(desk, coordinator) == 0
    assert await found_wrong(desk) == []
    for command in (Closing(made.id, 3, "Lagi."), evaluation(done, desk.today() + timedelta(days=2))):
        with pytest.raises(InvalidInput, match="CASE_ENDED"):
            await (close if isinstance(command, Closing) else evaluate)(desk, coordinator, command)


async def test_a_reopening_ends_the_case_and_the_next_entry_opens_another(desk, coordinator, liaison, pupr):
    ticket, row = await unresolved(desk, liaison, pupr)
    await reopen(desk, coordinator, Reopen(ticket.id, ticket.version, "NEW_INFORMATION", note="Ada anggaran."))
    ended = await UnresolvedCase.get(id=row.id)
    ticket = await Ticket.get(id=ticket.id)
    change = ChangeStatus(ticket.id, ticket.version, S.IN_PROGRESS)
    assert (ended.state, ended.version, ended.closed_at) == ("REOPENED", 2, ticket.updated_at)
    with pytest.raises(InvalidInput, match="CASE_ENDED"):
        await evaluate(desk, coordinator, evaluation(ended, desk.today() + timedelta(days=1)))

    await change_status(desk, liaison, change)
    again = ChangeStatus(ticket.id, ticket.version + 1, S.UNRESOLVED, note="Sengketa.", reason_code="LEGAL_DISPUTE")
    await change_status(desk, liaison, again)

    found = await UnresolvedCase.filter(ticket_id=ticket.id).order_by("id").values_list("state", "cause")
    assert found == [("REOPENED", "NO_BUDGET"), ("TO_EVALUATE", "LEGAL_DISPUTE")]


async def test_a_case_whose_report_another_release_reopened_is_evaluated_no_more(desk, coordinator, liaison, pupr):
    ticket, row = await unresolved(desk, liaison, pupr)
    await Ticket.filter(id=ticket.id).update(status=S.REOPENED)
    before = await everything()

    with pytest.raises(InvalidInput, match="CASE_ENDED"):
        await evaluate(desk, coordinator, evaluation(row, desk.today() + timedelta(days=1)))

    assert await everything() == before


async def test_what_is_done_stays_done_when_its_report_is_reopened(desk, coordinator, liaison, pupr):
    ticket, row = await unresolved(desk, liaison, pupr)
    made = await evaluate(desk, coordinator, evaluation(row, desk.today() + timedelta(days=1)))
    await close(desk, coordinator, Closing(made.id, 2, "Selesai."))

    await reopen(desk, coordinator, Reopen(ticket.id, ticket.version, "NEW_INFORMATION"))

    assert (await UnresolvedCase.get(id=row.id)).state == "DONE"
    assert not (await Ticket.get(id=ticket.id)).case_done


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"follow_up_on": -1}, ("followUpOn",)),
        ({"follow_up_on": 0}, ("followUpOn",)),
        ({"follow_up_on": 1_828}, ("followUpOn",)),
        ({"decision": " \u200b "}, ("decision",)),
        ({"recommendation": "a\x07b"}, ("recommendation",)),
        ({"decision": "x" * 10_001}, ("decision",)),
        ({"responsible_agency_code": "nobody"}, ("responsibleAgencyCode",)),
    ],
)
async def test_what_can_not_be_is_refused_and_changes_nothing(desk, coordinator, liaison, pupr, more, path):
    _, row = await unresolved(desk, liaison, pupr)
    before = await everything()
    if "follow_up_on" in more:
        more = {"follow_up_on": desk.today() + timedelta(days=more["follow_up_on"])}

    with pytest.raises(InvalidInput) as refused:
        await evaluate(
            desk, coordinator, evaluation(row, more.pop("follow_up_on", desk.today() + timedelta(1)), **more)
        )

    assert refused.value.path == path
    assert await everything() == before


async def test_all_that_is_wrong_is_told_at_once(desk, coordinator, liaison, pupr):
    _, row = await unresolved(desk, liaison, pupr)

    with pytest.raises(InvalidInput) as refused:
        await evaluate(desk, coordinator, evaluation(row, date(2020, 1, 1), decision="", responsible_agency_code="?"))

    assert [one.path for one in refused.value.each()] == [("decision",), ("responsibleAgencyCode",), ("followUpOn",)]


async def test_who_does_not_steer_the_ticket_evaluates_nothing(desk, coordinator, liaison, pupr):
    _, row = await unresolved(desk, liaison, pupr)
    day = desk.today() + timedelta(days=1)
    others = [liaison, *[await make_scope(role) for role in (Role.LEADER, Role.ADMIN)]]
    inspector, before = await make_scope(Role.INSPECTOR), await everything()

    for scope in others:
        with pytest.raises(Forbidden):
            await evaluate(desk, scope, evaluation(row, day))
        with pytest.raises(Forbidden):
            await close(desk, scope, Closing(row.id, 1, "Selesai."))
    for scope, key in ((inspector, row.id), (coordinator, 999), (coordinator, None)):
        with pytest.raises(NotFound) as refused:
            await close(desk, scope, Closing(key, 1, "Selesai."))
        assert refused.value.path == ("id",)
    assert await everything() == before


async def test_the_inspector_evaluates_a_supervisory_one_and_the_reported_side_does_not_see_it(desk, liaison, pupr):
    accused = await make_agency("setda")
    _, row = await unresolved(desk, liaison, pupr, supervisory=True, reported_agency_id=accused.id)
    day = desk.today() + timedelta(days=1)

    with pytest.raises(NotFound):
        await evaluate(desk, await make_scope(Role.COORDINATOR, accused), evaluation(row, day))
    made = await evaluate(desk, await make_scope(Role.INSPECTOR, await make_agency("itko")), evaluation(row, day))

    assert made.state == "FOLLOW_UP"


async def test_an_old_version_is_a_conflict_and_one_ahead_a_mistake(desk, coordinator, liaison, pupr):
    _, row = await unresolved(desk, liaison, pupr)
    day = desk.today() + timedelta(days=1)
    await evaluate(desk, coordinator, evaluation(row, day))
    before = await everything()

    with pytest.raises(VersionConflict) as refused:
        await evaluate(desk, coordinator, evaluation(row, day))
    row.version = 9
    with pytest.raises(InvalidInput, match="VERSION_AHEAD"):
        await evaluate(desk, coordinator, evaluation(row, day))

    assert (refused.value.path, refused.value.case_id) == (("expectedVersion",), row.id)
    assert await everything() == before


async def test_of_two_who_evaluate_at_once_one_does(desk, coordinator, liaison, pupr):
    ticket, row = await unresolved(desk, liaison, pupr)
    day = desk.today() + timedelta(days=1)

    outcomes = await asyncio.gather(
        *(evaluate(desk, coordinator, evaluation(row, day)) for _ in range(2)), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["UnresolvedCase", "VersionConflict"]
    assert (await UnresolvedCase.get(id=row.id)).version == 2
    assert await Event.filter(ticket_id=ticket.id, kind=EventKind.CASE_EVALUATED).count() == 1


async def test_nothing_is_closed_that_nobody_evaluated(desk, coordinator, liaison, pupr):
    _, row = await unresolved(desk, liaison, pupr)
    before = await everything()

    with pytest.raises(InvalidInput, match="CASE_NOT_EVALUATED"):
        await close(desk, coordinator, Closing(row.id, 1, "Selesai."))

    assert await everything() == before


async def test_an_erasure_takes_the_words_and_leaves_the_case(desk, coordinator, liaison, pupr):
    ticket, row = await unresolved(desk, liaison, pupr, reporter={"name": "Sekar"})
    made = await evaluate(desk, coordinator, evaluation(row, desk.today() + timedelta(days=1)))

    await erase(desk, coordinator, Erasure(ticket.id, ticket.version, "REPORTER_REQUEST"))

    assert set(await TicketText.filter(ticket_id=ticket.id).values_list("body", flat=True)) == {None}
    assert (await UnresolvedCase.get(id=row.id)).version == made.version
    assert await found_wrong(desk) == []
