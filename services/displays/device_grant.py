"""How a screen is enrolled: the device authorization grant (RFC 8628), whose codes people type and whose tokens rotate.

A screen asks for codes and polls; an approver types the six digits; the screen gets an access token and a refresh
token, and renews both before they end. Only digests of what opens anything are kept. Source: docs/adr/0012.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from models import Credential, DeviceRequest, Display, RefreshToken
from models.displays import DeviceState
from models.enums import AuditKind, PrincipalKind
from realtime import log
from services.access.scopes import SYSTEM
from services.audit.audit import record
from services.core.desk import Desk
from services.core.reference import AgencyRef
from services.core.transactions import delete_all, transaction
from services.credentials import credentials
from services.credentials.credentials import new_token, token_digest
from services.credentials.endings import End, Ended, Whose, end_credentials
from services.credentials.identify import WHOLE_CITY
from services.credentials.subscribers import subscriber
from services.displays.endings import REUSED, end_display, lock_enrolled

CODES = 1_000_000
DIGITS = 6
TRIES = 20
LONGEST_BOARD = 40
NEAR, LEAST_LIKENESS = 3, 0.5  # names that may have been meant; our choice
SLOWER_BY = 5  # seconds, RFC 8628 section 3.5
FORGET_EXPIRED = "DELETE FROM device_request WHERE expires_at <= $1"
CODES_ENDED = """
DELETE FROM device_request WHERE id IN (
  SELECT id FROM device_request WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
REFRESH_ENDED = """
DELETE FROM refresh_token WHERE id IN (
  SELECT id FROM refresh_token WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
ACCESS_ENDED = """
DELETE FROM credential WHERE id IN (
  SELECT c.id FROM credential c WHERE c.kind = 'DISPLAY' AND c.expires_at <= $1
  AND EXISTS (SELECT 1 FROM credential later WHERE later.client_id = c.client_id AND later.id > c.id)
  ORDER BY c.expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
COUNT_PENDING = """
SELECT address, count(*) AS waiting FROM device_request WHERE expires_at > $1 AND state = 'PENDING' GROUP BY address
"""
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7357301)"


class DeviceGrantRefused(Exception):
    """No tokens; error is a code of RFC 6749 section 5.2 or RFC 8628 section 3.5.

    boards are some that there are, where the one that was asked for is unknown; the most similar names come first.
    """

    def __init__(self, error: str, *, retry_after: int | None = None, boards: tuple[str, ...] = ()) -> None:
        super().__init__(error)
        self.error = error
        self.retry_after = retry_after
        self.boards = boards


@dataclass(frozen=True, slots=True)
class Codes:
    """The code that a screen shows and the one that it polls with; times in seconds.

    agency is the one whose board it asks for; None: the whole city's. city is that of the desk, where it has one.
    """

    device_code: str
    user_code: str
    expires_in: int
    interval: int
    agency: AgencyRef | None
    city: str | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """The access token of a screen, and the refresh token that renews it once; times in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    board: str


async def begin(desk: Desk, board: str, address: str) -> Codes:
    """Codes for a screen that asks; raises DeviceGrantRefused for an unknown board, and where too many wait already.

    board: its name in any case, as somebody types it into a television.
    """
    board = await _named(desk, board)
    rules = desk.rules.devices
    async with transaction() as using:
        await using.execute_query(ONE_AT_A_TIME)
        # Who still polls with a code that has just expired is told so; older ones make room.
        await using.execute_query(FORGET_EXPIRED, [desk.now() - rules.code_lifetime])
        await _require_room(desk, using, subscriber(address))
        device_code = new_token()
        made = await _request(desk, using, device_code, board, address)
        asker = f"address:{desk.keys.address_hash(subscriber(address))}"
        await record(desk, AuditKind.DISPLAY_REQUESTED, asker, details={"board": board}, using=using)
    lifetime = round(rules.code_lifetime.total_seconds())
    reference = await desk.reference()
    agency = reference.agency_codes.get(board)
    return Codes(device_code, made.user_code, lifetime, made.interval_seconds, agency, reference.city_name)


async def _require_room(desk: Desk, using: BaseDBAsyncClient, asker: str) -> None:
    """Raise DeviceGrantRefused where this subscriber has too many screens waiting, or all together have."""
    _, rows = await using.execute_query(COUNT_PENDING, [desk.now()])
    own = sum(row["waiting"] for row in rows if subscriber(row["address"]) == asker)
    rules = desk.rules.devices
    if own >= rules.pending_per_address or sum(row["waiting"] for row in rows) >= rules.pending:
        raise DeviceGrantRefused("slow_down", retry_after=60)


async def approved_at_once(desk: Desk, client_id: int, board: str = WHOLE_CITY) -> str:
    """An approved device code, good for one exchange, for a screen that the operator sets up."""
    device_code = new_token()
    async with transaction() as using:
        await using.execute_query(ONE_AT_A_TIME)
        made = await _request(desk, using, device_code, board, "")
        made.state, made.client_id = DeviceState.APPROVED, client_id
        await made.save(using_db=using, update_fields=["state", "client_id"])
    return device_code


async def exchange(desk: Desk, device_code: str) -> Tokens:
    """The tokens of an approved screen, once; raises DeviceGrantRefused with what the screen should do."""
    async with transaction() as using:
        query = DeviceRequest.filter(digest=token_digest(device_code[:200])).using_db(using)
        found = await query.select_for_update().first()
        tokens, refusal = None, await _refusal(desk, found, using)
        if found is not None and refusal is None:
            found.state = DeviceState.SPENT
            await found.save(using_db=using, update_fields=["state"])
            tokens = await _tokens(desk, using, found.client_id or 0)
    if tokens is None:
        raise DeviceGrantRefused(refusal or "invalid_grant")
    return tokens


async def renew(desk: Desk, refresh_token: str) -> Tokens:
    """New tokens for a screen, once for each refresh token; raises DeviceGrantRefused.

    A spent one that comes again was stolen, and ends the screen, unless nobody has used what it was exchanged for:
    then the answer was lost, and the screen asks again.
    """
    async with transaction() as using:
        query = RefreshToken.filter(digest=token_digest(refresh_token[:200])).using_db(using)
        found = await query.first()
        if found is None or found.expires_at <= desk.now():
            raise DeviceGrantRefused("invalid_grant")
        if not await lock_enrolled(using, found.client_id):
            raise DeviceGrantRefused("invalid_grant")
        await found.refresh_from_db(using_db=using)
        stolen = found.spent_at is not None and not await _answer_was_lost(using, found)
        if not stolen:
            tokens, ended = await _rotated(desk, using, found)
            appended = await log.append(using, ended.events) if ended.events else None
    if stolen:
        await end_display(desk, SYSTEM, found.client_id, REUSED)
        raise DeviceGrantRefused("invalid_grant")
    if appended is not None:
        await desk.committed(appended.least_seq)
    return tokens


async def boards(desk: Desk) -> frozenset[str]:
    """The boards that a screen may show: the whole city, and every agency's own."""
    reference = await desk.reference()
    return frozenset({WHOLE_CITY, *(agency.code for agency in reference.agencies.values() if agency.active)})


async def forget_ended(desk: Desk) -> int:
    """Remove expired codes, and tokens that ended more than a week ago; gives their number.

    A screen's last access token stays, as it says when the screen was last connected.
    """
    week_ago = desk.now() - timedelta(days=7)
    removed = await delete_all(CODES_ENDED, desk.now() - desk.rules.devices.code_lifetime)
    removed += await delete_all(REFRESH_ENDED, week_ago)
    return removed + await delete_all(ACCESS_ENDED, week_ago)


async def _named(desk: Desk, board: str) -> str:
    """The board of this name as the city writes it; raises DeviceGrantRefused where there is none."""
    known = {name.lower(): name for name in await boards(desk)} | {name: name for name in await boards(desk)}
    found = known.get(board, known.get(board.lower()))
    if found is None:
        near = get_close_matches(board.lower()[:LONGEST_BOARD], {name.lower() for name in known}, NEAR, LEAST_LIKENESS)
        raise DeviceGrantRefused("invalid_scope", boards=(*(known[name] for name in near), WHOLE_CITY))
    return found


async def _request(desk: Desk, using: BaseDBAsyncClient, device_code: str, board: str, address: str) -> DeviceRequest:
    """Store a request under six digits that no other waiting request has."""
    rules = desk.rules.devices
    for _ in range(TRIES):
        user_code = f"{secrets.randbelow(CODES):0{DIGITS}}"
        if not await DeviceRequest.filter(user_code=user_code).using_db(using).exists():
            return await DeviceRequest.create(
                digest=token_digest(device_code),
                user_code=user_code,
                state=DeviceState.PENDING,
                board=board,
                address=address,
                interval_seconds=round(rules.interval.total_seconds()),
                created_at=desk.now(),
                expires_at=desk.now() + rules.code_lifetime,
                using_db=using,
            )
    raise DeviceGrantRefused("slow_down", retry_after=60)


async def _refusal(desk: Desk, found: DeviceRequest | None, using: BaseDBAsyncClient) -> str | None:
    """Why a poll gets no tokens, None where it does; a poll that comes too soon makes the interval longer."""
    if found is None or found.state is DeviceState.SPENT:
        return "invalid_grant"
    if found.expires_at <= desk.now():
        return "expired_token"
    if found.state is DeviceState.DENIED:
        return "access_denied"
    if found.state is DeviceState.APPROVED:
        return None if await lock_enrolled(using, found.client_id or 0) else "access_denied"
    return await _noted_poll(desk, found, using)


async def _noted_poll(desk: Desk, found: DeviceRequest, using: BaseDBAsyncClient) -> str:
    soonest = None if found.polled_at is None else found.polled_at + timedelta(seconds=found.interval_seconds - 1)
    hasty = soonest is not None and desk.now() < soonest
    if hasty:
        found.interval_seconds += SLOWER_BY
    found.polled_at = desk.now()
    await found.save(using_db=using, update_fields=["polled_at", "interval_seconds"])
    return "slow_down" if hasty else "authorization_pending"


async def _tokens(desk: Desk, using: BaseDBAsyncClient, client_id: int) -> Tokens:
    rules = desk.rules.devices
    display = await Display.get(client_id=client_id, using_db=using)
    issued = await credentials.issue(
        desk,
        PrincipalKind.DISPLAY,
        name=display.board,
        client_id=client_id,
        expires_at=desk.now() + rules.access_lifetime,
        using=using,
    )
    refresh_token = new_token()
    await RefreshToken.create(
        client_id=client_id,
        digest=token_digest(refresh_token),
        created_at=desk.now(),
        expires_at=desk.now() + rules.refresh_lifetime,
        using_db=using,
    )
    await record(desk, AuditKind.TOKEN_ISSUED, f"client:{client_id}", using=using)
    return Tokens(issued.token, refresh_token, round(rules.access_lifetime.total_seconds()), display.board)


async def _rotated(desk: Desk, using: BaseDBAsyncClient, found: RefreshToken) -> tuple[Tokens, Ended]:
    """Spend a refresh token; successors whose answer was lost are spent too, so that using one counts as theft."""
    ended = Ended()
    if found.spent_at is not None:
        lost = RefreshToken.filter(client_id=found.client_id, id__gt=found.id, spent_at=None).using_db(using)
        await lost.update(spent_at=desk.now())
        unread = Whose([row.id for row in await _since(found).using_db(using)])
        ended = await end_credentials(desk, using, End.DISPLAY_ANSWER_LOST, SYSTEM, unread)
    found.spent_at = desk.now()
    await found.save(using_db=using, update_fields=["spent_at"])
    return await _tokens(desk, using, found.client_id), ended


async def _answer_was_lost(using: BaseDBAsyncClient, found: RefreshToken) -> bool:
    """Whether nobody has used what a spent refresh token was exchanged for, neither to read nor to renew.

    Successors that were spent because their answer got lost were spent before the token that replaced them.
    """
    looked = _since(found).filter(last_used_at__isnull=False).using_db(using)
    renewed = RefreshToken.filter(client_id=found.client_id, spent_at__gt=found.spent_at).using_db(using)
    return not (await looked.exists() or await renewed.exists())


def _since(found: RefreshToken) -> QuerySet[Credential]:
    return Credential.filter(client_id=found.client_id, created_at__gte=found.spent_at)
