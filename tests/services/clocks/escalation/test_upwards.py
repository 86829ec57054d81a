"""Escalation by hand, its acknowledgement by name, and what reporters say to Ombudsman."""

import asyncio
import json
from dataclasses import replace

import pytest

from models import AuditEntry, ConsentEntry, Escalation, Event, Ticket, TicketClock, TicketText
from models.enums import AuditKind, EscalationLevel, EventKind, OmbudsmanConsent, Role, TicketStatus, Visibility
from services.access.filters.filters import TicketFilter
from services.access.filters.worklists import Worklist
from services.clocks.escalation.acknowledging import Acknowledge, acknowledge
from services.clocks.escalation.consents import Consent, record
from services.clocks.escalation.upwards import Escalate, escalate
from services.clocks.recounting import recount_clocks
from services.core.refusals import Forbidden, InvalidInput, NotFound, VersionConflict
from services.queries.lists.lists import ticket_page
from services.queries.lists.orders import TicketOrder
from tests.factories import citizen_scope, make_agency, make_client_scope, make_scope, make_ticket
from tests.services.clocks.escalation.town import at, climbed, linked, passed

S, LEVEL, CONSENT = TicketStatus, EscalationLevel, OmbudsmanConsent
REASON = "Tiang sudah miring dan instansi tidak menjawab."


async def rows():
    """All that a refusal must leave as it was."""
    return (
        await Ticket.all().order_by("id").values(),
        await TicketText.all().order_by("id").values(),
        await Escalation.all().order_by("id").values(),
        await ConsentEntry.all().order_by("id").values(),
        await Event.all().order_by("seq").values("seq"),
    )


async def dispatched(town, **columns):
    return await make_ticket(S.DISPATCHED, lead=town.lead, **columns)


async def escalated(desk, town, by="officer", level=LEVEL.COORDINATOR, **columns):
    """A ticket that somebody took upwards, and its escalation."""
    ticket = await dispatched(town, **columns)
    await escalate(desk, getattr(town, by), Escalate(ticket.id, 1, level, REASON))
    return ticket, await Escalation.get(ticket_id=ticket.id)


async def worklist(desk, scope):
    page = await ticket_page(desk, scope, TicketFilter(worklist=Worklist.ESCALATED), TicketOrder.NEWEST_FIRST, 10, None)
    return [ticket.pk for ticket in page.tickets]


async def test_an_officer_takes_a_ticket_to_the_coordinator(desk, town):
    ticket, row = await escalated(desk, town)

    event = await Event.filter(ticket_id=ticket.id).order_by("-seq").first()
    assert (row.level, row.rule_code, row.notified) == (LEVEL.COORDINATOR, None, [town.coordinator.officer_id])
    assert (row.raised_by_id, row.at_once, row.acknowledged_at) == (town.officer.officer_id, True, None)
    assert (event.kind, event.visibility, event.version) == (EventKind.ESCALATED, Visibility.INTER_AGENCY, 2)
    assert event.text_id == row.reason_id
    assert (await TicketText.get(id=row.reason_id)).body == REASON
    assert REASON not in str(event.details)
    assert (await Ticket.get(id=ticket.id)).version == 2
    assert (await worklist(desk, town.coordinator), await worklist(desk, town.officer)) == ([ticket.id], [])


@pytest.mark.parametrize(
    ("by", "level", "allowed"),
    [
        ("officer", LEVEL.OFFICER, False),
        ("officer", LEVEL.AGENCY, True),
        ("officer", LEVEL.LEADER, True),
        ("liaison", LEVEL.AGENCY, True),
        ("liaison", LEVEL.OFFICER, False),
        ("coordinator", LEVEL.COORDINATOR, False),
        ("coordinator", LEVEL.AGENCY, False),
        ("coordinator", LEVEL.LEADER, True),
    ],
)
async def test_a_level_above_ones_own_and_no_other(desk, town, by, level, allowed):
    ticket = await dispatched(town)
    before = await rows()

    if allowed:
        await escalate(desk, getattr(town, by), Escalate(ticket.id, 1, level, REASON))
        assert await Escalation.filter(ticket_id=ticket.id, level=level).count() == 1
        return
    with pytest.raises(InvalidInput) as refused:
        await escalate(desk, getattr(town, by), Escalate(ticket.id, 1, level, REASON))
    assert (refused.value.code, refused.value.path) == ("LEVEL_NOT_ABOVE", ("level",))
    assert await rows() == before


