"""Single tickets and what belongs to them, read for one caller, each in one statement for any number of ids.

Source: docs/adr/0003.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from models.database import connection
from models.enums import AnswerState
from realtime.log import LAST_SEQ, Appended, last_position
from services.access.access import row_rule, works_on
from services.access.filters.worklists import Worklist, unattended_rows, worklist_rule
from services.access.predicates import Among, Either, Every, Parameters, Predicate
from services.access.scopes import Scope, Sight
from services.core.desk import Desk
from services.core.reference import Reference
from services.inputs.numbers import tracking_number
from services.queries.columns import ROW, ROW_COLUMNS
from services.queries.views import TicketView

HEAD = "h.seq AS head_seq, h.reference_seq AS head_reference, h.epoch AS head_epoch"


async def ticket_by_id(desk: Desk, scope: Scope, key: int | None) -> TicketView | None:
    """The ticket with this key; None where it is absent or hidden, for the same statement."""
    return await _one(desk, scope, Among("id", (key or 0,)))


async def ticket_by_number(desk: Desk, scope: Scope, number: str) -> TicketView | None:
    """The ticket with the tracking number that somebody pasted; None where it is absent or hidden, or none at all."""
    return await _one(desk, scope, Among("number", (tracking_number(number) or "",)))


async def tickets_by_ids(desk: Desk, sight: Sight, keys: Sequence[int]) -> dict[int, TicketView]:
    """Those of these tickets that this sight sees, by key."""
    rule = Every((Among("id", tuple(keys)), row_rule(sight)))
    return {view.pk: view for view in await _tickets(desk, rule, sight)}


async def last_look(desk: Desk, scope: Scope, key: int) -> TicketView:
    """The ticket that the caller has just changed, even where the change took it out of their sight."""
    [row], reference = await _own_row(desk, key)
    return _last_view(row, reference, scope.sight)


async def look_after(desk: Desk, scope: Scope, key: int, appended: Appended) -> tuple[TicketView, int]:
    """The same, and the seq of the last event that was appended, in one statement."""
    [row], reference = await _own_row(desk, key, appended)
    return _last_view(row, reference, scope.sight), row["last_seq"]


async def _own_row(desk: Desk, key: int, appended: Appended | None = None) -> tuple[list[Mapping[str, Any]], Reference]:
    """The one row with this key; last_seq too, where events are given. Its plan serves for every key."""
    parameters = Parameters()
    last_seq = "" if appended is None else f"{_last_seq(appended, parameters)} AS last_seq, "
    return await read_rows(desk, f"{last_seq}{ROW}", f"ticket t ON t.id = {parameters.add(key)}", parameters)


def as_left(ticket: object, reference: Reference, scope: Scope) -> TicketView:
    """The same for a ticket whose whole row is known, as the caller's change left it.

    Agencies and categories have the names of the moment at which it was locked.
    """
    row = {column: _as_read(getattr(ticket, column)) for column in ROW_COLUMNS}
    return _last_view(row, reference, scope.sight)


def _as_read(value: Any) -> Any:
    """A value as the database gives it: moments in UTC."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


async def cursor_of(desk: Desk, appended: Appended) -> str:
    """The cursor of the last event that was appended: it got its seq at COMMIT, of which nobody was told."""
    return desk.cursors.seal_feed(*await last_position(connection(), appended))


def _last_view(row: Mapping[str, Any], reference: Reference, sight: Sight) -> TicketView:
    view = TicketView(row, reference, sight)
    if row_rule(sight).holds(view.state):
        return view
    return TicketView(row, reference, sight, lost=True)


async def answer_of_replay(desk: Desk, scope: Scope, key: int, *, rotated: bool = False) -> TicketView:
    """The ticket of a repeated submission: as it is where its sender sees it, else its number and nothing else.

    Nothing else either once its secret was rotated: the old one may be in wrong hands, and so may this request.
    Source: docs/adr/0014, 0021.
    """
    view = await last_look(desk, scope, key)
    if not view.lost and not rotated:
        return view
    moment = view.received_at  # theirs, as they handed it in
    known = {"channel": view.row["channel"], "received_at": moment, "updated_at": moment}
    return TicketView.numbered(view.row, view.reference, scope.sight, **known)


async def answer_of_duplicate(desk: Desk, scope: Scope, own: int, first: int) -> TicketView:
    """What the sender of a report is told that was merged into an earlier one as it came in: that one's number.

    Nothing else of it: whoever says the same words behind the same address may be somebody else. Source: docs/adr/0014.
    """
    rows, reference = await loaded_rows(desk, Among("id", (own, first)))
    by_key = {row["id"]: row for row in rows}
    moment = by_key[own]["received_at"]
    known = {"channel": by_key[own]["channel"], "received_at": moment, "updated_at": moment}
    return TicketView.numbered(by_key[first], reference, scope.sight, **known)


