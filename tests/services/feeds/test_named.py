"""Whose scopes an event names: everybody whose scope it really changes, and few others."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from models import Agency, Assignment, Credential, Officer, Ticket
from models.database import connection
from models.enums import ActorKind, EventKind, PrincipalKind, Role, SubjectKind, Visibility
from realtime import log
from realtime.log import LoggedEvent
from realtime.members import Validity
from services.access.grants import standard_grants
from services.access.scopes import SYSTEM, Budget, Scope
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.credentials import credentials, identify, invitations, sessions, sign_in
from services.displays import device_grant, displays
from services.feeds import rights
from services.master_data.cities import load_city
from services.master_data.seed import seed
from services.operations import first_admin, tokens
from services.partners import keys as partner_keys
from services.partners import partners
from services.partners.keys import KeyTerms
from services.partners.terms import Terms
from services.reporters import citizens
from services.staff import staff
from services.staff.assignments import WantedAssignment
from services.staff.csv_import import import_staff
from tests.conftest import Statements
from tests.factories import MOMENT, anonymous_scope, give_password, make_agency, make_officer, make_ticket
from tests.root import ROOT

KEDIRI = ROOT / "cities" / "kediri"
PASSWORD = "panjang-sekali-dan-aman-7"


@dataclass
class World:
    """A caller of every kind, each with the scope that its credential gives at first."""

    desk: Desk
    scopes: dict[str, Scope]
    renewal: str
    ticket: Ticket

    def __getitem__(self, name: str) -> Scope:
        return self.scopes[name]

    def key(self, name: str) -> int:
        key = self.scopes[name].credential_id
        assert key is not None
        return key


async def issued(desk: Desk, kind: PrincipalKind, **whose: int) -> str:
    return (await credentials.issue(desk, kind, name="test", **whose)).token  # type: ignore[arg-type]


async def staff_tokens(desk: Desk) -> dict[str, str]:
    roads = await Agency.get(code="pupr")
    admin = await make_officer(await make_agency("diskominfo"), Role.ADMIN)
    officer, colleague = await make_officer(roads), await make_officer(roads, Role.LIAISON)
    found = {}
    for name, whose in (("admin", admin), ("officer", officer), ("colleague", colleague)):
        found[name] = await issued(desk, PrincipalKind.STAFF, officer_id=whose.id)
    for name in ("session", "other session"):
        found[name] = (await sessions.open_session(desk, officer.id, "", connection())).token
    return found


async def client_tokens(desk: Desk, admin: Scope) -> tuple[dict[str, str], str]:
    terms = Terms(standard_grants(), "Uji", {"agencyCode": ["pupr"]})
    partner = await partners.create(desk, admin, "Ombudsman", terms, lambda _: None)
    other = await partners.standard(desk, "Bappenas")
    keys = {"partner": partner.id, "second key": partner.id, "other partner": other.id}
    found = {
        name: (await partner_keys.create_key(desk, admin, key, KeyTerms(name))).token for name, key in keys.items()
    }
    renewal = ""
    for name, board in (("screen", "kota"), ("agency screen", "pupr")):
        codes = await device_grant.begin(desk, board, "203.0.113.9")
        await displays.approve(desk, admin, codes.user_code, name)
        given = await device_grant.exchange(desk, codes.device_code)
        found[name], renewal = given.access_token, renewal or given.refresh_token
    return found, renewal


async def citizen_tokens(desk: Desk, ticket: Ticket) -> dict[str, str]:
    found = {}
    for name, whose in (("citizen", ticket), ("same citizen", ticket), ("other citizen", await make_ticket())):
        session = await citizens.start_session(desk, whose.number, desk.keys.tracking_secret(whose.id, 0))
        found[name] = session.token
    return found


@pytest.fixture
async def world(desk: Desk) -> World:
    ticket = await make_ticket(lead=await make_agency("pupr"))
    given = await staff_tokens(desk)
    clients, renewal = await client_tokens(desk, await identify.identify(desk, given["admin"]))
    given |= clients | await citizen_tokens(desk, ticket)
    scopes = {name: await identify.identify(desk, token) for name, token in given.items()}
    officer = await Officer.get(id=scopes["officer"].officer_id)
    await give_password(desk, officer, PASSWORD)
    return World(desk, {**scopes, "anonymous": anonymous_scope()}, renewal, ticket)


async def really_changed(world: World) -> set[str]:
    """Whose scope is another one than at first, each asked for by itself."""
    changed = set()
    for name, scope in world.scopes.items():
        try:
            now = await identify.refreshed(world.desk, scope)
        except EdgeRefusal:
            changed.add(name)
            continue
        if (now.sight, now.officer_id, now.valid_until) != (scope.sight, scope.officer_id, scope.valid_until):
            changed.add(name)
    return changed


async def events_since(seq: int) -> list[LoggedEvent]:
    return (await log.read_after(connection(), seq, 1_000))[0]


def concerns(event: LoggedEvent, scope: Scope) -> bool:
    names = rights.named_by(event)
    return names is None or not names.isdisjoint(rights.names_of(scope))


def named(world: World, events: Sequence[LoggedEvent]) -> set[str]:
    return {name for name, scope in world.scopes.items() if any(concerns(event, scope) for event in events)}


Writer = Callable[[World], Awaitable[Any]]
STAFF_OF_ROADS = {"officer", "session", "other session"}
PARTNER = {"partner", "second key"}


async def give_another_post(world: World) -> None:
    change = staff.AccountChange(
        world["officer"].officer_id or 0, 1, assignments=(WantedAssignment("pupr", Role.LIAISON),)
    )
    await staff.change(world.desk, world["admin"], change)


async def give_a_later_end(world: World) -> None:
    until = world.desk.today() + timedelta(days=30)
    change = staff.AccountChange(
        world["officer"].officer_id or 0, 1, assignments=(WantedAssignment("pupr", Role.OFFICER, None, until),)
    )
    await staff.change(world.desk, world["admin"], change)


async def rename_the_officer(world: World) -> None:
    change = staff.AccountChange(world["officer"].officer_id or 0, 1, name="Nama Baru")
    await staff.change(world.desk, world["admin"], change)


async def end_the_officer(world: World) -> None:
    await staff.end(world.desk, world["admin"], world["officer"].officer_id or 0)


async def make_the_officer_an_admin(world: World) -> None:
    officer = await Officer.get(id=world["officer"].officer_id)
    await first_admin.make_admin(world.desk, officer.email, officer.name, "diskominfo")


async def import_another_post(world: World) -> None:
    officer = await Officer.get(id=world["officer"].officer_id)
    row = f"{officer.email},{officer.name},pupr,LIAISON,{world.desk.today()},"
    report = await import_staff(world.desk, f"email,name,agency_code,role,valid_from,valid_to\n{row}\n")
    assert report.changes == 2


async def change_the_password(world: World) -> None:
    await sign_in.change_password(world.desk, world["session"], PASSWORD, "sama-panjangnya-dan-aman-8")


async def spend_a_link(world: World) -> None:
    link = await staff.renew_link(world.desk, world["admin"], world["officer"].officer_id or 0)
    await invitations.accept(world.desk, link.token, "sama-panjangnya-dan-aman-8", "203.0.113.9")


async def end_one_session(world: World) -> None:
    await sessions.revoke_own(world.desk, world["session"], world.key("other session"))


async def take_a_token_back(world: World) -> None:
    await tokens.take_back(world.desk, world.key("colleague"))


async def narrow_the_grant(world: World) -> None:
    change = partners.TermsChange({"rows": {"agencyCode": ["diskominfo"]}})
    await partners.change(world.desk, world["admin"], world["partner"].client_id or 0, change, lambda _: None)


async def change_the_budget(world: World) -> None:
    change = partners.TermsChange({"budget": Budget(5, 5)})
    await partners.change(world.desk, world["admin"], world["partner"].client_id or 0, change, lambda _: None)


async def end_the_partner(world: World) -> None:
    await partners.end(world.desk, world["admin"], world["partner"].client_id or 0)


async def end_one_key(world: World) -> None:
    await partner_keys.revoke_key(world.desk, world["admin"], world.key("second key"))


async def make_one_more_key(world: World) -> None:
    await partner_keys.create_key(world.desk, world["admin"], world["partner"].client_id or 0, KeyTerms("third"))


async def make_one_more_partner(world: World) -> None:
    await partners.standard(world.desk, "Baru")


async def take_a_screen_down(world: World) -> None:
    await displays.revoke(world.desk, world["admin"], world["screen"].client_id or 0)


async def take_the_token_of_a_screen_back(world: World) -> None:
    await tokens.take_back(world.desk, world.key("screen"))


async def come_with_a_stolen_renewal(world: World) -> None:
    given = await device_grant.renew(world.desk, world.renewal)
    await identify.identify(world.desk, given.access_token)
    with pytest.raises(device_grant.DeviceGrantRefused):
        await device_grant.renew(world.desk, world.renewal)


async def rename_a_screen(world: World) -> None:
    await displays.rename(world.desk, world["admin"], world["screen"].client_id or 0, "Aula")


async def rotate_the_secret(world: World) -> None:
    coordinator = await make_officer(await make_agency("inspektorat"), Role.COORDINATOR)
    token = await issued(world.desk, PrincipalKind.STAFF, officer_id=coordinator.id)
    order = citizens.RotateSecret(world.ticket.id, "Warga kehilangan kodenya.")
    await citizens.rotate_secret(world.desk, await identify.identify(world.desk, token), order)


# Who writes; whose scope is another one then; who is named beside them.
WRITERS: list[tuple[Writer, set[str], set[str]]] = [
    (give_another_post, STAFF_OF_ROADS, set()),
    (give_a_later_end, {"officer"}, {"session", "other session"}),  # these end before that day anyhow
    (rename_the_officer, set(), STAFF_OF_ROADS),
    (end_the_officer, STAFF_OF_ROADS, set()),
    (make_the_officer_an_admin, STAFF_OF_ROADS, set()),
    (import_another_post, STAFF_OF_ROADS, set()),
    (change_the_password, {"other session"}, set()),
    (spend_a_link, {"officer", "session", "other session"}, set()),
    (end_one_session, {"other session"}, set()),
    (take_a_token_back, {"colleague"}, set()),
    (narrow_the_grant, PARTNER, set()),
    (change_the_budget, PARTNER, set()),
    (end_the_partner, PARTNER, set()),
    (end_one_key, {"second key"}, {"partner"}),
    (make_one_more_key, set(), set()),
    (make_one_more_partner, set(), set()),
    (take_a_screen_down, {"screen"}, set()),
    (take_the_token_of_a_screen_back, {"screen"}, set()),
    (come_with_a_stolen_renewal, {"screen"}, set()),
    (rename_a_screen, set(), set()),
]


@pytest.mark.parametrize(("write", "changes", "beside"), WRITERS, ids=lambda each: getattr(each, "__name__", ""))
async def test_an_event_names_all_whose_scope_it_changes(
    world: World, write: Writer, changes: set[str], beside: set[str]
) -> None:
    seq = (await log.head(connection())).seq

    await write(world)

    assert await really_changed(world) == changes
    assert named(world, await events_since(seq)) == changes | beside


async def test_a_new_secret_names_the_sessions_that_it_ends(world: World) -> None:
    await rotate_the_secret(world)

    ended = [event for event in await events_since(0) if event.kind is EventKind.CREDENTIAL_REVOKED]
    assert await really_changed(world) == {"citizen", "same citizen"}
    assert named(world, ended) == {"citizen", "same citizen"}


async def test_a_seed_names_those_whose_rights_speak_of_the_citys_codes(desk: Desk, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(KEDIRI, tmp_path / "city"))
    await seed(desk, load_city(folder), desk.now())
    officer = await make_officer(await Agency.get(code="DISHUB"))
    partner = await partners.standard(desk, "Ombudsman")
    change = partners.TermsChange({"rows": {"categoryCode": ["PERHUBUNGAN"]}})
    await partners.change(desk, SYSTEM, partner.id, change, lambda _: None)
    given = {
        "partner": await issued(desk, PrincipalKind.PARTNER, client_id=partner.id),
        "officer": await issued(desk, PrincipalKind.STAFF, officer_id=officer.id),
    }
    scopes = {name: await identify.identify(desk, token) for name, token in given.items()}
    world = World(desk, scopes, "", await make_ticket())
    seq = (await log.head(connection())).seq
    move_last_category(folder / "categories.yaml")

    await seed(desk, load_city(folder), desk.now())

    assert await really_changed(world) == {"partner"}
    assert named(world, await events_since(seq)) == {"partner"}


def move_last_category(path: Path) -> None:
    """Put the last category under PERHUBUNGAN under what comes next."""
    content = yaml.safe_load(path.read_text())
    content[1]["children"].append(content[0]["children"].pop())
    path.write_text(yaml.safe_dump(content, allow_unicode=True))


EVENT = LoggedEvent(
    visibility=Visibility.PUBLIC,
    kind=EventKind.RIGHTS_CHANGED,
    at=MOMENT,
    actor_kind=ActorKind.SYSTEM,
    seq=1,
    recorded_at=MOMENT,
)


@pytest.mark.parametrize(
    "given",
    [
        {"subject_kind": SubjectKind.OFFICER, "subject_id": 0},
        {"subject_kind": SubjectKind.CREDENTIAL, "subject_id": 3},
        {"subject_kind": SubjectKind.CREDENTIAL, "subject_id": 3, "details": {"agency": 2, "all": True}},
        {"subject_kind": SubjectKind.REFERENCE},
        {"kind": EventKind.REFERENCE_CHANGED},
        {"kind": EventKind.REFERENCE_CHANGED, "details": {"officers": 3}},
        {"kind": EventKind.REFERENCE_CHANGED, "details": {"city": "35.71", "posts": 1}},
        {"kind": EventKind.REFERENCE_CHANGED, "details": {"city": "35.71", "counts": {"oversight added": 1}}},
        {"subject_kind": SubjectKind.OFFICER, "subject_id": 3, "details": {"oversight": True}},
        {"kind": EventKind.CREDENTIAL_REVOKED, "subject_id": 0},
        {"kind": EventKind.CREDENTIAL_REVOKED, "subject_id": 5, "details": {"credentials": "5"}},
        {"kind": EventKind.CREDENTIAL_REVOKED, "subject_id": 5, "details": {"credentials": [None]}},
        {"kind": EventKind.CREDENTIAL_REVOKED, "subject_id": 5, "details": {"client": "7"}},
    ],
)
def test_a_form_that_is_not_known_here_concerns_everybody(given: dict[str, Any]) -> None:
    event = replace(EVENT, **given)

    assert rights.named_by(event) is None
    assert concerns(event, anonymous_scope())


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"subject_kind": SubjectKind.OFFICER, "subject_id": 3}, {("officer", 3)}),
        ({"subject_kind": SubjectKind.CLIENT, "subject_id": 3}, {("client", 3)}),
        ({"kind": EventKind.CREDENTIAL_REVOKED, "subject_id": 5}, {("credential", 5)}),
        (
            {"subject_kind": SubjectKind.CREDENTIAL, "subject_id": 3, "details": {"agency": 2, "before": 1}},
            {("credential", 3)},
        ),
        (
            {"kind": EventKind.CREDENTIAL_REVOKED, "subject_id": 5, "details": {"client": 7}},
            {("credential", 5), ("client", 7)},
        ),
        (
            {"kind": EventKind.CREDENTIAL_REVOKED, "subject_id": 5, "details": {"credentials": [5, 6]}},
            {("credential", 5), ("credential", 6)},
        ),
        ({"kind": EventKind.REFERENCE_CHANGED, "details": {"import": "open311"}}, {("client", 0)}),
        ({"kind": EventKind.REFERENCE_CHANGED, "details": {"counts": {"agency added": 1}}}, {("client", 0)}),
        ({"kind": EventKind.CREDENTIAL_ISSUED, "subject_id": 5}, set()),
        ({"kind": EventKind.REPORTER_SOUGHT}, set()),
    ],
)
def test_an_event_names_whose_scopes_it_can_change(given: dict[str, Any], names: set[tuple[str, int]]) -> None:
    assert rights.named_by(replace(EVENT, **given)) == names


async def test_500_changed_accounts_beside_300_who_are_connected_cost_one_statement(
    desk: Desk, count_queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    officer = await make_officer(await make_agency("pupr"))
    await Officer.bulk_create([Officer(name=f"P{place}", email=f"p{place}@example.test") for place in range(299)])
    tokens_of = [
        Credential(kind="STAFF", name="", digest=f"{each.id}", officer_id=each.id, created_at=desk.now())
        for each in await Officer.all().order_by("id")
    ]
    await Credential.bulk_create(tokens_of)
    given = await identify.refreshed_all(desk, [each.id for each in await Credential.all()])
    scopes = [scope for scope in given.values() if isinstance(scope, Scope)]
    await Assignment.filter(officer_id=officer.id).update(role=Role.LIAISON)
    changed = [officer.id, *range(1_001, 1_500)]
    events = [replace(EVENT, subject_kind=SubjectKind.OFFICER, subject_id=key) for key in changed]

    names = frozenset().union(*(rights.named_by(event) or frozenset() for event in events))
    concerned = [scope for scope in scopes if not names.isdisjoint(rights.names_of(scope))]
    with count_queries() as statements:
        verdicts = await rights.judged(desk, scopes)

    assert (len(events), len(scopes)) == (500, 300)
    assert [scope.officer_id for scope in concerned] == [officer.id]
    assert statements.count == 1
    assert [scope.officer_id for scope, each in verdicts.items() if each is not Validity.SAME] == [officer.id]
