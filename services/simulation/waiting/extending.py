"""More time for requests for information: asked for by their agencies, and granted by the desk."""

from __future__ import annotations

from random import Random

from models import Extension, Ticket
from models.enums import Classification, ClockKind, TicketStatus
from services.access.scopes import Scope
from services.clocks.extensions import ExtensionDecision, ExtensionRequest, decide_extension, request_extension
from services.core.desk import Desk
from services.core.refusals import Refusal
from services.simulation.cast import read_cast
from services.simulation.scenario import Scenario
from services.tickets.case import Done

DAYS = 5  # of the seven that the law gives
SHOWN = 10  # so many are tried; some have passed their deadline
HANDLED = (TicketStatus.DISPATCHED, TicketStatus.IN_PROGRESS, TicketStatus.ANSWERED)


async def extend(desk: Desk, asker: Scope, decider: Scope, ticket_id: int, version: int, reason: str) -> Done:
    """Ask for more time to resolve a ticket, and grant it."""
    asked = await ask(desk, asker, ticket_id, version, reason)
    row = await Extension.filter(ticket_id=ticket_id).order_by("-id").first()
    key = None if row is None else row.id
    return await decide_extension(desk, decider, ExtensionDecision(key, asked.ticket.version, grant=True))


async def ask(desk: Desk, asker: Scope, ticket_id: int, version: int, reason: str) -> Done:
    """Ask for more time to resolve a ticket."""
    request = ExtensionRequest(ticket_id, version, ClockKind.RESOLUTION, DAYS, reason)
    return await request_extension(desk, asker, request)


async def show(desk: Desk, scenario: Scenario, seed: int) -> None:
    """Let a fresh demo have requests that wait for a decision, and some that were granted."""
    cast, rng, texts = await read_cast(desk), Random(seed), scenario.words["extensions"]  # noqa: S311 - a play
    led = Ticket.filter(status__in=HANDLED, classification=Classification.INFORMATION_REQUEST, supervisory=False)
    decided = False
    for ticket in await led.order_by("-received_at", "id").limit(SHOWN if texts else 0):
        asker = cast.handler(rng, ticket.lead_agency_id or 0, ticket.assignee_id, ticket.number)
        try:
            if decided:
                await ask(desk, asker, ticket.id, ticket.version, rng.choice(texts))
            else:
                await extend(desk, asker, cast.coordinator(rng), ticket.id, ticket.version, rng.choice(texts))
        except Refusal:
            continue  # its deadline has passed
        decided = not decided