async def seen_of(desk: Desk, scope: Scope, ticket_ids: Sequence[int], most: int) -> list[TicketView]:
    """Those of these tickets that the caller sees, by id, at most so many."""
    shown = await _tickets(desk, Every((Among("id", tuple(ticket_ids)), row_rule(scope.sight))), scope.sight)
    return sorted(shown, key=attrgetter("pk"))[:most]


async def _one(desk: Desk, scope: Scope, wanted: Predicate) -> TicketView | None:
    found = await _tickets(desk, Every((wanted, row_rule(scope.sight))), scope.sight)
    return found[0] if found else None


async def _tickets(desk: Desk, rule: Predicate, sight: Sight) -> list[TicketView]:
    rows, reference = await loaded_rows(desk, rule)
    return [TicketView(row, reference, sight) for row in rows]


async def loaded_rows(desk: Desk, rule: Predicate) -> tuple[list[Mapping[str, Any]], Reference]:
    """The rows that meet a rule, with the master data of the same moment."""
    parameters = Parameters()
    return await read_rows(desk, ROW, f"ticket t ON {rule.sql(parameters)}", parameters)


async def read_rows(
    desk: Desk, columns: str, joined: str, parameters: Parameters
) -> tuple[list[Mapping[str, Any]], Reference]:
    """The rows of a join with the head of the log, and the master data of the same moment."""
    statement = f"SELECT {HEAD}, {columns} FROM log_here h LEFT JOIN {joined}"
    _, rows = await connection().execute_query(statement, list(parameters))
    first = rows[0]
    reference = await desk.references.at(connection(), first["head_epoch"], first["head_reference"], desk.today())
    return [row for row in rows if row["id"] is not None], reference


def _last_seq(appended: Appended, parameters: Parameters) -> str:
    behind, written_by = parameters.add(appended.behind), parameters.add(appended.written_by)
    return LAST_SEQ.format(behind=behind, written_by=written_by)


# With the note of who rejected it, as long as it stands rejected; releases before this one called that ANSWER_DRAFTED.
ANSWERS = """
SELECT a.*, CASE WHEN a.state = 'REJECTED' THEN (
  SELECT x.body FROM event e JOIN ticket_text x ON x.id = e.text_id
  WHERE e.ticket_id = a.ticket_id AND e.details->>'answer' = a.id::text AND e.details->>'answerState' = 'REJECTED'
  ORDER BY e.seq DESC LIMIT 1
) END AS review_note FROM answer a"""


@dataclass(frozen=True, slots=True)
class WorklistCount:
    worklist: Worklist
    count: int


async def worklist_counts(desk: Desk, scope: Scope) -> list[WorklistCount]:
    """How much waits in each worklist of the caller; none for callers who are not staff."""
    if not scope.is_staff:
        return []
    reference, parameters = await desk.reference(), Parameters()
    rules: dict[Worklist, Predicate] = {worklist: worklist_rule(worklist, scope, reference) for worklist in Worklist}
    counted = row_rule(scope.sight)
    if scope.unattended:
        rules = {worklist: Every((counted, rule)) for worklist, rule in rules.items()}
        numbered = unattended_rows(scope)
        rules[Worklist.NEEDS_ATTENTION] = Either((rules[Worklist.NEEDS_ATTENTION], numbered))
        counted = Either((counted, numbered))
    found = ((name, rule.sql(parameters)) for name, rule in rules.items())
    columns = ", ".join(f"count(*) FILTER (WHERE {rule}) AS {name.lower()}" for name, rule in found)
    statement = f"SELECT {columns} FROM ticket t WHERE {counted.sql(parameters)}"
    _, rows = await connection().execute_query(statement, list(parameters))
    return [WorklistCount(worklist, rows[0][worklist.lower()]) for worklist in Worklist]


async def answers(keys: Sequence[int]) -> dict[int, list[Mapping[str, Any]]]:
    """Every answer of these tickets, oldest first; which of them a caller reads is answer_visible's to say."""
    _, rows = await connection().execute_query(
        f"{ANSWERS} WHERE a.ticket_id = ANY($1) ORDER BY a.ticket_id, a.id", [list(keys)]
    )
    found: dict[int, list[Mapping[str, Any]]] = {key: [] for key in keys}
    for row in rows:
        found[row["ticket_id"]].append(row)
    return found


def answer_visible(view: TicketView, state: str) -> bool:
    """Drafts are for those who work on the ticket; what was sent is for everyone who sees its texts (decided here)."""
    if "answers" in view.unread:
        return False
    return state == AnswerState.SENT or works_on(view.sight, view.state)


async def answer_by_id(key: int) -> Mapping[str, Any] | None:
    """One answer as a row; its ticket and state are the caller's to check."""
    _, rows = await connection().execute_query(f"{ANSWERS} WHERE a.id = $1", [key])
    return rows[0] if rows else None
