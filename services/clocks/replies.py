"""What reporters say to an answer, noted by whoever they told (S14, S15; docs/adr/0030).

Their clock starts anew; the version of the ticket stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.enums import CLOSED_STATUSES, Channel, EventKind, TextKind
from services.access import access
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.refusals import Checks, Forbidden, InvalidInput
from services.tickets.case import Case, Done, locked_case
from services.tickets.workflow import IllegalTransition

ANSWERED_AT = """
SELECT max(at) AS at FROM event WHERE ticket_id = $1 AND (
  kind = 'ANSWER_SENT' OR (after->>'status' = 'ANSWERED' AND before->>'status' IS DISTINCT FROM 'ANSWERED')
)
"""


@dataclass(frozen=True, slots=True)
class RecordReply:
    """received_at is None for now."""

    ticket_id: int | None
    text: str
    channel: Channel
    received_at: datetime | None = None
    client_mutation_id: str | None = None


async def record_reply(desk: Desk, scope: Scope, command: RecordReply) -> Done:
    """Note what the reporter said to the answer, on the phone, at the counter or by message."""
    checks = Checks()
    text = checks(validation.text, command.text, validation.NOTE_LIMIT, "text")
    received = checks(validation.received_at, command.received_at, desk)
    name = command.client_mutation_id
    async with locked_case(desk, scope, command.ticket_id, mutation_id=name, checks=checks) as case:
        _require_desk_or_handler(case)
        answered = await _answered_at(case)
        if command.received_at is not None and received is not None:
            checks(_require_after, received, answered)
        checks.settle()
        kept = await case.keep(TextKind.NOTE, text)
        case.record(
            EventKind.REPLY_RECEIVED,
            at=case.moment if command.received_at is None else received,
            text=kept,
            changed=("timeline",),
            details={"channel": command.channel.value},
        )
    return case.done()


def _require_desk_or_handler(case: Case) -> None:
    sight, state = case.scope.sight, case.state
    if not access.handles(sight, state) and not access.acts_for_desk(sight, state):
        raise Forbidden("NOT_YOUR_TICKET")


async def _answered_at(case: Case) -> datetime:
    """When the reporter was answered last; of a closed ticket that never was, its receipt.

    Raises IllegalTransition where there is nothing yet to reply to.
    """
    rows = await case.connection.execute_query_dict(ANSWERED_AT, [case.ticket.id])
    answered: datetime | None = rows[0]["at"]
    if answered is None and case.ticket.status not in CLOSED_STATUSES:
        raise IllegalTransition("NOT_ANSWERED", case.ticket.status, case.open_moves())
    return answered or case.ticket.received_at


def _require_after(received: datetime, answered: datetime) -> None:
    if received < answered:
        raise InvalidInput("BEFORE_THE_ANSWER", path=("receivedAt",))
