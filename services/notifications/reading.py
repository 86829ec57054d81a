"""What an officer has read is read on all of their devices (docs/adr/0031)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from realtime import log
from services.access.predicates import Parameters
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.paging import LARGEST_PAGE
from services.core.refusals import Checks, Forbidden, InvalidInput, NotFound
from services.core.transactions import transaction
from services.notifications.clearing import cleared, parts
from services.notifications.notifications import NotificationReader, seen, unread_of

# In one order, as two devices may mark the same ones at once.
LOCKED = """
SELECT n.id FROM notification n WHERE n.id IN (SELECT id FROM ({seen}) seen) AND n.read_at IS NULL
ORDER BY n.id FOR UPDATE OF n
"""
MARK = "UPDATE notification SET read_at = $2 WHERE id = ANY($1)"


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Exactly one of ids and all_up_to; None in ids, and 0 in all_up_to, stand for what is no id of a notification."""

    ids: tuple[int | None, ...] | None = None
    all_up_to: int | None = None
    client_mutation_id: str | None = None


async def mark_read(desk: Desk, scope: Scope, command: MarkRead) -> int:
    """Mark the caller's notifications as read; gives how many are still unread. What was read stays read since then.

    Raises Forbidden, InvalidInput, and NotFound for what the caller does not have.
    """
    reader = _reader(scope)
    _check(command)
    async with transaction() as connection:
        await _require_known(connection, reader, command)
        ids = await _locked(connection, reader, command)
        if ids:
            await connection.execute_query(MARK, [ids, desk.now()])
            events = [cleared(reader.officer_id, part, desk.now(), by=scope.principal) for part in parts(ids)]
            appended = await log.append(connection, events)
    if ids:
        await desk.committed(appended.least_seq)
    return await unread_of(scope)


def _reader(scope: Scope) -> NotificationReader:
    if not scope.is_staff or scope.officer_id is None:
        raise Forbidden("STAFF_ONLY")
    if scope.must_choose:
        raise Forbidden("POST_NOT_CHOSEN")
    return NotificationReader(scope.officer_id, scope.sight, "")


def _check(command: MarkRead) -> None:
    checks = Checks()
    checks(validation.mutation_id, command.client_mutation_id)
    if (command.ids is None) == (command.all_up_to is None):
        checks.keep(InvalidInput("IDS_OR_ALL", path=("ids",)))
    elif command.ids is not None and not 1 <= len(command.ids) <= LARGEST_PAGE:
        checks.keep(InvalidInput("TOO_MANY_IDS", path=("ids",), limit=LARGEST_PAGE))
    checks.settle()


def _named(command: MarkRead) -> tuple[tuple[int, ...], str]:
    """The keys that a command names, and the field that names them; 0 for what is none."""
    if command.ids is None:
        return (command.all_up_to or 0,), "allUpTo"
    return tuple(key or 0 for key in command.ids), "ids"


async def _require_known(connection: BaseDBAsyncClient, reader: NotificationReader, command: MarkRead) -> None:
    """Refuse what is absent, another's, or hidden with its ticket: the three look alike."""
    keys, name = _named(command)
    parameters = Parameters()
    wanted = f" AND n.id = ANY({parameters.add(sorted(set(keys)))})"
    rows = await connection.execute_query_dict(seen(reader, parameters, wanted), list(parameters))
    if len(rows) != len(set(keys)):
        raise NotFound(path=(name,))


async def _locked(connection: BaseDBAsyncClient, reader: NotificationReader, command: MarkRead) -> Sequence[int]:
    """The unread ones that a command means."""
    keys, _ = _named(command)
    parameters = Parameters()
    if command.ids is not None:
        wanted = f" AND n.id = ANY({parameters.add(sorted(set(keys)))})"
    else:
        wanted = f" AND (n.at, n.id) <= (SELECT at, id FROM notification WHERE id = {parameters.add(keys[0])})"
    statement = LOCKED.format(seen=seen(reader, parameters, wanted))
    return [row["id"] for row in await connection.execute_query_dict(statement, list(parameters))]
