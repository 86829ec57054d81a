"""Who a token stands for at this moment: the one way from a token to a scope (docs/adr/0011, 0028)."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from models.database import connection
from models.enums import PrincipalKind, Role
from models.officers import HANDLING, HANDLING_ROLES
from services.access.grants import GRANT_COLUMNS, GRANT_JOINS, granted
from services.access.oversight import POSTS, RULES, oversight_of
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.reference import Reference
from services.core.refusals import EdgeRefusal
from services.credentials.credentials import token_digest
from services.credentials.known_scopes import earliest, end_of, scope_of
from services.credentials.posts import acted_for
from services.credentials.prefetch import Prefetch

LOGGER = logging.getLogger("surga.credentials")
UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)  # data in a form not known here
WHOLE_CITY = "kota"  # the board that shows every agency's tickets
TOKEN = re.compile(r"srg_[A-Za-z0-9_-]{43}")
NOTE_USE = "UPDATE credential SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)"
USE_IS_NOTED = {PrincipalKind.PARTNER: timedelta(hours=1), PrincipalKind.DISPLAY: timedelta(minutes=1)}
SESSION_USE_IS_NOTED = timedelta(minutes=5)


def lookup(day: str, where: str) -> str:
    """The statement of callers' rows, by the parameter of the day and the condition on the credential c."""
    # Elsewhere nobody is told that a token is unknown: it is asked first whether the log is at home (homes.py).
    return f"""
SELECT c.id, c.kind, c.name, c.officer_id, c.client_id, c.ticket_id, c.expires_at, c.revoked_at,
  c.session, c.last_used_at, c.acting_agency_id,
  o.name AS officer_name, o.active AS officer_active, k.name AS client_name, k.active AS client_active,
  (SELECT d.board FROM display d WHERE d.client_id = c.client_id) AS board,
  (SELECT json_agg(json_build_array(a.role, a.agency_id, a.valid_to) ORDER BY a.valid_from DESC, a.id)
   FROM assignment a WHERE a.officer_id = c.officer_id AND a.valid_from <= {day}
   AND (a.valid_to IS NULL OR a.valid_to >= {day})) AS assignments,
  (SELECT min(a.valid_from) FROM assignment a WHERE a.officer_id = c.officer_id AND a.valid_from > {day}) AS next_from,
  CASE WHEN EXISTS (SELECT FROM assignment a WHERE a.officer_id = c.officer_id AND a.role NOT IN ({HANDLING}))
    THEN json_build_array({POSTS.format(day=day)}, {RULES}) END AS oversight,
  {GRANT_COLUMNS}
FROM credential c LEFT JOIN officer o ON o.id = c.officer_id LEFT JOIN client k ON k.id = c.client_id {GRANT_JOINS}
WHERE EXISTS (SELECT FROM log_here) AND {where}
"""


def of_token(digest: str, day: str) -> str:
    """The statement of the row of the caller with a token, by the parameters of its digest and of the day."""
    return lookup(day, f"c.digest = {digest}")


OF_TOKEN, OF_CREDENTIAL = of_token("$1", "$2"), lookup("$2", "c.id = $1")
OF_CREDENTIALS = lookup("$2", "c.id = ANY($1)")


def anonymous(address_hash: str) -> Scope:
    """The scope of a caller without a token; the keyed hash of the address keeps their submissions apart."""
    return Scope(kind=PrincipalKind.ANONYMOUS, principal=stranger(address_hash), name="")


def stranger(address_hash: str) -> str:
    """The principal of a caller who is not known, or not yet."""
    return f"address:{address_hash}"


async def identify(desk: Desk, token: str, prefetch: Prefetch | None = None) -> Scope:
    """The scope that a token gives at this moment, in one statement; raises UNAUTHENTICATED.

    prefetch: reads with that statement what the request is expected to read.
    """
    if TOKEN.fullmatch(token) is None:
        raise unauthenticated()
    today = desk.today()
    digest = token_digest(token)
    row = None if prefetch is None else await prefetch.caller(of_token, digest, today, desk.now())
    row = row or await _found(OF_TOKEN, digest, today)
    reference = await _reference(desk, [row])
    scope = scope_of(desk, row, reference, today, partial(_scope, desk, row, reference))
    if prefetch is not None:
        prefetch.identified(digest, row, earliest(scope.valid_until, end_of(desk.rules, row)))
    if scope.kind in USE_IS_NOTED or row["session"]:
        await _note_use(desk, row)
    return scope


