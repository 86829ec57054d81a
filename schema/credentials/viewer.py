"""The caller."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import strawberry

from models import Credential
from models.enums import PrincipalKind, Role
from schema.core.context import Context, Info
from schema.master_data.agencies import Agency
from schema.master_data.assignments import StaffAssignment
from schema.master_data.officers import Officer
from services.access.filters.worklists import Worklist
from services.access.scopes import Scope
from services.core.nodes import node_id
from services.credentials import posts, sessions
from services.notifications.notifications import unread_of
from services.queries import tickets


@strawberry.type
class WorklistCount:
    worklist: Worklist
    count: int


@strawberry.type(description="Sesi: one device on which the caller has signed in.")
class Session:
    id: strawberry.ID
    agent: str = strawberry.field(description="What its browser said of itself.")
    created_at: datetime
    last_used_at: datetime = strawberry.field(description="To five minutes.")
    expires_at: datetime = strawberry.field(description="Sooner when nobody uses it.")
    current: bool = strawberry.field(description="Whether the caller came with this one.")


@strawberry.type(description="Who is calling, and what waits for them.")
class Viewer:
    caller: strawberry.Private[Scope]
    kind: PrincipalKind
    name: str
    roles: list[Role]
    officer: Officer | None
    agency: Agency | None = strawberry.field(
        description=(
            "The agency that is acted for. Null for staff with several assignments until one is chosen "
            "(switchAssignment): they read nothing but their viewer until then."
        )
    )
    server_time: datetime
    session_expires_at: datetime | None = strawberry.field(
        description="The earliest end of token and assignment; null where neither ends."
    )

    @strawberry.field(description="Of what the caller sees; empty for callers who are not staff.")
    async def worklists(self, info: Info) -> list[WorklistCount]:
        return cast("list[WorklistCount]", await tickets.worklist_counts(info.context.desk, self.caller))

    @strawberry.field(description="Pemberitahuan yang belum dibaca; 0 for callers who are not staff.")
    async def unread_notifications(self) -> int:
        return await unread_of(self.caller)

    @strawberry.field(
        description="Every post of today; the session acts for one of them. Empty for callers who are not staff."
    )
    async def assignments(self, info: Info) -> list[StaffAssignment]:
        return cast("list[StaffAssignment]", await posts.own_assignments(info.context.desk, self.caller))

    @strawberry.field(description="Sessions of staff that are not over, the newest first; those of the caller only.")
    async def sessions(self, info: Info) -> list[Session]:
        found = await sessions.own_sessions(info.context.desk, self.caller)
        return [session_shown(row, self.caller) for row in found]

    @strawberry.field(description="What X-Surga-CSRF must say beside this session's cookie; null without a session.")
    def csrf_token(self, info: Info) -> str | None:
        caller = self.caller
        if not caller.session or caller.credential_id is None:
            return None
        return sessions.csrf_token(info.context.desk.keys, caller.credential_id)


def session_shown(row: Credential, caller: Scope) -> Session:
    """A session in the contract's shape."""
    return Session(
        id=strawberry.ID(node_id("Credential", row.id)),
        agent=row.agent or "",
        created_at=row.created_at,
        last_used_at=row.last_used_at or row.created_at,
        expires_at=row.expires_at or row.created_at,
        current=row.id == caller.credential_id,
    )


async def viewer_of(context: Context, scope: Scope) -> Viewer:
    """The caller in the contract's shape."""
    reference = await context.desk.reference()
    officer = reference.officers.get(scope.officer_id or 0)
    agency = reference.agencies.get(scope.agency_id or 0)
    return Viewer(
        caller=scope,
        kind=scope.kind,
        name=scope.name,
        roles=sorted(scope.roles),
        officer=cast("Officer | None", officer),
        agency=cast("Agency | None", agency),
        server_time=context.desk.now(),
        session_expires_at=scope.valid_until,
    )