async def test_a_liaison_without_a_leader_stands_on_the_level_of_the_agency(desk, town):
    other = await make_agency("DLHKP")
    liaison = await make_scope(Role.LIAISON, other)
    ticket = await make_ticket(S.DISPATCHED, lead=other)
    before = await rows()

    with pytest.raises(InvalidInput) as refused:
        await escalate(desk, liaison, Escalate(ticket.id, 1, LEVEL.AGENCY, REASON))

    assert refused.value.code == "LEVEL_NOT_ABOVE"
    assert await rows() == before


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("leader", Forbidden),
        ("stranger", NotFound),
        ("partner", NotFound),
        ("reporter", Forbidden),
        ("display", NotFound),
    ],
)
async def test_who_neither_handles_nor_steers_takes_nothing_upwards(desk, town, who, refusal):
    ticket = await dispatched(town)
    strangers = {
        "leader": town.leader,
        "stranger": await make_scope(Role.OFFICER),
        "partner": await make_client_scope(),
        "reporter": citizen_scope(ticket),
        "display": await make_client_scope(name="Layar"),
    }
    before = await rows()

    with pytest.raises((refusal, Forbidden)):
        await escalate(desk, strangers[who], Escalate(ticket.id, 1, LEVEL.LEADER, REASON))

    assert await rows() == before


async def test_all_that_is_wrong_is_told_at_once(desk, town):
    ticket = await make_ticket(S.RESOLVED, lead=town.lead)
    before = await rows()

    with pytest.raises(InvalidInput) as refused:
        await escalate(desk, town.officer, Escalate(ticket.id, 1, LEVEL.OFFICER, "  "))

    assert [each.code for each in refused.value.each()] == ["EMPTY", "ESCALATES_CLOSED", "LEVEL_NOT_ABOVE"]
    assert await rows() == before


async def test_an_old_version_is_a_conflict(desk, town):
    ticket, _ = await escalated(desk, town)
    before = await rows()

    with pytest.raises(VersionConflict):
        await escalate(desk, town.officer, Escalate(ticket.id, 1, LEVEL.LEADER, REASON))

    assert await rows() == before


async def test_a_confidential_ticket_goes_to_nobody_but_who_sees_it(desk, town):
    _, row = await escalated(desk, town, level=LEVEL.LEADER, confidential=True)

    assert row.notified == [town.coordinator.officer_id]


async def test_where_nobody_else_sees_it_nothing_is_escalated(desk, town):
    ticket = await make_ticket(S.RECEIVED, supervisory=True)
    before = await rows()

    with pytest.raises(InvalidInput) as refused:
        await escalate(desk, town.inspector, Escalate(ticket.id, 1, LEVEL.LEADER, REASON))

    assert refused.value.code == "NOBODY_TO_TELL"
    assert await rows() == before


async def test_who_was_told_acknowledges_by_name_and_once(desk, town):
    ticket, row = await escalated(desk, town)
    await acknowledge(desk, town.coordinator, Acknowledge(row.id, "Saya telepon kepala dinas hari ini."))
    before = await rows()

    with pytest.raises(InvalidInput) as refused:
        await acknowledge(desk, town.coordinator, Acknowledge(row.id, "Lagi."))

    await row.refresh_from_db()
    event = await Event.filter(ticket_id=ticket.id).order_by("-seq").first()
    assert refused.value.code == "ALREADY_ACKNOWLEDGED"
    assert await rows() == before
    assert (row.acknowledged_by_id, row.acknowledged_at) == (town.coordinator.officer_id, desk.now())
    assert (event.kind, event.version) == (EventKind.ESCALATION_ACKNOWLEDGED, 2)
    assert (event.details, event.visibility) == ({"escalation": row.id, "level": "COORDINATOR"}, "INTER_AGENCY")
    assert (await TicketText.get(id=row.note_id)).body == "Saya telepon kepala dinas hari ini."
    assert (await Ticket.get(id=ticket.id)).escalated_to == []
    assert await worklist(desk, town.coordinator) == []


