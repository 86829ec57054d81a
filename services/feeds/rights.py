"""Whose scopes an event can change, and what became of them (docs/adr/0011, 0017)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from models.enums import REFERENCE_KINDS, EventKind, SubjectKind
from realtime.log import LoggedEvent
from realtime.members import Validity
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.credentials.identify import refreshed_all

JUDGED_AT_ONCE = 500  # in one statement; so many rows hold the loop for some 10 ms
Names = frozenset[tuple[str, int]]
EVERY_CLIENT = ("client", 0)
OF_MASTER_DATA = frozenset({"city", "version", "counts", "import"})  # what a seed and an import tell of themselves


async def judged(desk: Desk, scopes: Collection[Scope]) -> dict[Scope, Validity]:
    """What became of these scopes, each judged by itself: UNKNOWN for one whose row this release can not read.

    One statement for JUDGED_AT_ONCE of them; raises only where the database does not answer, and for all of them then.
    """
    known = sorted({scope.credential_id for scope in scopes if scope.credential_id is not None})
    now: dict[int, Scope | Exception] = {}
    for start in range(0, len(known), JUDGED_AT_ONCE):
        now.update(await refreshed_all(desk, known[start : start + JUDGED_AT_ONCE]))
    return {scope: _validity(desk, scope, now) for scope in scopes}


def _validity(desk: Desk, scope: Scope, credentials: Mapping[int, Scope | Exception]) -> Validity:
    """What became of a scope, by what its credential gives now; one whose time is over counts as changed."""
    now = scope if scope.credential_id is None else credentials.get(scope.credential_id)
    if now is None or isinstance(now, EdgeRefusal):
        return Validity.REVOKED
    if isinstance(now, Exception):
        return Validity.UNKNOWN
    over = scope.valid_until is not None and scope.valid_until <= desk.now()
    return Validity.SAME if _what_counts(now) == _what_counts(scope) and not over else Validity.CHANGED


def _what_counts(scope: Scope) -> tuple[object, ...]:
    return scope.sight, scope.officer_id, scope.valid_until, scope.unattended


CHANGES_OF_RIGHTS = REFERENCE_KINDS | {EventKind.CREDENTIAL_REVOKED}


def may_change_rights(event: LoggedEvent) -> bool:
    """Whether an event that is not a ticket's can change what a connected caller sees; one of a later release can."""
    known = isinstance(event.kind, EventKind) and not event.newer
    return not known or event.kind in CHANGES_OF_RIGHTS


def named_by(event: LoggedEvent) -> Names | None:
    """Whose scopes an event can change: officers, clients and credentials by their keys; None is everybody.

    An event in a form that is not known here, of another release or of an old one, concerns everybody.
    """
    if not may_change_rights(event):
        return frozenset()
    if event.newer:
        return None
    if event.kind is EventKind.REFERENCE_CHANGED:
        return _changed_by(event)
    if event.details.get("oversight"):  # who examines what is a right of all staff
        return None
    if event.kind is EventKind.CREDENTIAL_REVOKED:
        return _ended_by(event)
    name = _SUBJECTS.get(event.subject_kind)
    if name == "credential" and not _is_of_a_post(event):
        return None
    return None if name is None or event.subject_id <= 0 else frozenset({(name, event.subject_id)})


def _is_of_a_post(event: LoggedEvent) -> bool:
    """Whether somebody goes on for another post of theirs, which changes the rights of their credential alone."""
    return "agency" in event.details and event.details.keys() <= {"agency", "before"}


_SUBJECTS = {SubjectKind.OFFICER: "officer", SubjectKind.CLIENT: "client", SubjectKind.CREDENTIAL: "credential"}


def _changed_by(event: LoggedEvent) -> Names | None:
    """Whose scopes a change of master data can change."""
    counts = event.details.get("counts")
    oversight = isinstance(counts, dict) and any(name.startswith("oversight") for name in counts)
    # Grants and boards speak of the city by its codes; what citizens may do names nothing of it, and what staff may do
    # nothing but who examines what.
    known = event.details and event.details.keys() <= OF_MASTER_DATA
    return frozenset({EVERY_CLIENT}) if known and not oversight else None


def _ended_by(event: LoggedEvent) -> Names | None:
    """The credentials that an event ends, and the client all of whose credentials end with it."""
    client, ended = event.details.get("client"), event.details.get("credentials", [event.subject_id])
    keys = [*ended, *([] if client is None else [client])] if isinstance(ended, list) else []
    if not keys or not all(isinstance(key, int) and key > 0 for key in keys):
        return None
    names = {("credential", key) for key in ended}
    return frozenset(names if client is None else names | {("client", client)})


def names_of(scope: Scope) -> Names:
    """The names by which events concern this scope."""
    keys = {
        "officer": scope.officer_id,
        "client": scope.client_id,
        "credential": scope.credential_id,
        "ticket": scope.ticket_id,
    }
    names = {(name, key) for name, key in keys.items() if key is not None}
    return frozenset(names if scope.client_id is None else names | {EVERY_CLIENT})
