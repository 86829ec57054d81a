"""The caller."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import strawberry

from models.enums import PrincipalKind, Role
from schema.agencies import Agency
from schema.context import Context, Info
from schema.officers import Officer
from services import reads
from services.filters import Worklist


@strawberry.type
class WorklistCount:
    worklist: Worklist
    count: int


@strawberry.type(description="Who is calling, and what waits for them.")
class Viewer:
    kind: PrincipalKind
    name: str
    roles: list[Role]
    officer: Officer | None
    agency: Agency | None
    server_time: datetime
    session_expires_at: datetime | None = strawberry.field(
        description="The earliest end of token and assignment; null where neither ends."
    )

    @strawberry.field(description="Of what the caller sees; empty for callers who are not staff.")
    async def worklists(self, info: Info) -> list[WorklistCount]:
        return cast("list[WorklistCount]", await reads.worklist_counts(info.context.scope))


async def viewer_of(context: Context) -> Viewer:
    """The caller in the contract's shape."""
    scope, reference = context.scope, await context.desk.reference()
    officer = reference.officers.get(scope.officer_id or 0)
    agency = reference.agencies.get(scope.agency_id or 0)
    return Viewer(
        kind=scope.kind,
        name=scope.name,
        roles=sorted(scope.roles),
        officer=cast("Officer | None", officer),
        agency=cast("Agency | None", agency),
        server_time=context.desk.now(),
        session_expires_at=scope.valid_until,
    )