async def test_of_two_who_acknowledge_at_once_one_does(desk, town):
    await make_scope(Role.COORDINATOR, town.home)
    ticket, row = await escalated(desk, town)
    people = [replace(town.coordinator, officer_id=key) for key in row.notified]

    outcomes = await asyncio.gather(
        *(acknowledge(desk, scope, Acknowledge(row.id, "Saya urus.")) for scope in people), return_exceptions=True
    )

    [done] = [scope for scope, each in zip(people, outcomes, strict=True) if not isinstance(each, InvalidInput)]
    assert [each.code for each in outcomes if isinstance(each, InvalidInput)] == ["ALREADY_ACKNOWLEDGED"]
    assert (await Escalation.get()).acknowledged_by_id == done.officer_id
    assert await Event.filter(ticket_id=ticket.id, kind=EventKind.ESCALATION_ACKNOWLEDGED).count() == 1


async def test_who_was_not_told_acknowledges_nothing_and_who_sees_nothing_finds_nothing(desk, town):
    (_, row), stranger = await escalated(desk, town), await make_scope(Role.OFFICER)
    before = await rows()

    with pytest.raises(Forbidden) as refused:
        await acknowledge(desk, town.liaison, Acknowledge(row.id, "Saya."))
    for scope, key in (
        (stranger, row.id),
        (town.coordinator, row.id + 1),
        (town.coordinator, None),
    ):
        with pytest.raises(NotFound) as absent:
            await acknowledge(desk, scope, Acknowledge(key, "Saya."))
        assert absent.value.path == ("escalationId",)

    assert refused.value.code == "NOT_TOLD"
    assert await rows() == before


async def test_an_escalation_that_is_acknowledged_leaves_others_waiting(desk, town):
    ticket, row = await escalated(desk, town)
    await escalate(desk, town.coordinator, Escalate(ticket.id, 2, LEVEL.LEADER, REASON))

    await acknowledge(desk, town.coordinator, Acknowledge(row.id, "Baik."))

    assert (await Ticket.get(id=ticket.id)).escalated_to == [town.leader.officer_id]
    await acknowledge(desk, town.leader, Acknowledge((await Escalation.all().order_by("-id").first()).id, "Baik."))
    assert (await Ticket.get(id=ticket.id)).escalated_to == []


async def test_consent_is_recorded_by_the_desk_and_audited(desk, town):
    ticket = await dispatched(town)

    await record(desk, town.coordinator, Consent(ticket.id, 1, CONSENT.ASKED, "Ditelepon, akan dijawab besok."))
    await record(desk, town.coordinator, Consent(ticket.id, 2, CONSENT.REFUSED))

    entries = await AuditEntry.filter(kind=AuditKind.CONSENT_RECORDED).order_by("id")
    assert [json.loads(each.details) for each in entries] == [{"consent": "ASKED"}, {"consent": "REFUSED"}]
    assert {(each.principal, each.subject) for each in entries} == {(town.coordinator.principal, f"ticket:{ticket.id}")}
    assert [row.consent for row in await ConsentEntry.all().order_by("id")] == [CONSENT.ASKED, CONSENT.REFUSED]
    events = await Event.filter(ticket_id=ticket.id, kind=EventKind.FIELD_CHANGED).order_by("seq")
    assert [(each.details, each.visibility) for each in events] == [
        ({"consent": "ASKED"}, Visibility.INTER_AGENCY),
        ({"consent": "REFUSED"}, Visibility.INTER_AGENCY),
    ]
    assert (await TicketText.get(id=events[0].text_id)).body == "Ditelepon, akan dijawab besok."


@pytest.mark.parametrize("who", ["officer", "liaison", "leader", "inspector"])
async def test_nobody_but_the_desk_records_consent(desk, town, who):
    ticket = await dispatched(town)
    before = await rows()

    with pytest.raises((Forbidden, NotFound)):
        await record(desk, getattr(town, who), Consent(ticket.id, 1, CONSENT.GIVEN))

    assert await rows() == before


