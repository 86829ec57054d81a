"""One clock of a locked ticket, as it stands."""

from __future__ import annotations

from models.enums import Channel, Classification, ClockKind, HandlingClass
from services.core.reference import CategoryRef, Reference
from services.deadlines.counting import read_clock
from services.deadlines.policies import Properties
from services.deadlines.readings import Reading
from services.tickets.bounds.holds import steps_of
from services.tickets.case import Case


async def reading_of(case: Case, clock: ClockKind) -> Reading | None:
    """The clock by the ticket's history up to now; None where it has not started, or nothing bounds it."""
    reference, zone = await case.desk.reference(case.connection), case.desk.rules.zone
    received = case.ticket.received_at.astimezone(zone).date()
    policy = reference.policies.policy(clock, _properties(case, reference), received)
    if policy is None:
        return None
    return read_clock(clock, policy, await steps_of(case, reference), reference.calendar, zone, case.moment)


def _properties(case: Case, reference: Reference) -> Properties:
    ticket = case.ticket
    lead = reference.agencies.get(ticket.lead_agency_id or 0)
    return Properties(
        Classification(ticket.classification) if ticket.classification else None,
        HandlingClass.SUPERVISORY if ticket.supervisory else HandlingClass(ticket.handling_class),
        Channel(ticket.channel),
        lead.code if lead else None,
        tuple(_codes(reference.categories.get(ticket.category_id or 0))),
    )


def _codes(category: CategoryRef | None) -> list[str]:
    found = []
    while category is not None:
        found.append(category.code)
        category = category.parent
    return found
