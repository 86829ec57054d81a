"""The first admin of a desk, and another one where none is left; for operators only (docs/adr/0011)."""

from __future__ import annotations

from pathlib import Path

from models import Assignment, Officer
from models.enums import AuditKind, Role
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.reference import Reference
from services.core.refusals import InvalidInput
from services.credentials.invitations import Invited, fresh_link
from services.master_data.cities import find_city, load_city
from services.master_data.city_entries import CityInvalid
from services.master_data.codes import agency_key, on_duty
from services.staff import assignments
from services.staff.assignments import AssignmentPeriod
from services.staff.staff import AccountChanges, account, account_changes, checked_email, checked_name


async def make_admin(
    desk: Desk, email: str, name: str, agency_code: str | None = None, *, city: Path | None = None
) -> Invited:
    """Make an account an admin from today on, whatever it was, and give a one-time link to its password.

    Without a code the agency is the coordinator's. Raises InvalidInput where nobody knows which that is.
    """
    email, name = checked_email(email), checked_name(name)
    async with account_changes(desk, SYSTEM) as changes:
        agency_id = await _agency(changes, agency_code, city)
        officer, kind = await account(changes, email, name)
        before = await changes.posts(officer.id)
        admins = {officer_id for officer_id, _ in await assignments.admins(changes.connection, desk.today())}
        if kind is not None or officer.id not in admins:
            await _appoint(changes, officer, agency_id)
        changed = ("name", "email") if kind is AuditKind.ACCOUNT_CREATED else ("active",) if kind else ()
        await changes.settled(officer, before, kind or AuditKind.ACCOUNT_CHANGED, *changed)
        return await fresh_link(desk, SYSTEM, officer.id, changes.connection)


async def _appoint(changes: AccountChanges, officer: Officer, agency_id: int) -> None:
    """Let somebody be an admin from today on beside all else that they are, and act as that when they sign in next."""
    today, wanted = changes.desk.today(), AssignmentPeriod(agency_id, Role.ADMIN, changes.desk.today(), None)
    posts = [assignments.post_in(row) for row in await assignments.held(changes.connection, officer.id, today)]
    kept = [post for post in posts if not post.meets(wanted)]
    await assignments.settle(changes.connection, officer.id, (*kept, wanted), today)
    officer.last_agency_id = agency_id


async def _agency(changes: AccountChanges, code: str | None, city: Path | None) -> int:
    """The named agency, else the only one where a coordinator sits, else the one that the city's folder names."""
    reference = await changes.desk.reference(changes.connection)
    if code is not None:
        return agency_key(reference, code, "agency")
    steering = Assignment.filter(on_duty(changes.desk.today()), role=Role.COORDINATOR, officer__active=True)
    found = {row.agency_id for row in await steering.using_db(changes.connection)}
    if len(found) == 1:
        return found.pop()
    named = reference.agency_codes.get(_named_by_city(reference, city) or "")
    if named is None:
        raise InvalidInput("ADMIN_AGENCY", path=("agency",))
    return named.pk


def _named_by_city(reference: Reference, city: Path | None) -> str | None:
    try:
        return load_city(city or find_city(reference.city_code)).desk
    except CityInvalid:
        return None