async def test_ombudsman_by_hand_needs_the_consent_that_counts(desk, town):
    ticket = await dispatched(town)
    await record(desk, town.coordinator, Consent(ticket.id, 1, CONSENT.GIVEN))
    with pytest.raises(VersionConflict):
        await record(desk, town.coordinator, Consent(ticket.id, 1, CONSENT.REFUSED))
    await record(desk, town.coordinator, Consent(ticket.id, 2, CONSENT.REFUSED))
    before = await rows()

    with pytest.raises(InvalidInput) as refused:
        await escalate(desk, town.officer, Escalate(ticket.id, 3, LEVEL.OMBUDSMAN, REASON))
    assert refused.value.code == "CONSENT_NEEDED"
    assert await rows() == before
    await record(desk, town.coordinator, Consent(ticket.id, 3, CONSENT.GIVEN))
    await escalate(desk, town.officer, Escalate(ticket.id, 4, LEVEL.OMBUDSMAN, REASON))

    assert (await Escalation.get(ticket_id=ticket.id)).notified == [town.coordinator.officer_id]


async def test_the_rungs_of_others_wait_for_them(desk, clock, town):
    ticket = await make_ticket(S.IN_PROGRESS, lead=town.lead, at=at("2026-02-02 09:00"))

    await passed(desk, clock, "2026-02-28 00:00")

    assert len(await climbed(ticket)) == 3
    assert await worklist(desk, town.head) == await worklist(desk, town.coordinator) == [ticket.id]
    assert await worklist(desk, town.leader) == []


@pytest.mark.parametrize(
    ("said_on", "reached_on"), [("2026-02-20 10:00", "2026-04-04 00:00"), ("2026-05-04 10:00", "2026-05-04 10:00")]
)
async def test_ombudsman_is_reached_after_60_days_and_not_before_the_reporter_agrees(
    desk, clock, town, said_on, reached_on
):
    ticket = await make_ticket(S.IN_PROGRESS, lead=town.lead, at=at("2026-02-02 09:00"))
    await linked(desk, clock, ticket, "2026-02-02 09:00")
    await passed(desk, clock, said_on)
    agreed = Consent(ticket.id, 1, CONSENT.GIVEN)
    before = [code for code, _, _ in await climbed(ticket)]

    await record(desk, town.coordinator, agreed)
    await passed(desk, clock, "2026-09-01 00:00")

    assert "ombudsman" not in before
    found = [each for each in await climbed(ticket) if each[0] == "ombudsman"]
    assert found == [("ombudsman", reached_on, [town.coordinator.officer_id])]
    event = await Event.get(ticket_id=ticket.id, details__contains={"rule": "ombudsman"})
    assert (event.actor_kind, (await Escalation.get(rule_code="ombudsman")).raised_by_id) == ("SYSTEM", None)


async def test_ombudsman_is_reached_though_the_60_days_had_passed_before_clocks_were_kept(desk, clock, town):
    ticket = await make_ticket(S.IN_PROGRESS, lead=town.lead, at=at("2026-02-02 09:00"))
    await linked(desk, clock, ticket, "2026-02-02 09:00")
    await TicketClock.all().delete()
    await Ticket.filter(id=ticket.id).update(rules_version=None)
    clock.set(at("2026-05-04 09:00"))
    await recount_clocks(desk)

    await record(desk, town.coordinator, Consent(ticket.id, 1, CONSENT.GIVEN))

    assert await climbed(ticket) == [("ombudsman", "2026-05-04 09:00", [town.coordinator.officer_id])]


@pytest.mark.parametrize("consent", [None, CONSENT.ASKED, CONSENT.REFUSED])
async def test_without_the_reporters_consent_ombudsman_is_never_reached(desk, clock, town, consent):
    ticket = await make_ticket(S.IN_PROGRESS, lead=town.lead, at=at("2026-02-02 09:00"))
    await linked(desk, clock, ticket, "2026-02-02 09:00")
    if consent is not None:
        await record(desk, town.coordinator, Consent(ticket.id, 1, consent))

    await passed(desk, clock, "2026-09-01 00:00")

    assert "ombudsman" not in [code for code, _, _ in await climbed(ticket)]
