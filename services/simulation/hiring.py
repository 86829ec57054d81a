"""Demo officers for the agencies of a city, under fictitious names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Assignment, Officer
from models.enums import ActorKind, EventKind, Purpose, Role, SubjectKind, Visibility
from realtime import log
from services.core.desk import Desk
from services.core.installation import require
from services.core.reference import Reference
from services.core.transactions import transaction
from services.simulation.scenario import Scenario

# A reserved top-level domain (RFC 2606): no letter to these people ever arrives anywhere.
DOMAIN = "demo.invalid"
SINCE = timedelta(days=400)
OFFICERS_PER_AGENCY = 1
OFFICERS_OF_SHOWN_AGENCY = 3


@dataclass(frozen=True, slots=True)
class DemoOfficer:
    """One demo officer: the address is their key. also: a second agency and what they are there (rangkap jabatan)."""

    email: str
    name: str
    agency: str
    role: Role
    also: tuple[str, Role] | None = None


def posts(scenario: Scenario) -> Iterator[DemoOfficer]:
    """Everybody whom the demo needs: the desk, leaders, and the people of every agency that works on a case."""
    staff = scenario.staff
    for number in (1, 2):
        yield DemoOfficer(f"koordinator{number}", f"Koordinator Demo {number}", staff["coordinator"], Role.COORDINATOR)
    yield DemoOfficer("admin", "Admin Demo", staff["admin"], Role.ADMIN)
    yield DemoOfficer("pimpinan", "Pimpinan Demo", staff["leader"], Role.LEADER)
    yield DemoOfficer("inspektur", "Inspektur Demo", staff["inspector"], Role.INSPECTOR)
    shown = (staff["officer"], staff["officer_other_agency"])
    for code in sorted(scenario.agencies | set(shown)):
        yield liaison_post(scenario, code)
        count = OFFICERS_OF_SHOWN_AGENCY if code in shown else OFFICERS_PER_AGENCY
        yield from (officer_post(scenario, code, number) for number in range(1, count + 1))
    yield two_posts(scenario)


def liaison_post(scenario: Scenario, code: str) -> DemoOfficer:
    return DemoOfficer(
        f"penghubung.{code.lower()}", f"Penghubung Demo {scenario.short_name_of(code)}", code, Role.LIAISON
    )


def officer_post(scenario: Scenario, code: str, number: int) -> DemoOfficer:
    return DemoOfficer(
        f"petugas{number}.{code.lower()}", f"Petugas Demo {number} {scenario.short_name_of(code)}", code, Role.OFFICER
    )


def two_posts(scenario: Scenario) -> DemoOfficer:
    """Who is the liaison of one agency and an officer of another one on the same day."""
    first, second = scenario.staff["officer"], scenario.staff["officer_other_agency"]
    name = f"Rangkap Demo {scenario.short_name_of(first)} dan {scenario.short_name_of(second)}"
    return DemoOfficer("rangkap", name, first, Role.LIAISON, also=(second, Role.OFFICER))


async def hire(desk: Desk, scenario: Scenario) -> dict[str, int]:
    """Make the demo officers who are missing, and give the key of each by the local part of their address."""
    await require(Purpose.DEMO, Purpose.TEST)
    reference = await desk.reference()
    found: dict[str, int] = {}
    hired = 0
    appended = None
    async with transaction() as connection:
        for post in posts(scenario):
            found[post.email], new = await _officer(desk, connection, reference, post)
            hired += new
        if hired:
            appended = await log.append(connection, [_announcement(desk, hired)])
    if appended is not None:
        await desk.committed(appended.least_seq)
    return found


async def _officer(
    desk: Desk, connection: BaseDBAsyncClient, reference: Reference, post: DemoOfficer
) -> tuple[int, bool]:
    address = f"{post.email}@{DOMAIN}"
    officer, new = await Officer.get_or_create({"name": post.name, "active": True}, connection, email=address)
    held = [(post.agency, post.role), *([post.also] if post.also else [])]
    for agency, role in held if new else ():
        await Assignment.create(
            using_db=connection,
            officer_id=officer.id,
            agency_id=reference.agency_codes[agency].pk,
            role=role,
            valid_from=desk.today() - SINCE,
        )
    return officer.id, new


def _announcement(desk: Desk, hired: int) -> log.NewEvent:
    return log.NewEvent(
        kind=EventKind.REFERENCE_CHANGED,
        at=desk.now(),
        actor_kind=ActorKind.SYSTEM,
        visibility=Visibility.INTERNAL,
        subject_kind=SubjectKind.REFERENCE,
        details={"officers": hired},
    )
