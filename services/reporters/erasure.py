"""Erase a reporter: texts and identity go, events, counts and digests stay valid (UU PDP 27/2022; docs/adr/0022)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from models.enums import AuditKind, EventKind, Visibility
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.keys import Keys, is_digest
from services.core.refusals import Checks, InvalidInput
from services.core.words import ERASED
from services.reporters import reindexing
from services.reporters.duplicates import duplicates_of
from services.reporters.reporters import require_unbound
from services.tickets.answer_rows import recall_waiting
from services.tickets.case import Case, Done, locked_case

NOBODY = "erased"
# All that hangs on tickets, for the ticket and what goes with it at once.
GOING = (
    "DELETE FROM reporter WHERE ticket_id = ANY($1)",
    "DELETE FROM idempotency_key WHERE ticket_id = ANY($1)",
    "DELETE FROM mutation_id WHERE ticket_id = ANY($1)",
    # What another system said word for word goes; the digest that tells a replay from a conflict stays.
    "UPDATE external_link SET raw_status = NULL, data = CASE WHEN data ? 'digest' "
    "THEN jsonb_build_object('digest', data->'digest') ELSE '{}' END WHERE ticket_id = ANY($1)",
)
TEXTS = "UPDATE ticket_text SET body = NULL, erased_at = $2 WHERE ticket_id = ANY($1) AND body IS NOT NULL"
ANSWERS = "UPDATE answer SET text = $2 WHERE ticket_id = ANY($1)"
LINKS = "SELECT id, ticket_id, system, external_id FROM external_link WHERE ticket_id = ANY($1) ORDER BY id"
RENAME = (
    "UPDATE external_link SET external_id = given.name FROM unnest($1::bigint[], $2::text[]) AS given(id, name) "
    "WHERE external_link.id = given.id"
)
CHANGED = ("answers", "body", "location", "reporter", "timeline", "title")


class ErasureReason(StrEnum):
    """Why a reporter is erased, by UU PDP (UU 27/2022): no words, as those would be about a person again."""

    REPORTER_REQUEST = "REPORTER_REQUEST"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    NO_LONGER_NEEDED = "NO_LONGER_NEEDED"
    UNLAWFUL = "UNLAWFUL"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Erasure:
    """reason: a code of ErasureReason; any words count as OTHER, and are kept nowhere."""

    ticket_id: int | None
    expected_version: int
    reason: str
    client_mutation_id: str | None = None


async def erase(desk: Desk, scope: Scope, command: Erasure) -> Done:
    """Erase what a ticket and its automatic duplicates hold of their reporter, and all words; it can not be undone.

    Words that come later can be erased again; raises InvalidInput where there are none. Gives the other tickets of the
    same matter too, which were left as they are. Source: docs/adr/0010, 0022.
    """
    checks = Checks()
    reason = checks(reason_code, command.reason)
    async with locked_case(
        desk,
        scope,
        command.ticket_id,
        expected_version=command.expected_version,
        mutation_id=command.client_mutation_id,
        checks=checks,
    ) as case:
        await require_unbound(case, "NOT_YOURS_TO_ERASE")
        checks.settle()
        found = await duplicates_of(case)
        held = [each for each in (case, *found.automatic) if each.ticket.erased_at is None]
        if not held:
            raise InvalidInput("ALREADY_ERASED", path=("id",))
        await wipe(case, held, reason)
    return replace(case.done(), others=found.others)


def reason_code(given: str) -> ErasureReason:
    """The code that was given, OTHER for any words; raises InvalidInput where nothing was (docs/adr/0022)."""
    word = validation.text(given, validation.REASON_LIMIT, "reason").upper()
    return ErasureReason(word) if word in ErasureReason.__members__ else ErasureReason.OTHER


async def wipe_with_duplicates(case: Case, reason: ErasureReason) -> None:
    """The same for the system, whose periods nobody has to be asked about (docs/adr/0022)."""
    found = await duplicates_of(case)
    await wipe(case, [each for each in (case, *found.automatic) if each.ticket.erased_at is None], reason)


async def wipe(case: Case, held: Sequence[Case], reason: ErasureReason) -> None:
    """Remove every word and every personal value of locked tickets, and note of each that it was done (docs/adr/0022).

    case writes their events, its own among them.
    """
    ids = [each.ticket.id for each in held]
    for each in held:
        await recall_waiting(each)  # or an answer without a word could still be approved and sent
    for statement in GOING:
        await case.connection.execute_query(statement, [ids])
    await case.connection.execute_query(TEXTS, [ids, case.moment])
    await case.connection.execute_query(ANSWERS, [ids, ERASED])
    names = await _renamed(case, ids)
    for each in held:
        await _note(each, names.get(each.ticket.id, []), reason)
        if each is not case:
            await each.save()
            case.events += each.events
    await reindexing.request(case.connection, case.moment)


async def _renamed(case: Case, ids: list[int]) -> dict[int, list[str]]:
    """Give the names that other systems have for tickets another digest; gives the tickets' keys of now."""
    rows = await case.connection.execute_query_dict(LINKS, [ids])
    if not rows:
        return {}
    names = [erased_name(case.desk.keys, row["external_id"]) for row in rows]
    await case.connection.execute_query(RENAME, [[row["id"] for row in rows], names])
    found: dict[int, list[str]] = {}
    for row, name in zip(rows, names, strict=True):
        found.setdefault(row["ticket_id"], []).append(f"{row['system']}|{name}")
    return found


def erased_name(keys: Keys, external_id: str) -> str:
    """What is kept of a name after an erasure, whether a release before this one kept it as it is (docs/adr/0022)."""
    return keys.erased_digest(external_id if is_digest(external_id) else keys.external_digest(external_id))


async def _note(case: Case, external_keys: list[str], reason: ErasureReason) -> None:
    """Blank a ticket's own columns, and record its erasure in both logs."""
    blank: dict[str, Any] = {"title": ERASED, "body": ERASED, "address": None, "latitude": None, "longitude": None}
    case.set(**blank, media=[], external_keys=external_keys, submitted_by=NOBODY, erased_at=case.moment)
    case.raise_version()
    case.record(
        EventKind.REPORTER_ERASED, changed=CHANGED, visibility=Visibility.INTERNAL, details={"reason": reason.value}
    )
    await case.audit(AuditKind.REPORTER_ERASED, reason.value)
