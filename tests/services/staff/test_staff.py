"""Accounts of staff: invited, changed and ended by admins, with an event and an audit entry for each, or not at all."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from models import Assignment, AuditEntry, Credential, Event, Invitation, Officer, Password
from models.enums import AuditKind, EventKind, PrincipalKind, Role
from services.access.scopes import SYSTEM, Scope
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal, Forbidden, InvalidInput, NotFound, Refusal
from services.credentials.credentials import issue, token_digest
from services.credentials.identify import identify
from services.staff import staff
from services.staff.assignments import WantedAssignment
from services.staff.staff import AccountChange, NewAccount
from tests.conftest import Clock
from tests.factories import make_agency, make_client_scope, make_officer, make_scope

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
OFFICER = WantedAssignment("dishub", Role.OFFICER)


@pytest.fixture
async def admin(desk: Desk) -> Scope:
    """An admin of an agency beside dishub and dlhkp."""
    await make_agency("dishub")
    await make_agency("dlhkp")
    return await make_scope(Role.ADMIN, await make_agency("diskominfo"))


async def stored() -> Mapping[str, Any]:
    """All that a refusal must leave as it was."""
    return {
        "officers": await Officer.all().order_by("id").values(),
        "assignments": await Assignment.all().order_by("id").values(),
        "invitations": await Invitation.all().order_by("id").values(),
        "passwords": await Password.all().order_by("officer_id").values(),
        "credentials": await Credential.all().order_by("id").values(),
        "events": await Event.all().count(),
        "audit": await AuditEntry.all().count(),
    }


async def posts(officer_id: int) -> list[tuple[str, Role, date, date | None]]:
    rows = await Assignment.filter(officer_id=officer_id).order_by("valid_from", "id").prefetch_related("agency")
    return [(row.agency.code, row.role, row.valid_from, row.valid_to) for row in rows]


async def audited(*kinds: AuditKind) -> list[tuple[AuditKind, str, str | None]]:
    rows = await AuditEntry.filter(kind__in=kinds or list(AuditKind)).order_by("id")
    return [(row.kind, row.principal, row.subject) for row in rows]


async def test_an_invitation_makes_an_account_with_its_days_and_one_link(desk: Desk, admin: Scope) -> None:
    wanted = (WantedAssignment("dishub", Role.LIAISON, TODAY + DAY, TODAY + 30 * DAY), OFFICER)

    made = await staff.invite(desk, admin, NewAccount("  Sari@Kediri.Example ", " Sari Dewi ", wanted))

    officer = await Officer.get(id=made.officer_id)
    assert (officer.email, officer.name, officer.active, officer.version) == (
        "sari@kediri.example", "Sari Dewi", True, 1,
    )  # fmt: skip
    assert await posts(officer.id) == [
        ("dishub", Role.OFFICER, TODAY, None),
        ("dishub", Role.LIAISON, TODAY + DAY, TODAY + 30 * DAY),
    ]
    link = await Invitation.get()
    assert (link.officer_id, link.digest) == (officer.id, token_digest(made.token))
    assert link.expires_at == made.expires_at == desk.now() + timedelta(days=3)
    assert made.path == f"/invite#token={made.token}"
    subject = f"officer:{officer.id}"
    assert await audited() == [
        (AuditKind.ACCOUNT_CREATED, admin.principal, subject),
        (AuditKind.RIGHTS_CHANGED, admin.principal, subject),
        (AuditKind.INVITED, admin.principal, subject),
    ]


async def test_the_event_of_an_account_holds_days_and_keys_and_no_name(desk: Desk, admin: Scope) -> None:
    made = await staff.invite(desk, admin, NewAccount("sari@kediri.example", "Sari Dewi", (OFFICER,)))

    event = await Event.filter(subject_id=made.officer_id).order_by("-seq").first()
    assert event is not None
    assert (event.kind, event.actor_id, event.changed) == (
        EventKind.RIGHTS_CHANGED, admin.principal, ["name", "email", "assignments"],
    )  # fmt: skip
    agency = (await Assignment.get(officer_id=made.officer_id)).agency_id
    assert event.details == {
        "before": [],
        "after": [{"agency": agency, "role": "OFFICER", "from": "2026-03-02", "to": None}],
    }
    everything = json.dumps([event.details, await AuditEntry.all().values("details", "subject", "principal")])
    assert "Sari" not in everything
    assert "sari" not in everything


@pytest.mark.parametrize(
    ("invitee", "code", "path"),
    [
        (NewAccount("sari", "Sari", (OFFICER,)), "BAD_EMAIL", ("email",)),
        (NewAccount(" ", "Sari", (OFFICER,)), "EMPTY", ("email",)),
        (NewAccount("a@b.c", " ", (OFFICER,)), "EMPTY", ("name",)),
        (NewAccount("a@b.c", "Sari", ()), "ASSIGNMENTS_NEEDED", ("assignments",)),
        (
            NewAccount("a@b.c", "S", (WantedAssignment("x", Role.OFFICER),)),
            "UNKNOWN_AGENCY",
            ("assignments", "0", "agencyCode"),
        ),
        (
            NewAccount("a@b.c", "S", (WantedAssignment("dishub", Role.OFFICER, TODAY, TODAY - DAY),)),
            "ASSIGNMENT_DAYS",
            ("assignments", "0", "validTo"),
        ),
        (
            NewAccount("a@b.c", "S", (WantedAssignment("dishub", Role.OFFICER, TODAY - DAY),)),
            "ASSIGNMENT_BEGAN",
            ("assignments", "0", "validFrom"),
        ),
        (
            NewAccount("a@b.c", "S", (WantedAssignment("dishub", Role.OFFICER, TODAY - 9 * DAY, TODAY - DAY),)),
            "ASSIGNMENT_OVER",
            ("assignments", "0", "validTo"),
        ),
        (
            NewAccount("a@b.c", "S", (OFFICER, WantedAssignment("dishub", Role.OFFICER, TODAY + DAY))),
            "ASSIGNMENT_TWICE",
            ("assignments", "1"),
        ),
    ],
)
async def test_an_invitation_that_can_not_be_changes_nothing(
    desk: Desk, admin: Scope, invitee: NewAccount, code: str, path: tuple[str, ...]
) -> None:
    before = await stored()

    with pytest.raises(InvalidInput) as refused:
        await staff.invite(desk, admin, invitee)

    assert (refused.value.code, refused.value.path) == (code, path)
    assert await stored() == before


async def test_an_e_mail_has_one_account(desk: Desk, admin: Scope) -> None:
    await staff.invite(desk, admin, NewAccount("sari@kediri.example", "Sari", (OFFICER,)))
    before = await stored()

    with pytest.raises(InvalidInput, match="STAFF_EXISTS"):
        await staff.invite(desk, admin, NewAccount("SARI@kediri.example", "Sari Lain", (OFFICER,)))

    assert await stored() == before


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_only_admins_work_on_accounts(desk: Desk, admin: Scope, role: Role) -> None:
    caller = await make_scope(role)
    await refused_for(desk, caller)


async def test_partners_and_admins_of_yesterday_are_refused_too(desk: Desk, admin: Scope) -> None:
    await refused_for(desk, await make_client_scope(PrincipalKind.PARTNER))
    former = await make_scope(Role.ADMIN)
    await Assignment.filter(officer_id=former.officer_id).update(valid_to=TODAY - DAY)

    await refused_for(desk, former)


async def refused_for(desk: Desk, caller: Scope) -> None:
    other = await make_officer(await make_agency())
    before = await stored()
    for use_case in (
        staff.invite(desk, caller, NewAccount("a@b.c", "A", (OFFICER,))),
        staff.change(desk, caller, AccountChange(other.id, 1, name="Lain")),
        staff.end(desk, caller, other.id),
        staff.renew_link(desk, caller, other.id),
    ):
        with pytest.raises(Forbidden, match="STAFF_ADMIN_ONLY"):
            await use_case
    assert await stored() == before


async def test_a_change_of_assignments_keeps_the_past_and_ends_the_rest_at_once(
    desk: Desk, admin: Scope, clock: Clock
) -> None:
    wanted = (OFFICER, WantedAssignment("dlhkp", Role.LIAISON, TODAY + 20 * DAY))
    made = await staff.invite(desk, admin, NewAccount("sari@kediri.example", "Sari", wanted))
    clock.forward(days=10)

    officer = await staff.change(
        desk,
        admin,
        AccountChange(
            made.officer_id, 1, assignments=(WantedAssignment("dlhkp", Role.OFFICER, None, TODAY + 40 * DAY),)
        ),
    )

    assert officer.version == 2
    assert await posts(officer.id) == [
        ("dishub", Role.OFFICER, TODAY, TODAY + 9 * DAY),
        ("dlhkp", Role.OFFICER, TODAY + 10 * DAY, TODAY + 40 * DAY),
    ]


async def test_a_change_may_move_the_last_day_of_what_goes_on(desk: Desk, admin: Scope, clock: Clock) -> None:
    made = await staff.invite(desk, admin, NewAccount("sari@kediri.example", "Sari", (OFFICER,)))
    clock.forward(days=10)
    wanted = WantedAssignment("dishub", Role.OFFICER, TODAY, TODAY + 12 * DAY)

    await staff.change(desk, admin, AccountChange(made.officer_id, 1, assignments=(wanted,)))

    assert await posts(made.officer_id) == [("dishub", Role.OFFICER, TODAY, TODAY + 12 * DAY)]


async def test_a_change_that_changes_nothing_is_no_event(desk: Desk, admin: Scope) -> None:
    made = await staff.invite(desk, admin, NewAccount("sari@kediri.example", "Sari", (OFFICER,)))
    before = await stored()

    await staff.change(desk, admin, AccountChange(made.officer_id, 1, "Sari", "SARI@kediri.example", (OFFICER,)))

    assert await stored() == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"expected_version": 2, "name": "Lain"}, "STAFF_VERSION"),
        ({"name": "Lain", "email": "taken@kediri.example"}, "STAFF_EXISTS"),
        ({"name": "Lain", "assignments": ()}, "ASSIGNMENTS_NEEDED"),
        ({"officer_id": 999}, "STAFF_UNKNOWN"),
        ({"officer_id": 10**17}, "STAFF_UNKNOWN"),
    ],
)
async def test_a_change_that_can_not_be_changes_nothing(
    desk: Desk, admin: Scope, change: dict[str, Any], code: str
) -> None:
    await staff.invite(desk, admin, NewAccount("taken@kediri.example", "Orang", (OFFICER,)))
    made = await staff.invite(desk, admin, NewAccount("sari@kediri.example", "Sari", (OFFICER,)))
    before = await stored()

    with pytest.raises(Refusal) as refused:
        await staff.change(
            desk, admin, AccountChange(**{"officer_id": made.officer_id, "expected_version": 1, **change})
        )

    assert refused.value.code == code
    assert await stored() == before


async def test_the_end_of_an_account_takes_its_tokens_links_and_password(desk: Desk, admin: Scope) -> None:
    wanted = (OFFICER, WantedAssignment("dlhkp", Role.LIAISON, TODAY + DAY))
    made = await staff.invite(desk, admin, NewAccount("sari@kediri.example", "Sari", wanted))
    issued = await issue(desk, PrincipalKind.STAFF, name="uji", officer_id=made.officer_id)
    await Password.create(officer_id=made.officer_id, hash="x", changed_at=desk.now())

    await staff.end(desk, admin, made.officer_id)

    with pytest.raises(EdgeRefusal, match="UNAUTHENTICATED"):
        await identify(desk, issued.token)
    assert (await Credential.get(id=issued.credential_id)).revoked_at == desk.now()
    assert await posts(made.officer_id) == [("dishub", Role.OFFICER, TODAY, TODAY)]
    assert await Invitation.all().count() == await Password.all().count() == 0
    kinds = [event.kind for event in await Event.all().order_by("-seq").limit(2)]
    assert kinds == [EventKind.CREDENTIAL_REVOKED, EventKind.RIGHTS_CHANGED]
    assert await audited(AuditKind.ACCOUNT_ENDED) == [
        (AuditKind.ACCOUNT_ENDED, admin.principal, f"officer:{made.officer_id}")
    ]


async def test_an_ended_account_can_not_be_changed_and_comes_back_by_invitation(desk: Desk, admin: Scope) -> None:
    made = await staff.invite(desk, admin, NewAccount("sari@kediri.example", "Sari", (OFFICER,)))
    issued = await issue(desk, PrincipalKind.STAFF, name="uji", officer_id=made.officer_id)
    await staff.end(desk, admin, made.officer_id)
    late = await issue(desk, PrincipalKind.STAFF, name="menyelip", officer_id=made.officer_id)
    for use_case in (
        staff.change(desk, admin, AccountChange(made.officer_id, 2, name="Lain")),
        staff.end(desk, admin, made.officer_id),
        staff.renew_link(desk, admin, made.officer_id),
    ):
        with pytest.raises(NotFound, match="STAFF_UNKNOWN"):
            await use_case

    again = await staff.invite(
        desk, admin, NewAccount("sari@kediri.example", "Sari D.", (WantedAssignment("dlhkp", Role.LEADER),))
    )

    officer = await Officer.get(id=again.officer_id)
    assert (again.officer_id, officer.name, officer.active, officer.version) == (made.officer_id, "Sari D.", True, 3)
    for token in (issued.token, late.token):
        with pytest.raises(EdgeRefusal, match="UNAUTHENTICATED"):
            await identify(desk, token)


async def test_the_last_admin_can_neither_end_nor_demote_themselves(desk: Desk, admin: Scope) -> None:
    assert admin.officer_id is not None
    before = await stored()
    away = (
        staff.end(desk, admin, admin.officer_id),
        staff.change(desk, admin, AccountChange(admin.officer_id, 1, assignments=(OFFICER,))),
    )
    for use_case in away:
        with pytest.raises(Forbidden, match="LAST_ADMIN"):
            await use_case

    assert await stored() == before


async def test_the_last_admin_may_take_another_post_beside(desk: Desk, admin: Scope) -> None:
    assert admin.officer_id is not None
    held = (WantedAssignment("diskominfo", Role.ADMIN, date(2020, 1, 1)), OFFICER)

    await staff.change(desk, admin, AccountChange(admin.officer_id, 1, assignments=held))

    assert [post[1] for post in await posts(admin.officer_id)] == [Role.ADMIN, Role.OFFICER]


async def test_two_admins_who_end_one_another_leave_one(desk: Desk, admin: Scope) -> None:
    other = await make_scope(Role.ADMIN)
    assert admin.officer_id is not None
    assert other.officer_id is not None
    for _ in range(3):  # the first round opens the pool's second connection, and may be over before it is
        await Officer.all().update(active=True)
        await Assignment.all().update(valid_to=None)

        ended = await asyncio.gather(
            staff.end(desk, admin, other.officer_id), staff.end(desk, other, admin.officer_id), return_exceptions=True
        )

        assert [type(each) for each in ended if isinstance(each, Exception)] == [Forbidden]
        assert await Officer.filter(active=True).count() == 1


async def test_a_new_link_takes_the_place_of_the_old_one(desk: Desk, admin: Scope) -> None:
    made = await staff.invite(desk, admin, NewAccount("sari@kediri.example", "Sari", (OFFICER,)))

    again = await staff.renew_link(desk, SYSTEM, made.officer_id)

    assert [each.digest for each in await Invitation.all()] == [token_digest(again.token)]
    assert await audited(AuditKind.INVITED) == [
        (AuditKind.INVITED, admin.principal, f"officer:{made.officer_id}"),
        (AuditKind.INVITED, "system", f"officer:{made.officer_id}"),
    ]


@pytest.mark.parametrize("seed", range(3))
async def test_what_somebody_was_on_a_past_day_stays_true(desk: Desk, admin: Scope, clock: Clock, seed: int) -> None:
    """Thirty changes at random: the days before stay, and from today on the list is the one that was asked for."""
    rng = random.Random(seed)
    made = await staff.invite(desk, admin, NewAccount("sari@kediri.example", "Sari", (OFFICER,)))
    past: dict[date, set[tuple[str, Role]]] = {}
    for version in range(1, 31):
        clock.forward(days=rng.randrange(3))
        today = desk.today()
        wanted = drawn(rng, [post for post in await posts(made.officer_id) if (post[3] or today) >= today], today)
        before = (await Officer.get(id=made.officer_id)).version
        await staff.change(desk, admin, AccountChange(made.officer_id, before, f"Sari {version}", assignments=wanted))

        rows = await posts(made.officer_id)
        held = {(each.agency_code, each.role, each.valid_from, each.valid_to) for each in wanted}
        assert {row for row in rows if (row[3] or today) >= today} == held
        assert {day: on(rows, day) for day in past if day < today} == {d: was for d, was in past.items() if d < today}
        past[today] = on(rows, today)


def drawn(rng: random.Random, held: list[Any], today: date) -> tuple[WantedAssignment, ...]:
    """Some of what is held, with other ends, and something new."""
    kept = [
        WantedAssignment(*post[:3], rng.choice([None, max(today, post[2]) + DAY]))
        for post in held
        if rng.random() < 0.6
    ]
    begins = today + rng.randrange(3) * DAY
    new = WantedAssignment(
        rng.choice(["dishub", "dlhkp"]), rng.choice([Role.LEADER, Role.LIAISON]), begins, begins + 2 * DAY
    )
    meets = any(
        (each.agency_code, each.role) == (new.agency_code, new.role) and (each.valid_to or begins) >= begins
        for each in kept
    )
    return tuple(kept) if kept and meets else (*kept, new) if not meets else (new,)


def on(rows: list[Any], day: date) -> set[tuple[str, Role]]:
    return {(code, role) for code, role, begins, ends in rows if begins <= day <= (ends or day)}
