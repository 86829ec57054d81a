"""Several posts on one day: a session acts for one, chosen at sign-in and switched, and all of them forbid."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from models import Agency, Assignment, AuditEntry, Credential, Event, Officer
from models.database import connection
from models.enums import AuditKind, PrincipalKind, Role, SubjectKind, TicketStatus, Visibility
from realtime.log import read_after
from realtime.members import Validity
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal, Forbidden, InvalidInput, NotFound
from services.credentials.credentials import issue, revoke
from services.credentials.identify import identify, refreshed
from services.credentials.posts import own_assignments, switch
from services.credentials.sign_in import SignIn, sign_in
from services.feeds.rights import judged, named_by
from services.operations.tokens import give
from services.staff import staff
from services.staff.assignments import WantedAssignment
from services.staff.staff import AccountChange
from services.tickets import answers, editing
from services.tickets.answers import Draft, Review
from tests.conftest import Clock
from tests.factories import (
    anonymous_scope,
    citizen_scope,
    give_password,
    make_agency,
    make_client_scope,
    make_officer,
    make_scope,
    make_ticket,
)

PASSWORD = "sepeda-biru-di-teras"
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


async def post(officer: Officer, code: str, role: Role = Role.OFFICER, **days: date | None) -> None:
    """Another assignment at an agency, made where it is new."""
    agency = await Agency.get_or_none(code=code) or await make_agency(code)
    given = {"valid_from": TODAY - 90 * DAY, "valid_to": None, **days}
    await Assignment.create(officer=officer, agency=agency, role=role, **given)


@pytest.fixture
async def officer(desk: Desk) -> Officer:
    """An officer of pupr who is the liaison of dishub besides, and has never signed in."""
    made = await make_officer(await make_agency("pupr"), Role.OFFICER, valid_from=TODAY - 30 * DAY)
    await post(made, "dishub", Role.LIAISON)
    await give_password(desk, made, PASSWORD)
    return made


async def signed_in(desk: Desk, officer: Officer) -> Scope:
    session = await sign_in(desk, SignIn(officer.email, PASSWORD))
    return await identify(desk, session.token)


async def by_hand(desk: Desk, officer: Officer) -> Scope:
    """The same with a token that does not end by itself."""
    return await identify(desk, (await give(desk, PrincipalKind.STAFF, name="uji", officer_id=officer.id)).token)


async def acts_for(scope: Scope) -> str | None:
    return None if scope.agency_id is None else (await Agency.get(id=scope.agency_id)).code


async def switched(desk: Desk, scope: Scope, code: str) -> Scope:
    await switch(desk, scope, code)
    return await refreshed(desk, scope)


async def kept() -> list[Any]:
    """All that a refusal must leave as it was."""
    return [
        await Credential.all().order_by("id").values(),
        await Officer.all().order_by("id").values(),
        await Event.all().count(),
        await AuditEntry.all().count(),
    ]


# ---------------------------------------------------------------- at sign-in


async def test_who_never_chose_one_of_several_is_asked(desk: Desk, officer: Officer) -> None:
    scope = await signed_in(desk, officer)

    assert (scope.must_choose, scope.agency_id, scope.roles, len(scope.agencies)) == (True, None, frozenset(), 2)
    held = await own_assignments(desk, scope)
    assert [(each.agency.code, each.role) for each in held] == [("dishub", Role.LIAISON), ("pupr", Role.OFFICER)]


async def test_the_only_one_is_acted_for(desk: Desk, officer: Officer) -> None:
    await Assignment.filter(agency__code="dishub").update(valid_to=TODAY - DAY)

    assert await acts_for(await signed_in(desk, officer)) == "pupr"


async def test_the_last_one_used_is_acted_for(desk: Desk, officer: Officer) -> None:
    await switch(desk, await signed_in(desk, officer), "pupr")
    await switch(desk, await signed_in(desk, officer), "dishub")

    assert await acts_for(await signed_in(desk, officer)) == "dishub"


async def test_who_had_one_post_goes_on_for_it_when_there_are_two(desk: Desk, officer: Officer) -> None:
    await Assignment.filter(agency__code="dishub").update(valid_from=TODAY + DAY)
    await signed_in(desk, officer)
    await Assignment.filter(agency__code="dishub").update(valid_from=TODAY)

    assert await acts_for(await signed_in(desk, officer)) == "pupr"


async def test_where_the_last_one_used_is_over_the_only_other_is_acted_for_else_it_is_asked(
    desk: Desk, officer: Officer
) -> None:
    await post(officer, "satpol")
    await switch(desk, await signed_in(desk, officer), "satpol")
    await Assignment.filter(agency__code="satpol").update(valid_to=TODAY - DAY)

    asked = await signed_in(desk, officer)
    await Assignment.filter(agency__code="dishub").update(valid_to=TODAY - DAY)

    assert asked.must_choose
    assert await acts_for(await signed_in(desk, officer)) == "pupr"


async def test_roles_in_one_agency_are_one_post(desk: Desk, officer: Officer) -> None:
    await post(officer, "pupr", Role.LIAISON)

    scope = await switched(desk, await signed_in(desk, officer), "pupr")

    assert scope.roles == {Role.OFFICER, Role.LIAISON}
    assert (await switched(desk, scope, "dishub")).roles == {Role.LIAISON}


async def test_a_token_made_by_hand_begins_and_switches_likewise(desk: Desk, officer: Officer) -> None:
    issued = await give(desk, PrincipalKind.STAFF, name="program", officer_id=officer.id)
    asked = await identify(desk, issued.token)

    scope = await switched(desk, asked, "dishub")
    later = await give(desk, PrincipalKind.STAFF, name="program lain", officer_id=officer.id)

    assert asked.must_choose
    assert await acts_for(scope) == await acts_for(await identify(desk, later.token)) == "dishub"


# ---------------------------------------------------------------- switching


async def test_rights_actor_and_audit_follow_the_post(desk: Desk, officer: Officer) -> None:
    scope = await switched(desk, await signed_in(desk, officer), "pupr")
    pupr, dishub = await Agency.get(code="pupr"), await Agency.get(code="dishub")
    roads, traffic = [await make_ticket(TicketStatus.DISPATCHED, lead=each) for each in (pupr, dishub)]

    other = await switched(desk, scope, " DisHub ")

    note = {"text": "Dicek.", "visibility": Visibility.INTERNAL}
    with pytest.raises(NotFound):
        await editing.add_note(desk, other, editing.Note(roads.id, **note))
    done = await editing.add_note(desk, other, editing.Note(traffic.id, **note))
    event = await Event.filter(ticket_id=done.ticket.id).order_by("-seq").first()
    assert event is not None
    assert (event.actor_officer_id, event.actor_agency_id) == (officer.id, dishub.id)
    assert (other.roles, other.agencies) == ({Role.LIAISON}, {pupr.id, dishub.id})


async def test_a_switch_is_one_event_for_its_credential_and_one_audit_entry(desk: Desk, officer: Officer) -> None:
    asked = await signed_in(desk, officer)
    pupr, dishub = await Agency.get(code="pupr"), await Agency.get(code="dishub")
    first = await switched(desk, asked, "pupr")
    before = await Event.all().count()

    again = await switched(desk, first, "pupr")
    other = await switched(desk, first, "dishub")

    event = await Event.all().order_by("-seq").first()
    assert event is not None
    assert (again, await Event.all().count()) == (first, before + 1)
    assert (event.subject_kind, event.subject_id) == (SubjectKind.CREDENTIAL, other.credential_id)
    (logged,), _ = await read_after(connection(), event.seq - 1, 1)
    assert named_by(logged) == {("credential", other.credential_id)}
    entries = await AuditEntry.filter(kind=AuditKind.RIGHTS_CHANGED).order_by("id")
    assert [(entry.principal, entry.subject, entry.details) for entry in entries] == [
        (asked.principal, f"credential:{asked.credential_id}", f'{{"agency":{pupr.id}}}'),
        (asked.principal, f"credential:{asked.credential_id}", f'{{"agency":{dishub.id},"before":{pupr.id}}}'),
    ]


async def test_only_the_session_that_switched_is_judged_as_changed(desk: Desk, officer: Officer) -> None:
    one = await switched(desk, await signed_in(desk, officer), "pupr")
    two = await signed_in(desk, officer)

    await switch(desk, one, "dishub")

    assert await judged(desk, [one, two]) == {one: Validity.CHANGED, two: Validity.SAME}


async def test_an_audit_entry_says_for_which_of_several_posts_it_was(desk: Desk, officer: Officer) -> None:
    scope = await switched(desk, await signed_in(desk, officer), "pupr")

    await revoke(desk, scope.credential_id or 0, scope)

    entry = await AuditEntry.get(kind=AuditKind.TOKEN_REVOKED)
    assert f'"agency":{scope.agency_id},' in entry.details


@pytest.mark.parametrize("codes", [("pupr", "pupr"), ("pupr", "dishub")])
async def test_two_switches_at_the_same_moment_end_in_one_of_them(
    desk: Desk, officer: Officer, codes: tuple[str, str]
) -> None:
    scope = await signed_in(desk, officer)

    await asyncio.gather(*(switch(desk, scope, code) for code in codes))

    now = await refreshed(desk, scope)
    switches = await Event.filter(subject_kind=SubjectKind.CREDENTIAL).order_by("seq")
    assert len(switches) == len(set(codes))
    assert now.agency_id == switches[-1].details["agency"]
    assert (await Officer.get(id=officer.id)).last_agency_id == now.agency_id


async def test_a_post_that_ends_while_somebody_switches_to_it_is_not_acted_for(desk: Desk, officer: Officer) -> None:
    admin = await make_scope(Role.ADMIN)
    scope = await switched(desk, await signed_in(desk, officer), "dishub")
    rest = (WantedAssignment("dishub", Role.LIAISON, TODAY - 90 * DAY),)

    outcomes = await asyncio.gather(
        staff.change(desk, admin, AccountChange(officer.id, 1, assignments=rest)),
        switch(desk, scope, "pupr"),
        return_exceptions=True,
    )

    assert not isinstance(outcomes[0], BaseException)
    assert outcomes[1] is None or isinstance(outcomes[1], InvalidInput)
    assert await acts_for(await refreshed(desk, scope)) == "dishub"


@pytest.mark.parametrize("code", ["satpol", "nowhere", "", "ended", "\x00", "x" * 10_000])
async def test_an_agency_without_a_post_of_today_is_refused_and_changes_nothing(
    desk: Desk, officer: Officer, code: str
) -> None:
    await make_agency("satpol")
    await post(officer, "ended", valid_to=TODAY - DAY)
    scope = await switched(desk, await signed_in(desk, officer), "pupr")
    before = await kept()

    with pytest.raises(InvalidInput, match="NO_POST_THERE") as refusal:
        await switch(desk, scope, code)

    assert refusal.value.path == ("agencyCode",)
    assert await kept() == before


async def test_screens_partners_citizens_and_strangers_have_no_posts(desk: Desk) -> None:
    await make_agency("pupr")
    clients = [await make_client_scope(kind) for kind in (PrincipalKind.PARTNER, PrincipalKind.DISPLAY)]
    citizen = citizen_scope(await make_ticket())
    before = await kept()

    for scope in (*clients, citizen, anonymous_scope()):
        with pytest.raises(Forbidden, match="NO_POSTS"):
            await switch(desk, scope, "pupr")
        assert await own_assignments(desk, scope) == []

    assert await kept() == before


async def test_a_session_that_ended_meanwhile_switches_nothing(desk: Desk, officer: Officer) -> None:
    scope = await switched(desk, await signed_in(desk, officer), "pupr")
    await revoke(desk, scope.credential_id or 0)
    before = await kept()

    with pytest.raises(EdgeRefusal, match="UNAUTHENTICATED"):
        await switch(desk, scope, "dishub")

    assert await kept() == before


# ---------------------------------------------------------------- midnight


async def test_a_post_that_ends_at_midnight_gives_way_to_the_only_other(
    desk: Desk, clock: Clock, officer: Officer
) -> None:
    await Assignment.filter(agency__code="pupr").update(valid_to=TODAY)
    scope = await switched(desk, await by_hand(desk, officer), "pupr")
    midnight = scope.valid_until

    clock.forward(hours=15)  # 00.00 WIB

    assert midnight == desk.now()
    assert await judged(desk, [scope]) == {scope: Validity.CHANGED}
    now = await refreshed(desk, scope)
    assert (await acts_for(now), now.roles, now.must_choose) == ("dishub", {Role.LIAISON}, False)
    with pytest.raises(InvalidInput, match="NO_POST_THERE"):
        await switch(desk, now, "pupr")


async def test_a_post_that_ends_at_midnight_beside_two_others_asks(desk: Desk, clock: Clock, officer: Officer) -> None:
    await post(officer, "satpol", valid_to=TODAY)
    scope = await switched(desk, await by_hand(desk, officer), "satpol")

    clock.forward(hours=15)

    now = await refreshed(desk, scope)
    assert (now.must_choose, len(now.agencies)) == (True, 2)
    assert await acts_for(await switched(desk, now, "dishub")) == "dishub"


async def test_a_post_that_begins_at_midnight_takes_no_session_over(desk: Desk, clock: Clock, officer: Officer) -> None:
    await Assignment.filter(agency__code="dishub").update(valid_from=TODAY + DAY)
    scope = await by_hand(desk, officer)

    clock.forward(hours=15)

    assert await acts_for(await refreshed(desk, scope)) == "pupr"


async def test_a_token_of_the_release_before_acts_for_the_only_post_or_asks(desk: Desk, officer: Officer) -> None:
    issued = await issue(desk, PrincipalKind.STAFF, name="lama", officer_id=officer.id)

    asked = await identify(desk, issued.token)
    await Assignment.filter(agency__code="dishub").delete()

    assert asked.must_choose
    assert await acts_for(await identify(desk, issued.token)) == "pupr"


# ---------------------------------------------------------------- prohibitions


async def test_who_wrote_for_one_post_is_no_second_reader_for_another(desk: Desk, officer: Officer) -> None:
    await post(officer, "diskominfo", Role.COORDINATOR)
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=await Agency.get(code="pupr"))
    scope = await switched(desk, await signed_in(desk, officer), "pupr")
    answer = await answers.save_draft(desk, scope, Draft(ticket.id, "Sudah ditambal.", submit=True))

    desk_scope = await switched(desk, scope, "diskominfo")

    with pytest.raises(Forbidden, match="WRITTEN_BY_CALLER"):
        await answers.review(desk, desk_scope, Review(answer.id, 1, approve=True))
    await answer.refresh_from_db()
    assert (answer.version, answer.approver_id) == (1, None)
    other = await make_scope(Role.COORDINATOR, await Agency.get(code="diskominfo"))
    assert (await answers.review(desk, other, Review(answer.id, 1, approve=True))).approver_id == other.officer_id


async def test_no_post_shows_a_supervisory_report_about_another(desk: Desk, officer: Officer) -> None:
    await post(officer, "diskominfo", Role.COORDINATOR)
    reported = await Agency.get(code="dishub")
    ticket = await make_ticket(supervisory=True, reported_agency=reported, lead=await Agency.get(code="pupr"))
    scope = await signed_in(desk, officer)

    for code in ("pupr", "dishub", "diskominfo"):
        scope = await switched(desk, scope, code)
        with pytest.raises(NotFound):
            await editing.add_note(desk, scope, editing.Note(ticket.id, "Dicek.", Visibility.INTERNAL))
