"""Posts: the agencies where somebody has assignments on a day, and the one for which a session or a token acts.

The roles that somebody has in one agency on one day are one post. Rights are those of the post that is acted for,
prohibitions those of all of them (docs/adr/0021, 0028).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import connection
from models.enums import AuditKind, EventKind, Role, SubjectKind
from realtime import log
from services.access.scopes import Scope, actor
from services.audit import audit
from services.core.desk import Desk
from services.core.reference import AgencyRef, spelled
from services.core.refusals import EdgeRefusal, Forbidden, InvalidInput
from services.core.transactions import transaction
from services.credentials.endings import lock_officer

OF_DAY = """
SELECT agency_id, role, valid_from, valid_to FROM assignment
WHERE officer_id = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2) ORDER BY valid_from, id
"""
LIVING = "SELECT acting_agency_id FROM credential WHERE id = $1 AND revoked_at IS NULL FOR NO KEY UPDATE"
ACT = "UPDATE credential SET acting_agency_id = $2 WHERE id = $1"
LAST = "SELECT last_agency_id FROM officer WHERE id = $1"
REMEMBER = "UPDATE officer SET last_agency_id = $2 WHERE id = $1 AND last_agency_id IS DISTINCT FROM $2"


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """A role in an agency from valid_from to valid_to, both days included."""

    agency: AgencyRef
    role: Role
    valid_from: date
    valid_to: date | None


def acted_for(agencies: Collection[int], chosen: int | None) -> int | None:
    """The agency of a day that is acted for: the chosen one, else the only one; None asks the holder to choose."""
    if chosen in agencies:
        return chosen
    only = set(agencies)
    return only.pop() if len(only) == 1 else None


async def begun_for(using: BaseDBAsyncClient, officer_id: int, day: date) -> int | None:
    """The agency for which a new session acts: the last one that was used, else the only one; None asks for it.

    It is remembered as the last one, so that a post that begins later takes no session over.
    """
    [known] = await using.execute_query_dict(LAST, [officer_id])
    chosen = acted_for(await _agencies(using, officer_id, day), known["last_agency_id"])
    if chosen is not None:
        await using.execute_query(REMEMBER, [officer_id, chosen])
    return chosen


async def own_assignments(desk: Desk, scope: Scope) -> list[AssignmentView]:
    """The caller's assignments of today, oldest first; none for who is no officer."""
    if scope.officer_id is None:
        return []
    reference = await desk.reference()
    rows = await connection().execute_query_dict(OF_DAY, [scope.officer_id, desk.today()])
    return [
        AssignmentView(reference.agencies[row["agency_id"]], Role(row["role"]), row["valid_from"], row["valid_to"])
        for row in rows
    ]


async def switch(desk: Desk, scope: Scope, agency_code: str) -> None:
    """Let the caller's session or token go on for another post of today; what it has open ends, as by new rights.

    Raises Forbidden for who has no posts, InvalidInput for an agency where the caller has none today.
    """
    if scope.officer_id is None or scope.credential_id is None:
        raise Forbidden("NO_POSTS")
    appended = None
    async with transaction() as using:
        # The order of services/credentials/endings.py; changes of posts hold the officer too.
        await lock_officer(using, scope.officer_id)
        wanted = await _wanted(desk, using, scope.officer_id, agency_code)
        before = await _acted_for_now(desk, using, scope.officer_id, scope.credential_id)
        await using.execute_query(ACT, [scope.credential_id, wanted])
        await using.execute_query(REMEMBER, [scope.officer_id, wanted])
        if before != wanted:
            details = {"agency": wanted} if before is None else {"agency": wanted, "before": before}
            await _audit(desk, using, scope, details)
            appended = await log.append(using, [_event(desk, scope, scope.credential_id, details)])
    if appended is not None:
        await desk.committed(appended.least_seq)


async def _wanted(desk: Desk, using: BaseDBAsyncClient, officer_id: int, code: str) -> int:
    """The agency of this code, where the officer has a post; other codes and unknown ones are refused alike."""
    reference = await desk.reference(using)
    found = reference.agency_codes.get(spelled(reference.agency_codes, code) or "")
    if found is None or found.pk not in await _agencies(using, officer_id, desk.today()):
        raise InvalidInput("NO_POST_THERE", path=("agencyCode",))
    return found.pk


async def _acted_for_now(desk: Desk, using: BaseDBAsyncClient, officer_id: int, credential_id: int) -> int | None:
    """The agency for which a credential, locked from now on, acts at this moment; raises UNAUTHENTICATED."""
    rows = await using.execute_query_dict(LIVING, [credential_id])
    if not rows:  # it ended while this waited
        raise EdgeRefusal("UNAUTHENTICATED", "BAD_TOKEN")
    return acted_for(await _agencies(using, officer_id, desk.today()), rows[0]["acting_agency_id"])


async def _agencies(using: BaseDBAsyncClient, officer_id: int, day: date) -> set[int]:
    return {row["agency_id"] for row in await using.execute_query_dict(OF_DAY, [officer_id, day])}


async def _audit(desk: Desk, using: BaseDBAsyncClient, scope: Scope, details: Mapping[str, int]) -> None:
    """Write down for which agency what is done with a credential is done from now on."""
    subject, kind = f"credential:{scope.credential_id}", AuditKind.RIGHTS_CHANGED
    await audit.record(desk, kind, scope.principal, subject=subject, details=details, using=using)


def _event(desk: Desk, scope: Scope, credential_id: int, details: Mapping[str, int]) -> log.NewEvent:
    """The event that ends what a credential has open, on every server."""
    return log.NewEvent(
        kind=EventKind.RIGHTS_CHANGED,
        at=desk.now(),
        **actor(scope),
        subject_kind=SubjectKind.CREDENTIAL,
        subject_id=credential_id,
        details=dict(details),
    )
