"""The same report again from one sender without a token: a ticket of its own, merged into the first (our choice).

Its sender is told the first one's number: to them it is one report. Its own secret opens it under that number too.
Source: docs/adr/0014.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

from models import IdempotencyKey, Ticket
from models.enums import OPEN_STATUSES, EventKind, PrincipalKind, TextKind, TicketStatus, Visibility
from realtime import log
from services.access.scopes import SYSTEM, Scope
from services.core.desk import Desk
from services.core.messages import say
from services.tickets.case import case_of
from services.tickets.clocks.ticket_clocks import TicketClocks
from services.tickets.merging import gained
from services.tickets.records.texts import keep_text

if TYPE_CHECKING:
    from collections.abc import Mapping

# What must be equal besides the words. A report that asks for more protection, or gives a name this time, is a new one.
SAME = (
    "anonymous",
    "confidential",
    "reported_agency_id",
    "kelurahan_id",
    "address",
    "latitude",
    "longitude",
    "occurred_on",
)


COLLAPSED = """
SELECT (details->>'into')::bigint AS first FROM event
WHERE ticket_id = $1 AND kind = 'MERGED' AND actor_kind = 'SYSTEM' ORDER BY at, seq LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """A report with the key by which equal ones of its sender are found.

    earlier is the row that an equal one left, first the ticket of that one, open and locked.
    """

    key: str
    digest: bytes
    earlier: IdempotencyKey | None
    first: Ticket | None


async def find_first(
    connection: BaseDBAsyncClient, desk: Desk, scope: Scope, columns: Mapping[str, Any], person: Mapping[str, str]
) -> Sent | None:
    """Look for the same report of the last hours; None for senders with a token, and where merging is switched off."""
    if scope.kind is not PrincipalKind.ANONYMOUS or not desk.rules.same_report:
        return None
    digest = _digest(desk, columns, person)
    key = f"same report\n{digest.hex()}"  # no client's own key has a line feed
    row = await IdempotencyKey.filter(principal=scope.principal, key=key).using_db(connection).first()
    valid = row is not None and row.expires_at > desk.now()
    return Sent(key, digest, row, await _still_open(connection, row.ticket_id) if row and valid else None)


async def collapse(
    connection: BaseDBAsyncClient, desk: Desk, scope: Scope, sent: Sent | None, ticket: Ticket, clocks: TicketClocks
) -> list[log.NewEvent]:
    """Merge a new ticket into the first of its kind, with a note on both for officers; gives the events.

    clocks are those of the new ticket, of which the log has nothing yet.
    """
    if sent is None:
        return []
    if sent.first is None:
        await _remember(connection, desk, scope, sent, ticket)
        return []
    hours = int(desk.rules.same_report.total_seconds() // 3600)
    again = await case_of(desk, SYSTEM, connection, ticket)
    again.clocks = clocks
    why = await again.keep(TextKind.NOTE, say("same_report.merged", number=sent.first.number, hours=hours))
    again.enter(TicketStatus.ARCHIVED, merged_into_id=sent.first.id)
    details = {"reason": "DUPLICATE", "into": sent.first.id, "textVisibility": Visibility.INTER_AGENCY.value}
    again.record(EventKind.MERGED, text=why, changed=("continuedIn",), details=details)
    await ticket.save(using_db=connection, update_fields=sorted(again.columns))
    note = await keep_text(
        connection, desk.keys, sent.first.id, TextKind.NOTE, say("same_report.again", number=ticket.number)
    )
    return [*again.events, *(await gained(again, sent.first, note)).events]


async def collapsed_into(connection: BaseDBAsyncClient, ticket_id: int) -> int | None:
    """The first ticket that a report was merged into as it came in, whatever became of the two since."""
    found = await connection.execute_query_dict(COLLAPSED, [ticket_id])
    return found[0]["first"] if found else None


def _digest(desk: Desk, columns: Mapping[str, Any], person: Mapping[str, str]) -> bytes:
    """A keyed digest of what a report says, whatever its spacing, punctuation and case."""
    said = {"title": _bare(columns["title"]), "body": _bare(columns["body"]), "person": dict(person)}
    return desk.keys.digest(
        "same report", orjson.dumps(said | {name: columns[name] for name in SAME}, option=orjson.OPT_SORT_KEYS)
    )


def _bare(text: str) -> str:
    """The words of a text, without punctuation and in small letters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in folded).split()) or text


async def _still_open(connection: BaseDBAsyncClient, ticket_id: int) -> Ticket | None:
    """The earlier ticket, locked, while it is open: the same report after its end is a new one."""
    row = await Ticket.filter(id=ticket_id).using_db(connection).select_for_update().first()
    return row if row is not None and row.status in OPEN_STATUSES and row.erased_at is None else None


async def _remember(connection: BaseDBAsyncClient, desk: Desk, scope: Scope, sent: Sent, ticket: Ticket) -> None:
    """Store that this sender sent this; of several requests at the same moment all but one get an IntegrityError."""
    fresh = {"ticket_id": ticket.id, "expires_at": desk.now() + desk.rules.same_report}
    if sent.earlier is None:
        await IdempotencyKey.create(
            principal=scope.principal, key=sent.key, content_digest=sent.digest, **fresh, using_db=connection
        )
        return
    unchanged = IdempotencyKey.filter(id=sent.earlier.id, ticket_id=sent.earlier.ticket_id)
    if not await unchanged.using_db(connection).update(**fresh):
        raise IntegrityError("another request noted the same report meanwhile")
