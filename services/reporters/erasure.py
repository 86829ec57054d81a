"""Erase a reporter (UU PDP 27/2022): texts and identity are deleted, while events, counts and digests stay valid."""

from __future__ import annotations

from dataclasses import dataclass

from models.enums import AuditKind, EventKind, TextKind, Visibility
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.refusals import InvalidInput
from services.reporters.reporters import REASON_LIMIT, require_unbound
from services.tickets.case import Case, Done, locked_case

ERASED = "(dihapus)"
NOBODY = "erased"
GOING = (
    "DELETE FROM reporter WHERE ticket_id = $1",
    "DELETE FROM idempotency_key WHERE ticket_id = $1",
    # What another system said word for word goes; the digest that tells a replay from a conflict stays.
    "UPDATE external_link SET raw_status = NULL, data = CASE WHEN data ? 'digest' "
    "THEN jsonb_build_object('digest', data->'digest') ELSE '{}' END WHERE ticket_id = $1",
)
TEXTS = "UPDATE ticket_text SET body = NULL, erased_at = $2 WHERE ticket_id = $1 AND body IS NOT NULL"
ANSWERS = "UPDATE answer SET text = $2 WHERE ticket_id = $1"
CHANGED = ("answers", "body", "location", "reporter", "timeline", "title")


@dataclass(frozen=True, slots=True)
class Erasure:
    ticket_id: int | None
    expected_version: int
    reason: str
    client_mutation_id: str | None = None


async def erase(desk: Desk, scope: Scope, command: Erasure) -> Done:
    """Erase what a ticket holds of its reporter, and all words on it; it can not be undone.

    Words that come later can be erased again; raises InvalidInput where there are none.
    """
    async with locked_case(
        desk,
        scope,
        command.ticket_id,
        expected_version=command.expected_version,
        mutation_id=command.client_mutation_id,
    ) as case:
        await require_unbound(case, "NOT_YOURS_TO_ERASE")
        if case.ticket.erased_at is not None:
            raise InvalidInput("ALREADY_ERASED", path=("id",))
        await wipe(case, validation.text(command.reason, REASON_LIMIT, "reason"))
    return case.done()


async def wipe(case: Case, reason: str | None = None) -> None:
    """Remove every word and every personal value of a locked ticket, and note that it was done."""
    ticket_id = case.ticket.id
    for statement in GOING:
        await case.connection.execute_query(statement, [ticket_id])
    await case.connection.execute_query(TEXTS, [ticket_id, case.moment])
    await case.connection.execute_query(ANSWERS, [ticket_id, ERASED])
    case.set(title=ERASED, body=ERASED, address=None, latitude=None, longitude=None, media=[])
    await case.audit(AuditKind.REPORTER_ERASED, reason)
    kept = None if reason is None else await case.keep(TextKind.REASON, reason)
    case.set(submitted_by=NOBODY, erased_at=case.moment)
    case.raise_version()
    case.record(EventKind.REPORTER_ERASED, text=kept, changed=CHANGED, visibility=Visibility.INTERNAL)