async def refreshed(desk: Desk, scope: Scope) -> Scope:
    """The scope that the same credential gives now; raises UNAUTHENTICATED where it gives none any more."""
    if scope.credential_id is None:
        return scope
    row = await _found(OF_CREDENTIAL, scope.credential_id, desk.today())
    return _scope(desk, row, await _reference(desk, [row]))


async def refreshed_all(desk: Desk, credential_ids: Sequence[int]) -> dict[int, Scope | Exception]:
    """What each of these credentials gives now, in one statement; one that is gone is left out.

    A refusal stands for a credential that gives nothing any more, any other exception for a row that this release can
    not read, which is logged. Raises only where the database does not answer.
    """
    if not credential_ids:
        return {}
    _, rows = await connection().execute_query(OF_CREDENTIALS, [list(credential_ids), desk.today()])
    try:
        reference = await _reference(desk, rows)
    except UNREADABLE:
        LOGGER.exception("The master data can not be read.")
        reference = None
    return {row["id"]: _given(desk, row, reference) for row in rows}


def _given(desk: Desk, row: Mapping[str, Any], reference: Reference | None) -> Scope | Exception:
    try:
        return _scope(desk, row, reference)
    except EdgeRefusal as refusal:
        return refusal
    except Exception as problem:  # whatever it is, it is this credential's alone
        LOGGER.exception("What credential %s gives can not be told.", row["id"])
        return problem


def unauthenticated() -> EdgeRefusal:
    return EdgeRefusal("UNAUTHENTICATED", "BAD_TOKEN")


async def _found(statement: str, key: str | int, today: date) -> Mapping[str, Any]:
    _, rows = await connection().execute_query(statement, [key, today])
    if not rows:
        raise unauthenticated()
    found: Mapping[str, Any] = rows[0]
    return found


async def _note_use(desk: Desk, row: Mapping[str, Any]) -> None:
    """Note when a key or a session was last used, at most once per interval however many requests it makes."""
    now = desk.now()
    before = now - (SESSION_USE_IS_NOTED if row["session"] else USE_IS_NOTED[PrincipalKind(row["kind"])])
    if row["last_used_at"] is None or row["last_used_at"] <= before:
        await connection().execute_query(NOTE_USE, [row["id"], now, before])


async def _reference(desk: Desk, rows: Sequence[Mapping[str, Any]]) -> Reference | None:
    """The master data of the moment of these rows; None where none of them needs it."""
    needing = next((row for row in rows if row["board"] is not None or row["grant_set_id"] is not None), None)
    if needing is None:
        return None
    epoch, seq = needing["head_epoch"], needing["head_reference"]
    return await desk.references.at(connection(), epoch, seq, desk.today())


def _scope(desk: Desk, row: Mapping[str, Any], reference: Reference | None) -> Scope:
    ended = row["expires_at"] is not None and row["expires_at"] <= desk.now()
    ended = ended or (row["session"] and row["last_used_at"] <= desk.now() - desk.rules.session_idle)
    if row["revoked_at"] is not None or ended or row["officer_active"] is False or row["client_active"] is False:
        raise unauthenticated()
    kind = PrincipalKind(row["kind"])
    if kind is PrincipalKind.STAFF:
        return _staff_scope(desk, row)
    if kind is PrincipalKind.PARTNER:
        return _partner_scope(desk, row, reference)
    key, name = _principal(kind, row)
    return Scope(
        kind=kind,
        principal=key,
        name=name,
        client_id=row["client_id"],
        agency_id=_shown_agency(row, reference),
        ticket_id=row["ticket_id"],
        credential_id=row["id"],
        valid_until=row["expires_at"],
    )


