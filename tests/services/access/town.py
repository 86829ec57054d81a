"""A town with reports about its agencies, and people with posts in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from models import Agency, Assignment, AuditEntry, Event, Ticket
from models.enums import PrincipalKind, Role, TicketStatus
from services.access.scopes import Scope
from services.core.desk import Desk
from services.credentials.credentials import issue
from services.credentials.identify import identify
from tests.factories import make_officer, make_ticket

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
PHONE = "+62812077618835"
PERSON = {"name": "Sekar Warga", "phone": PHONE}
# How somebody can belong to the agency that is reported, and whether that binds them today.
PLACES = {
    "nowhere": False,
    "own agency": True,
    "second post": True,
    "post that begins today": True,
    "post that ends today": True,
    "post that ended yesterday": False,
    "post that begins tomorrow": False,
}
BOUND = [place for place, binds in PLACES.items() if binds]


@dataclass
class Town:
    """Agencies of a desk; the inspectorate has an inspector who is free of any conflict."""

    desk: Desk
    agencies: dict[str, Agency] = field(default_factory=dict)

    def key(self, code: str) -> int:
        return int(self.agencies[code].id)

    async def scope(self, role: Role, place: str) -> Scope:
        """Somebody with a token, who acts for roads, or for the reported agency itself."""
        acts_for = "dishub" if place == "own agency" else "pupr"
        officer = await make_officer(self.agencies[acts_for], role, valid_from=TODAY - 90 * DAY)
        days = {
            "second post": (TODAY - 365 * DAY, None),
            "post that begins today": (TODAY, None),
            "post that ends today": (TODAY - 365 * DAY, TODAY),
            "post that ended yesterday": (TODAY - 365 * DAY, TODAY - DAY),
            "post that begins tomorrow": (TODAY + DAY, None),
        }.get(place)
        if days is not None:
            begins, ends = days
            await Assignment.create(
                officer=officer, agency_id=self.key("dishub"), role=Role.OFFICER, valid_from=begins, valid_to=ends
            )
        acting = self.key(acts_for)
        token = await issue(self.desk, PrincipalKind.STAFF, name="uji", officer_id=officer.id, acting_agency_id=acting)
        return await identify(self.desk, token.token)

    async def report(self, reported: str | None, **columns: Any) -> Ticket:
        given = {"supervisory": True, "anonymous": False, "reporter": PERSON, **columns}
        lead, supporting = self.agencies["pupr"], (self.agencies["dishub"],)
        key = None if reported is None else self.key(reported)
        return await make_ticket(
            TicketStatus.RECEIVED, lead=lead, supporting=supporting, reported_agency_id=key, **given
        )


async def everything() -> list[Any]:
    """What a refusal must leave as it was."""
    return [await Ticket.all().order_by("id").values(), await Event.all().count(), await AuditEntry.all().count()]


async def named(town: Town, code: str, *roles: Role) -> Scope:
    """The scope of somebody with these roles in one agency."""
    officer = await make_officer(town.agencies[code], *roles)
    return await identify(
        town.desk, (await issue(town.desk, PrincipalKind.STAFF, name="uji", officer_id=officer.id)).token
    )
