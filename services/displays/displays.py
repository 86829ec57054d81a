"""Wall displays as the desk manages them: waiting and enrolled ones, and when each was last connected.

Source: docs/adr/0012.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

from models import Client, DeviceRequest, Display
from models.database import connection
from models.displays import DeviceState
from models.enums import AuditKind, PrincipalKind, Role
from services.access.scopes import SYSTEM, Scope
from services.audit.audit import record
from services.core.desk import Desk
from services.core.refusals import Checks, Forbidden, InvalidInput, NotFound
from services.core.transactions import transaction
from services.displays.device_grant import DIGITS
from services.displays.endings import LONGEST_NAME, end_display
from services.inputs.names import sort_key_sql
from services.inputs.numbers import digits_of
from services.inputs.signs import one_line

LISTED = """
SELECT d.client_id, k.name, d.board, d.address, d.created_at, d.revoked_at, d.copied, o.name AS approved_by,
  (SELECT max(c.last_used_at) FROM credential c WHERE c.client_id = d.client_id) AS last_heartbeat_at
FROM display d JOIN client k ON k.id = d.client_id LEFT JOIN officer o ON o.id = d.approved_by_id
"""
ORDERED = f"ORDER BY d.revoked_at IS NOT NULL, {sort_key_sql('k.name')}, d.client_id LIMIT 500"
LONGEST_TYPED = 40  # characters of a code as it is typed, with whatever stands between its digits; our choice
# Who ends them locks them too: those are left alone, as two that lock many rows could wait for each other.
HEARD = """
UPDATE credential SET last_used_at = $2 WHERE id IN (
  SELECT id FROM credential WHERE id = ANY($1::bigint[]) FOR NO KEY UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class DisplayView:
    """One screen; revoked ones are kept as a record."""

    client_id: int
    name: str
    board: str
    address: str
    created_at: datetime
    approved_by: str | None
    last_heartbeat_at: datetime | None
    revoked_at: datetime | None
    copied: bool


def require_approver(scope: Scope) -> None:
    """Raise Forbidden unless the caller is an admin, a coordinator or the program itself (our choice)."""
    if scope is not SYSTEM and not scope.has(Role.ADMIN, Role.COORDINATOR):
        raise Forbidden("DISPLAYS_FOR_DESK")


async def waiting(desk: Desk, scope: Scope, user_code: str) -> DeviceRequest:
    """The screen that shows this code; raises Forbidden and NotFound."""
    require_approver(scope)
    found = await DeviceRequest.get_or_none(**_pending(desk, user_code))
    if found is None:
        raise NotFound("CODE_UNKNOWN", path=("userCode",))
    return found


async def all_waiting(desk: Desk) -> list[DeviceRequest]:
    """Every screen that waits, the oldest first."""
    return list(await DeviceRequest.filter(state=DeviceState.PENDING, expires_at__gt=desk.now()).order_by("id"))


async def approve(desk: Desk, scope: Scope, user_code: str, name: str) -> DisplayView:
    """Enrol a screen under a unique name; its next poll gets the tokens."""
    require_approver(scope)
    checks = Checks()
    name = checks(_checked_name, name)
    async with transaction() as using:
        found = await checks.awaited(_locked(desk, using, user_code))
        checks.settle()
        client = await _new_client(using, name)
        await Display.create(
            client_id=client.id,
            board=found.board,
            address=found.address,
            approved_by_id=scope.officer_id,
            created_at=desk.now(),
            using_db=using,
        )
        found.state, found.client_id = DeviceState.APPROVED, client.id
        await found.save(using_db=using, update_fields=["state", "client_id"])
        await _note(desk, AuditKind.DISPLAY_APPROVED, scope, client.id, using)
    return await display(client.id)


async def deny(desk: Desk, scope: Scope, user_code: str) -> None:
    """Refuse a screen; its next poll gets access_denied."""
    require_approver(scope)
    async with transaction() as using:
        found = await _locked(desk, using, user_code)
        found.state = DeviceState.DENIED
        await found.save(using_db=using, update_fields=["state"])
        details: dict[str, str | int] = {"board": found.board, **scope.acting}
        await record(desk, AuditKind.DISPLAY_DENIED, scope.principal, details=details, using=using)


async def rename(desk: Desk, scope: Scope, client_id: int, name: str) -> DisplayView:
    """Give a screen another name."""
    require_approver(scope)
    checks = Checks()
    name = checks(_checked_name, name)
    try:
        with checks.behind("id"):
            await _rename(desk, scope, client_id, name, checks)
    except IntegrityError:  # another screen was given it this very moment
        raise InvalidInput("DISPLAY_NAME_TAKEN", path=("name",)) from None
    return await display(client_id)


async def _rename(desk: Desk, scope: Scope, client_id: int, name: str, checks: Checks) -> None:
    async with transaction() as using:
        known = Display.filter(client_id=client_id, revoked_at=None).using_db(using).select_for_update()
        if await known.first() is None:
            raise NotFound("DISPLAY_UNKNOWN")
        checks.settle()
        taken = Client.filter(kind=PrincipalKind.DISPLAY, name=name).exclude(id=client_id).using_db(using)
        if await taken.exists():
            raise InvalidInput("DISPLAY_NAME_TAKEN", path=("name",))
        await Client.filter(id=client_id).using_db(using).update(name=name)
        await _note(desk, AuditKind.DISPLAY_RENAMED, scope, client_id, using)


async def revoke(desk: Desk, scope: Scope, client_id: int) -> DisplayView:
    """End a screen at once; raises NotFound for one that has ended already."""
    require_approver(scope)
    if not await end_display(desk, scope, client_id, "REVOKED"):
        raise NotFound("DISPLAY_UNKNOWN", path=("id",))
    return await display(client_id)


async def displays(scope: Scope) -> list[DisplayView]:
    """Every screen, enrolled ones first; one statement."""
    require_approver(scope)
    return [_view(row) for row in await _rows(f"{LISTED} {ORDERED}", [])]


async def display(client_id: int) -> DisplayView:
    return _view((await _rows(f"{LISTED} WHERE d.client_id = $1", [client_id]))[0])


async def heard(credential_ids: Sequence[int], now: datetime) -> None:
    """Note that the screens with these credentials have an open socket."""
    if credential_ids:
        await connection().execute_query(HEARD, [list(credential_ids), now])


async def _rows(statement: str, values: list[Any]) -> Sequence[Mapping[str, Any]]:
    _, rows = await connection().execute_query(statement, values)
    return rows


def _view(row: Mapping[str, Any]) -> DisplayView:
    return DisplayView(**{name: row[name] for name in DisplayView.__slots__})


async def _locked(desk: Desk, using: BaseDBAsyncClient, user_code: str) -> DeviceRequest:
    query = DeviceRequest.filter(**_pending(desk, user_code)).using_db(using)
    found = await query.select_for_update().first()
    if found is None:
        raise NotFound("CODE_UNKNOWN", path=("userCode",))
    return found


def _pending(desk: Desk, user_code: str) -> dict[str, Any]:
    digits = digits_of(user_code[:LONGEST_TYPED])
    digits = digits if len(digits) <= DIGITS else ""  # the column refuses to be asked for longer ones
    return {"user_code": digits, "state": DeviceState.PENDING, "expires_at__gt": desk.now()}


async def _new_client(using: BaseDBAsyncClient, name: str) -> Client:
    client, is_new = await Client.get_or_create(kind=PrincipalKind.DISPLAY, name=name, using_db=using)
    if not is_new:
        raise InvalidInput("DISPLAY_NAME_TAKEN", path=("name",))
    return client


def _checked_name(name: str) -> str:
    name = one_line(name)
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidInput("TEXT_LENGTH_BOUND", path=("name",), limit=LONGEST_NAME)
    return name


async def _note(desk: Desk, kind: AuditKind, scope: Scope, client_id: int, using: BaseDBAsyncClient) -> None:
    await record(desk, kind, scope.principal, subject=f"client:{client_id}", details=scope.acting, using=using)