def _shown_agency(row: Mapping[str, Any], reference: Reference | None) -> int | None:
    """The agency whose board a display is bound to; None for the whole city's. Raises UNAUTHENTICATED."""
    if row["board"] in (None, WHOLE_CITY):
        return None
    agency = _known(reference).agency_codes.get(row["board"])
    if agency is None:
        raise unauthenticated()
    return agency.pk


def _known(reference: Reference | None) -> Reference:
    """The master data; raises ValueError where it could not be read."""
    if reference is None:
        raise ValueError("There is no master data to read this by.")
    return reference


def _partner_scope(desk: Desk, row: Mapping[str, Any], reference: Reference | None) -> Scope:
    """The scope of a partner's key; raises UNAUTHENTICATED without a grant, and after its end."""
    ends_at = row["grant_ends_at"]
    if row["grant_set_id"] is None or (ends_at is not None and ends_at <= desk.now()):
        raise unauthenticated()
    networks = json.loads(row["networks"]) if row["networks"] else None
    return Scope(
        kind=PrincipalKind.PARTNER,
        principal=f"client:{row['client_id']}",
        name=row["client_name"],
        client_id=row["client_id"],
        credential_id=row["id"],
        valid_until=min((end for end in (row["expires_at"], ends_at) if end is not None), default=None),
        granted=granted(row, _known(reference)),
        networks=tuple(networks) if networks else None,
    )


def _principal(kind: PrincipalKind, row: Mapping[str, Any]) -> tuple[str, str]:
    if kind is PrincipalKind.CITIZEN:
        return f"ticket:{row['ticket_id']}", ""
    return f"client:{row['client_id']}", row["client_name"] or row["name"]


def _staff_scope(desk: Desk, row: Mapping[str, Any]) -> Scope:
    """Rights come from the assignments of the day in the agency that is acted for; what is forbidden, from all."""
    assignments = _listed(row["assignments"])
    # Who acts for an agency is recorded as that agency, and roles in two would add up to rights that nobody gave
    # together; so one counts (docs/adr/0028). A conflict of interest comes from every one of them (docs/adr/0021).
    agencies = frozenset(each[1] for each in assignments)
    agency_id = acted_for(agencies, row["acting_agency_id"])
    roles = frozenset(Role(each[0]) for each in assignments if each[1] == agency_id)
    # Officers and liaisons examine nothing, so nothing is read for them (services/access/oversight.py).
    oversight = oversight_of(desk.today(), row["oversight"])
    deputy = oversight.deputy in roles
    concerned = not roles <= set(HANDLING_ROLES)  # theirs do not hang on who is free to examine
    return Scope(
        kind=PrincipalKind.STAFF,
        principal=f"officer:{row['officer_id']}",
        name=row["officer_name"],
        officer_id=row["officer_id"],
        agency_id=agency_id,
        roles=roles,
        credential_id=row["id"],
        session=row["session"],
        valid_until=_earliest(desk, row, assignments, oversight.changes_on if concerned else None),
        agencies=agencies,
        unexamined=oversight.unexamined if deputy or Role.COORDINATOR in roles else (),
        deputy=deputy and bool(oversight.unexamined),
        unattended=tuple(sorted(set(oversight.unattended) - agencies)) if Role.ADMIN in roles else (),
    )


def _listed(text: str | None) -> list[Any]:
    found: list[Any] = json.loads(text) if text else []
    return found


def _earliest(desk: Desk, row: Mapping[str, Any], posts: list[Any], other: date | None) -> datetime | None:
    """The end of the token, or the midnight (in the desk's zone) at which posts end or others begin, of other too."""
    days = [date.fromisoformat(each[2]) + timedelta(days=1) for each in posts if each[2] is not None]
    days += [day for day in (row["next_from"], other) if day is not None]
    moments = [datetime.combine(day, time(), tzinfo=desk.rules.zone) for day in days]
    return min((moment for moment in (*moments, row["expires_at"]) if moment is not None), default=None)
