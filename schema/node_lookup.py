"""Finding anything by its global id, under the same rights as in all other queries."""

from __future__ import annotations

from schema.core.context import Context
from schema.deadlines.escalations import EscalationView
from schema.tickets.answers import AnswerView
from schema.tickets.extensions import ExtensionView
from services.access.access import reads
from services.core.nodes import read_node_id
from services.evaluation.views import KIND as CASE
from services.evaluation.views import case_by_id
from services.notifications.notifications import notification_by_id, reader_if_any
from services.queries import extensions, tickets, timelines
from services.queries.escalations import escalations_by_ids
from services.queries.extensions import extension_visible
from services.queries.tickets import answer_visible
from services.queries.timelines import EventView, event_visible


async def node_of(context: Context, text: str) -> object | None:
    """The thing that a global id stands for; None where it is absent, hidden or no id of this desk."""
    kind, key = read_node_id(text) or ("Ticket", 0)
    if kind == "Ticket":
        return context.noting(await tickets.ticket_by_id(context.desk, context.scope, key))
    if kind == "Answer":
        return await _answer(context, key)
    if kind == "Extension":
        return await _extension(context, key)
    if kind == "TicketEvent":
        return await _event(context, key)
    if kind == "Escalation":
        return await _escalation(context, key)
    if kind == CASE:
        found = await case_by_id(context.desk, context.scope, key)
        if found is not None:
            context.noting(found.ticket)
        return found
    if kind == "Notification":
        reader = reader_if_any(context.scope, context.language)
        return None if reader is None else await notification_by_id(reader, key)
    if kind in ("Client", "Credential"):  # partners and their keys are admins' business, and not found here
        return None
    return await _master(context, kind, key)


async def _master(context: Context, kind: str, key: int) -> object | None:
    reference = await context.desk.reference()
    if kind == "Officer":
        return reference.officers.get(key) if reads(context.sight, "Officer.id") else None
    return reference.agencies.get(key) if kind == "Agency" else reference.categories.get(key)


async def _answer(context: Context, key: int) -> AnswerView | None:
    row = await tickets.answer_by_id(key)
    view = await tickets.ticket_by_id(context.desk, context.scope, row["ticket_id"] if row else None)
    if row is None or view is None or not answer_visible(view, row["state"]):
        return None
    return AnswerView(row, context.noting(view))


async def _extension(context: Context, key: int) -> ExtensionView | None:
    row = await extensions.extension_by_id(key)
    view = await tickets.ticket_by_id(context.desk, context.scope, row["ticket_id"] if row else None)
    if row is None or view is None or not extension_visible(view, row["state"]):
        return None
    return ExtensionView(row, context.noting(view))


async def _event(context: Context, seq: int) -> EventView | None:
    row = await timelines.event_by_seq(seq)
    view = await tickets.ticket_by_id(context.desk, context.scope, row["ticket_id"] if row else None)
    if row is None or view is None or not event_visible(context.sight, row["visibility"], row["actor_agency_id"]):
        return None
    return context.noting(EventView(row, view.reference, context.sight))


async def _escalation(context: Context, key: int) -> EscalationView | None:
    row = (await escalations_by_ids([key])).get(key)
    view = await tickets.ticket_by_id(context.desk, context.scope, row["ticket_id"] if row else None)
    if row is None or view is None or "escalations" in view.unread:
        return None
    return EscalationView(row, context.noting(view).reference)
