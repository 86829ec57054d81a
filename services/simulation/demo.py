"""The demo: one city with its people, their tokens, and 30 past days; made once, found again at every later start."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from models import Credential, Officer, Ticket
from models.enums import Channel, PrincipalKind, Purpose
from models.staff_access import Password
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.installation import require
from services.core.keys import Keys
from services.core.transactions import transaction
from services.credentials import credentials, identify, passwords
from services.displays.own_screens import handed_code, own_screen
from services.intake import forms, submissions
from services.master_data.city import City
from services.master_data.seed import seed
from services.partners import partners
from services.simulation.day.rhythm import Load
from services.simulation.hiring import hire, liaison_post, officer_post, two_posts
from services.simulation.past import backfill
from services.simulation.scenario import Scenario, load_scenario
from services.simulation.waiting import extending, national, upwards
from services.tickets import location

DAYS = 30
SEED = 1
CLIENTS = {
    "partner": (PrincipalKind.PARTNER, "Mitra Demo", partners.standard),
    "display": (PrincipalKind.DISPLAY, "Layar Demo", own_screen),
}
CITIZEN_TITLE = "Lampu jalan padam di depan rumah"
CITIZEN_BODY = "Lampu penerangan jalan di depan rumah kami padam sejak tadi malam. Mohon diperiksa. Terima kasih."
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """What one of the demo's staff types to sign in."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """Every way into the demo: tokens by role, sign-ins of its staff, and one citizen's ticket with its secret."""

    tokens: Mapping[str, str]
    accounts: Mapping[str, DemoAccount]
    citizen_number: str
    citizen_secret: str

    def as_dict(self, url: str, graphql: str, ws: str, wallboard: str) -> dict[str, Any]:
        """The content of demo.json."""
        return {
            "url": url,
            "graphql": graphql,
            "ws": ws,
            "wallboard": wallboard,
            "tokens": dict(self.tokens),
            "passwords": {role: asdict(account) for role, account in self.accounts.items()},
            "citizen": {"number": self.citizen_number, "secret": self.citizen_secret},
        }


async def prepare_demo(
    desk: Desk, city: City, *, progress: Progress | None = None, load: Load = Load.QUIET
) -> DemoAccess:
    """Create the city, its people and its past where they are missing; a second run gives the same tokens.

    Raises WrongPurpose on a database that was not made for a demo or a test.
    """
    await require(Purpose.DEMO, Purpose.TEST)
    scenario = load_scenario(city.folder)
    await seed(desk, city, desk.now())
    officers = await hire(desk, scenario)
    tokens = await _tokens(desk, scenario, officers)
    accounts = await _accounts(desk, scenario, officers)
    if not await Ticket.all().exists():
        await backfill(desk, scenario, days=DAYS, seed=SEED, load=load, progress=progress)
        await extending.show(desk, scenario, SEED)
        await national.show(desk)
        await upwards.show(desk)
    ticket = await _citizen_ticket(desk)
    secret = desk.keys.tracking_secret(ticket.id, ticket.secret_rotation, ticket.secret_salt)
    return DemoAccess(tokens, accounts, ticket.number, secret)


async def wallboard_code(desk: Desk) -> str:
    """A code that enrols one screen of the demo, once and within ten minutes; every start makes another."""
    return await handed_code(desk, CLIENTS["display"][1])


def demo_token(keys: Keys, role: str) -> str:
    """The token of a role: the same at every start, and known only to who knows the installation's secret."""
    return "srg_" + base64.urlsafe_b64encode(keys.digest("demo token", role)).decode().rstrip("=")


def demo_password(keys: Keys, role: str) -> str:
    """The password of a role: the same at every start, like its token."""
    letters = base64.b32encode(keys.digest("demo password", role)).decode().lower()[:16]
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


async def _accounts(desk: Desk, scenario: Scenario, officers: Mapping[str, int]) -> dict[str, DemoAccount]:
    """The sign-ins of the demo's staff; a password that somebody has set there is left as it is."""
    accounts = {}
    for role, name in _people(scenario).items():
        officer = await Officer.get(id=officers[name])
        accounts[role] = DemoAccount(officer.email, demo_password(desk.keys, role))
        if not await Password.exists(officer_id=officer.id):
            hashed = await desk.passwords.hashed(accounts[role].password)
            async with transaction() as connection:
                await passwords.keep(officer.id, hashed, desk.now(), connection)
    return accounts


async def _tokens(desk: Desk, scenario: Scenario, officers: Mapping[str, int]) -> dict[str, str]:
    tokens = {}
    for role, email in _people(scenario).items():
        tokens[role] = await _issued(desk, role, PrincipalKind.STAFF, officer_id=officers[email])
    for role, (kind, name, made) in CLIENTS.items():
        client = await made(desk, name)
        tokens[role] = await _issued(desk, role, kind, client_id=client.id)
    return tokens


def _people(scenario: Scenario) -> dict[str, str]:
    """Who stands for each role of demo.json, by the local part of their address."""
    staff = scenario.staff
    return {
        "admin": "admin",
        "coordinator": "koordinator1",
        "liaison": liaison_post(scenario, staff["officer"]).email,
        "officer": officer_post(scenario, staff["officer"], 1).email,
        "officer_other_agency": officer_post(scenario, staff["officer_other_agency"], 1).email,
        "leader": "pimpinan",
        "inspector": "inspektur",
        "two_posts": two_posts(scenario).email,
    }


async def _issued(
    desk: Desk, role: str, kind: PrincipalKind, *, officer_id: int | None = None, client_id: int | None = None
) -> str:
    """The token of a role, made where it is missing; one that was revoked stays revoked."""
    token = demo_token(desk.keys, role)
    async with transaction() as connection:
        known = Credential.filter(digest=credentials.token_digest(token)).using_db(connection)
        if not await known.exists():
            await credentials.issue(
                desk,
                kind,
                name=f"demo {role}",
                officer_id=officer_id,
                client_id=client_id,
                token=token,
                using=connection,
            )
    return token


async def _citizen_ticket(desk: Desk) -> Ticket:
    """The one report whose citizen the demo plays."""
    scope = _citizen(desk)
    found = await Ticket.filter(submitted_by=scope.principal).order_by("id").first()
    if found is not None:
        return found
    reference = await desk.reference()
    form = forms.Submission(
        title=CITIZEN_TITLE,
        body=CITIZEN_BODY,
        channel=Channel.SURGA_WEB,
        anonymous=False,
        confidential=False,
        place=location.Place(kelurahan_code=min(reference.areas, default=None)),
        reporter=forms.Person(name="Warga Demo", phone="+6280000000001"),
    )
    return (await submissions.submit(desk, scope, form)).ticket


def _citizen(desk: Desk) -> Scope:
    return identify.anonymous(desk.keys.address_hash("the citizen of the demo"))
