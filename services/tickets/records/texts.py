"""Free texts in rows of their own, and what the log may say of them (docs/adr/0022)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Ticket
from models.enums import TextKind
from services.core.keys import Keys

KEEP = "INSERT INTO ticket_text (ticket_id, kind, body) VALUES ($1, $2, $3) RETURNING id"


@dataclass(frozen=True, slots=True)
class KeptText:
    """A free text in its own row, and what the log may say of it."""

    id: int
    kind: TextKind
    digest: bytes


async def keep_text(connection: BaseDBAsyncClient, keys: Keys, ticket_id: int, kind: TextKind, text: str) -> KeptText:
    """Store a free text where it can be erased, and digest it for the log."""
    row = await connection.execute_insert(KEEP, [ticket_id, kind.value, text])
    return KeptText(row["id"], kind, keys.text_digest(text))


def mutation_name(keys: Keys, ticket: Ticket, mutation_id: str | None) -> dict[str, Any]:
    """What an event holds of a client's own name of its change; of a ticket that was erased nothing but the digest."""
    if mutation_id is None:
        return {}
    shown = mutation_id if ticket.erased_at is None else None
    return {"client_mutation_id": shown, "mutation_digest": keys.mutation_digest(ticket.id, mutation_id)}


def text_details(texts: Iterable[KeptText]) -> list[dict[str, Any]]:
    """References to further texts of an event: kind, row and keyed digest."""
    return [{"kind": text.kind.value, "id": text.id, "digest": text.digest.hex()} for text in texts]
