"""What mutations answer: a ticket, or typed errors that teach; a refusal changed nothing."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar, cast

import strawberry
from strawberry import Private

from models.enums import AuditKind, TicketStatus
from schema.core.context import Context
from schema.core.read_once import ReadOnce
from schema.core.scalars import Cursor
from schema.tickets.allowed_moves import AllowedMove
from schema.tickets.answers import Answer, answers_shown
from schema.tickets.tickets import Ticket
from schema.tickets.timelines import TicketEvent
from services.audit.audit import count_one
from services.core import refusals
from services.core.messages import say
from services.core.paging import LARGEST_PAGE
from services.queries import tickets
from services.queries.timelines import EventView, events_since
from services.queries.views import TicketView
from services.tickets import workflow
from services.tickets.case import Done


@strawberry.interface(
    description="Why nothing happened. message is in the caller's language; path names the input field."
)
class UserError:
    code: str
    message: str
    path: list[str]


# Two members of UserError must not answer one name with two types: no document could ask both.
UNTIL = "Until 2027-06-30"


@strawberry.type(description="Absent, or hidden from the caller: the two look alike.")
class NotFound(UserError):
    pass


@strawberry.type(description="The caller sees it, but this is not theirs to do.")
class Forbidden(UserError):
    pass


@strawberry.type(description="A value is missing, malformed or out of its bounds.")
class InvalidInput(UserError):
    pass


@strawberry.type(description="The idempotencyKey or externalId was used before, with other content.")
class IdempotencyConflict(UserError):
    pass


@strawberry.type(description="The ticket can not make this move from where it stands.")
class IllegalTransition(UserError):
    current_status: TicketStatus = strawberry.field(description="Where the ticket stands.")
    current: TicketStatus = strawberry.field(deprecation_reason=f"{UNTIL}: use currentStatus.")
    allowed: list[AllowedMove] = strawberry.field(description="What the caller may do instead.")


@strawberry.type(description="Somebody changed the ticket after the caller read it.")
class VersionConflict(UserError):
    current_ticket: Ticket | None = strawberry.field(
        description="The ticket as it is now; null where something else was in conflict."
    )
    current_answer: Answer | None = strawberry.field(
        description="The answer as it is now; null where something else was in conflict."
    )
    current: Ticket | None = strawberry.field(deprecation_reason=f"{UNTIL}: use currentTicket.")
    changed_since: list[TicketEvent] = strawberry.field(description="What happened since expectedVersion.")


@strawberry.type(description="Too many tries.")
class Throttled(UserError):
    retry_after_seconds: int


COUNTED = (refusals.NotFound, refusals.Forbidden, refusals.Throttled)
PLAIN = {
    refusals.NotFound: NotFound,
    refusals.Forbidden: Forbidden,
    refusals.InvalidInput: InvalidInput,
    refusals.IdempotencyConflict: IdempotencyConflict,
}


async def _feed_cursor(root: TicketPayload) -> Cursor | None:
    return None if root.read_cursor is None else Cursor(await root.read_cursor())


@strawberry.type(
    description=(
        "Exactly one of ticket and a non-empty errors list says what happened; a refusal changes nothing. "
        "Checked in this order: visible, version, move, needs."
    )
)
class TicketPayload:
    ticket: Ticket | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    feed_cursor: Cursor | None = strawberry.field(
        resolver=_feed_cursor, description="The place in the log of this change."
    )
    read_cursor: Private[ReadOnce | None] = None
    client_mutation_id: str | None = None
    tracking_secret: str | None = strawberry.field(
        default=None,
        description=(
            "For the citizen, with the number: opens the ticket without an account. Only in submitTicket and its "
            "replay by the same principal; an officer who submits for someone gets null, and with receipt: true the "
            "secret for the reporter, in the first answer alone. "
            "The same report again from a sender without a token is told the first one's number, and gets a secret of "
            "its own, which opens it under that number."
        ),
    )
    other_tickets: list[Ticket] = strawberry.field(
        default_factory=list,
        description=(
            "Only of eraseReporter: other tickets of the same matter, which were not erased along, as far as the "
            "caller sees them: what somebody merged into this one, and what it was merged into."
        ),
    )


@strawberry.type(description="An answer, or why nothing happened.")
class AnswerPayload:
    answer: Answer | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type(description="A citizen's session for one ticket, or why there is none.")
class CitizenSessionPayload:
    access_token: str | None = strawberry.field(default=None, description="A bearer token for this one ticket.")
    expires_at: datetime | None = None
    ticket: Ticket | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


class Given(Protocol):
    """An input that may hold the client's own name for its mutation."""

    client_mutation_id: str | None


Answered = TypeVar("Answered", bound=Given)


def echoed(payload: Answered, given: Given) -> Answered:
    """A payload with the client's own name for its mutation."""
    payload.client_mutation_id = given.client_mutation_id
    return payload


