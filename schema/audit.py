"""The audit log as its readers see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from models.enums import AuditKind
from schema.core.context import Info
from schema.core.nodes import PageInfo, page_info
from schema.core.pasted import Pasted
from schema.core.scalars import Cursor
from services.audit.pages import AuditFilter, AuditPage, audit_page


@strawberry.type(description="A code, a number or a count that belongs to an entry; never words.")
class AuditDetail:
    name: str
    value: str


@strawberry.type(description="Catatan audit: one thing that must be proven; it can neither be changed nor removed.")
class AuditEntry:
    number: str = strawberry.field(description="The entry's number, as `surga audit` names it.")
    at: datetime = strawberry.field(description="When it happened; of a count, the beginning of its minute.")
    kind: AuditKind
    principal: str = strawberry.field(
        description=(
            "Who did it: officer:12, client:3 (a partner or display), ticket:9 (a citizen's session), address:... (a "
            "keyed hash, of callers without a token), anonymous, system, other. Citizens read of others the first word."
        )
    )
    subject: str | None = strawberry.field(description="To whom or what it was done, e.g. officer:12 or ticket:9.")
    details: list[AuditDetail]
    count: int = strawberry.field(description="How often, within one minute; 1 for what stands one by one.")
    address: str | None = strawberry.field(description="A keyed hash: tells addresses apart, and none of them.")
    position: str | None = strawberry.field(description="Its place in the hash chain; null until it is sealed.")
    sealed_at: datetime | None


@strawberry.type
class AuditEntryEdge:
    cursor: Cursor
    node: AuditEntry


@strawberry.type(description="Entries, newest first.")
class AuditEntryConnection:
    edges: list[AuditEntryEdge]
    page_info: PageInfo


@strawberry.input(description="What is left out narrows nothing.", name="AuditFilter")
class AuditFilterInput(Pasted):
    kinds: list[AuditKind] | None = None
    principal: str | None = strawberry.field(default=None, description="Who did it, e.g. officer:12.")
    subject: str | None = strawberry.field(default=None, description="To whom or what, e.g. ticket:9.")
    since: datetime | None = strawberry.field(default=None, description="From this moment on.")
    until: datetime | None = strawberry.field(default=None, description="Before this moment.")


async def audit_log(info: Info, wanted: AuditFilterInput | None, first: int, after: str | None) -> AuditEntryConnection:
    """A page of what the caller may read."""
    page = await audit_page(info.context.desk, info.context.scope, asked(wanted), first, after)
    cursors = [page.cursor(row) for row in page.rows]
    edges = [
        AuditEntryEdge(cursor=Cursor(cursor), node=_shown(page, row))
        for cursor, row in zip(cursors, page.rows, strict=True)
    ]
    return AuditEntryConnection(
        edges=edges, page_info=page_info(cursors, has_next=page.has_next, has_previous=page.has_previous)
    )


def asked(wanted: AuditFilterInput | None) -> AuditFilter:
    """The filter as the service knows it."""
    if wanted is None:
        return AuditFilter()
    return AuditFilter(tuple(wanted.kinds or ()), wanted.principal, wanted.subject, wanted.since, wanted.until)


def _shown(page: AuditPage, row: Mapping[str, Any]) -> AuditEntry:
    details = json.loads(row["details"])
    return AuditEntry(
        number=str(row["id"]),
        at=row["at"],
        kind=AuditKind(row["kind"]),
        principal=page.principal(row),
        subject=row["subject"],
        details=[AuditDetail(name=name, value=_text(value)) for name, value in details.items()],
        count=row["count"],
        address=row["address"],
        position=None if row["position"] is None else str(row["position"]),
        sealed_at=row["sealed_at"],
    )


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