async def ticket_payload(context: Context, use_case: Awaitable[Done], mutation_id: str | None) -> TicketPayload:
    """Await a use case and give its payload, with a last look at a ticket that left the caller's sight.

    A replay shows nothing that a fresh query hides: neither what became of the ticket, nor by the equality of
    two cursors whether anything happened in the log.
    """
    try:
        done = await use_case
    except refusals.Refusal as refusal:
        return TicketPayload(errors=await user_errors(context, refusal), client_mutation_id=mutation_id)
    view, cursor = await _look_after(context, done)
    return TicketPayload(
        ticket=cast("Ticket", context.noting(view)),
        read_cursor=cursor,
        client_mutation_id=mutation_id,
        tracking_secret=done.secret,
        other_tickets=await _others(context, done),
    )


async def _others(context: Context, done: Done) -> list[Ticket]:
    """Further tickets that a use case points at, those that the caller sees."""
    if not done.others:
        return []
    shown = await tickets.seen_of(context.desk, context.scope, done.others, LARGEST_PAGE)
    return cast("list[Ticket]", [context.noting(view) for view in shown])


async def _look_after(context: Context, done: Done) -> tuple[TicketView, ReadOnce]:
    """The ticket as a use case left it, and the cursor of its last event; of a replay, where the log stands."""
    desk, scope, key = context.desk, context.scope, done.ticket.id
    if done.answered_as is not None:
        view = await tickets.answer_of_duplicate(desk, scope, key, done.answered_as)
        return view, ReadOnce(known=desk.cursors.seal_position(view.reference.epoch, done.appended.behind))
    if done.replay:
        view = await tickets.answer_of_replay(desk, scope, key, rotated=done.ticket.secret_rotation > 0)
        return view, ReadOnce(known=desk.cursors.seal_position(view.reference.epoch, done.appended.behind))
    if done.reference is not None:
        cursor = ReadOnce(partial(tickets.cursor_of, desk, done.appended))
        return tickets.as_left(done.ticket, done.reference, scope), cursor
    view, seq = await tickets.look_after(desk, scope, key, done.appended)
    return view, ReadOnce(known=desk.cursors.seal_feed(view.reference.epoch, seq))


async def user_errors(context: Context, refusal: refusals.Refusal) -> list[UserError]:
    """All that an input is refused for, one error for each field."""
    return [await user_error(context, one) for one in refusal.each()]


async def user_error(context: Context, refusal: refusals.Refusal) -> UserError:
    """A refusal in the caller's language; that something was not theirs to do, or to see, is counted for the audit."""
    if isinstance(refusal, COUNTED):
        count_one(context.desk, AuditKind.REFUSED, context.scope.principal)
    message = say(refusal.code, context.language, **refusal.params)
    code, path = refusal.code, list(refusal.path)
    if isinstance(refusal, workflow.IllegalTransition):
        allowed = cast("list[AllowedMove]", list(refusal.allowed))
        return IllegalTransition(
            code=code,
            message=message,
            path=path,
            current_status=refusal.current,
            current=refusal.current,
            allowed=allowed,
        )
    if isinstance(refusal, refusals.VersionConflict):
        return await _version_conflict(context, refusal, message)
    if isinstance(refusal, refusals.Throttled):
        return Throttled(code=code, message=message, path=path, retry_after_seconds=refusal.retry_after_seconds)
    shown = next(shown for kind, shown in PLAIN.items() if isinstance(refusal, kind))
    return shown(code=code, message=message, path=path)


async def _version_conflict(context: Context, refusal: refusals.VersionConflict, message: str) -> VersionConflict:
    view = None
    if refusal.ticket_id is not None:
        view = context.noting(await tickets.ticket_by_id(context.desk, context.scope, refusal.ticket_id))
    answer = None if view is None else await _answer_now(view, refusal.answer_id)
    events = await _since(context, view, refusal)
    return VersionConflict(
        code=refusal.code,
        message=message,
        path=list(refusal.path),
        current_ticket=cast("Ticket | None", view if refusal.answer_id is None and refusal.case_id is None else None),
        current_answer=answer,
        current=cast("Ticket | None", view),
        changed_since=cast("list[TicketEvent]", events),
    )


async def _since(context: Context, view: TicketView | None, refusal: refusals.VersionConflict) -> list[EventView]:
    if view is None or refusal.ticket_id is None:
        return []
    key, answer, case = refusal.ticket_id, refusal.answer_id, refusal.case_id
    events = await events_since(view.reference, context.sight, key, refusal.expected, answer, case)
    for event in events:
        context.noting(event)
    return events


async def _answer_now(view: TicketView, answer_id: int | None) -> Answer | None:
    """The answer in conflict as its ticket's viewer may read it; None where the ticket is in conflict itself."""
    if answer_id is None:
        return None
    rows = (await tickets.answers([view.pk]))[view.pk]
    return next(iter(answers_shown([row for row in rows if row["id"] == answer_id], view)), None)
