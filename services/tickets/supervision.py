"""Supervisory (berkadar pengawasan) follows from who is reported and from the posts of coordinators.

A post that begins raises it on every open report about its agency, one that ends proposes to lower it; only who
examines the report lowers it, and then no post that had begun before raises it again. Source: S13; docs/adr/0021.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import connection as pooled
from models.enums import OPEN_STATUSES, EventKind, TextKind, Visibility
from realtime import log
from services.access import access
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.messages import say
from services.core.transactions import transaction
from services.deadlines.calendars import ONE_DAY
from services.master_data import steering
from services.tickets.case import Case, cases_of
from services.tickets.clocks.keeping import keep_clocks

AT_ONCE = 200  # tickets in one transaction of the job; our choice
OPEN = sorted(str(status) for status in OPEN_STATUSES)
# Open reports about the agency $1; was it supervisory since $3, somebody who examines it has said that it is not.
TO_RAISE = """
SELECT t.id FROM ticket t WHERE t.reported_agency_id = $1 AND NOT t.supervisory AND t.status = ANY($2)
AND NOT EXISTS (SELECT FROM event e WHERE e.ticket_id = t.id AND e.at >= $3 AND e.before->>'supervisory' = 'true')
ORDER BY t.id
"""
# Open reports about an agency of whose clocks the log does not know all yet; each part is answered by an index.
BEHIND = f"""
SELECT t.id FROM ticket_clock c JOIN ticket t ON t.id = c.ticket_id
WHERE c.next_at <= $1 AND t.reported_agency_id IS NOT NULL
UNION SELECT id FROM ticket WHERE rules_version IS NULL AND reported_agency_id IS NOT NULL
UNION SELECT id FROM ticket WHERE status IN ({", ".join(f"'{status}'" for status in OPEN)}) AND rules_version < $2
  AND reported_agency_id IS NOT NULL
"""
OF_CLOCKS = ("due_at", "standing", "clock_standings")
PROPOSAL = "NOT_SUPERVISORY"
TO_PROPOSE = f"""
SELECT t.id FROM ticket t WHERE t.reported_agency_id = $1 AND t.supervisory AND t.status = ANY($2)
AND t.received_at < $3 AND NOT EXISTS (
  SELECT FROM event e WHERE e.ticket_id = t.id AND e.at >= $3 AND e.details->>'proposes' = '{PROPOSAL}')
ORDER BY t.id
"""
# In one statement, however many they are, as they stay locked until the change of posts is committed.
RAISE = """
UPDATE ticket SET supervisory = TRUE, version = version + 1, updated_at = $2, due_at = row.due_at,
    standing = row.standing, clock_standings = row.clock_standings
FROM jsonb_to_recordset($1::text::jsonb) AS row(id bigint, due_at timestamptz, standing text, clock_standings text[])
WHERE ticket.id = row.id
"""
WAS_LOWERED = "SELECT DISTINCT ticket_id FROM event WHERE ticket_id = ANY($1) AND before->>'supervisory' = 'true'"


async def pass_reported(desk: Desk) -> None:
    """Write down what has passed of reports about agencies: a post that changes may give them another deadline.

    Called before the transaction that changes posts, as whatever else writes an event lets clocks pass before it.
    Source: docs/adr/0021, 0033.
    """
    version = (await desk.reference()).rules_version
    rows = await pooled().execute_query_dict(BEHIND, [desk.now(), version])
    if rows:
        await desk.pass_first(desk, [row["id"] for row in rows])


async def followed(
    desk: Desk, connection: BaseDBAsyncClient, before: Collection[int], after: Collection[int]
) -> list[log.NewEvent]:
    """What follows for open reports where coordinators sit in other agencies than before; gives the events.

    Posts must be held (steering.hold_posts), so that nobody names one of these agencies meanwhile.
    Source: docs/adr/0021.
    """
    raised = [await _ids(connection, TO_RAISE, agency, desk.now()) for agency in sorted(set(after) - set(before))]
    left = [await _ids(connection, TO_PROPOSE, agency, desk.now()) for agency in sorted(set(before) - set(after))]
    return await _changed(desk, connection, _flat(raised), _flat(left))


async def follow_posts(desk: Desk) -> int:
    """Do what follows from posts that began or ended by their day alone; gives the number of reports."""
    today, zone, done = desk.today(), desk.rules.zone, 0
    begun = await steering.steering_agencies(pooled(), today)
    for agency, day in begun.items():
        done += await _follow(desk, TO_RAISE, agency, steering.midnight(day, zone))
    for agency, day in (await steering.left_agencies(pooled(), today)).items():
        done += await _follow(desk, TO_PROPOSE, agency, steering.midnight(day + ONE_DAY, zone))
    return done


async def _follow(desk: Desk, statement: str, agency: int, since: datetime) -> int:
    """Repeat in small transactions what is due for one agency, until nothing is."""
    done = 0
    while await _ids(pooled(), statement, agency, since):
        await pass_reported(desk)
        number = await _follow_some(desk, statement, agency, since)
        done += number
        if not number:
            break
    return done


async def _follow_some(desk: Desk, statement: str, agency: int, since: datetime) -> int:
    async with transaction() as connection:
        await steering.await_posts(connection)
        sits = agency in await steering.steering_agencies(connection, desk.today())
        raising = statement == TO_RAISE
        ids = (await _ids(connection, statement, agency, since))[:AT_ONCE] if sits is raising else []
        events = await _changed(desk, connection, ids if raising else [], [] if raising else ids)
        if not events:
            return 0
        appended = await log.append(connection, events)
    await desk.committed(appended.least_seq)
    return len(events)


async def is_due(case: Case) -> bool:
    """Whether a report that is opened again is supervisory, as it would have become had it been open."""
    return bool(await due([case]))


async def due(cases: Sequence[Case]) -> set[int]:
    """Those reports, of some that one transaction opens again, that are supervisory (is_due; docs/adr/0021)."""
    supervisory = {case.ticket.id for case in cases if case.ticket.supervisory}
    named = {case.ticket.id: case.ticket.reported_agency_id for case in cases if case.ticket.id not in supervisory}
    if not any(named.values()):
        return supervisory
    connection = cases[0].connection
    sit = await steering.steering_agencies(connection, cases[0].desk.today())
    raised = [key for key, agency in named.items() if agency in sit]
    if not raised:
        return supervisory
    _, lowered = await connection.execute_query(WAS_LOWERED, [raised])
    return supervisory | (set(raised) - {row["ticket_id"] for row in lowered})


async def _changed(
    desk: Desk, connection: BaseDBAsyncClient, to_raise: Collection[int], to_propose: Collection[int]
) -> list[log.NewEvent]:
    """One event for each of these reports that is still as it was once it is locked."""
    if not to_raise and not to_propose:
        return []
    rows = await access.tickets(connection, SYSTEM, (*to_raise, *to_propose))
    still_open = [row for row in rows if row.status in OPEN_STATUSES]
    cases = await cases_of(desk, SYSTEM, connection, still_open)
    moment = max((case.moment for case in cases), default=desk.now())  # one for all, as one statement writes them
    for case in cases:
        case.moment = moment
    rising = [case for case in cases if case.ticket.id in to_raise and not case.ticket.supervisory]
    for case in rising:
        _raise(case)
    raised = [{name: getattr(case.ticket, name) for name in ("id", *OF_CLOCKS)} for case in rising]
    await connection.execute_query(RAISE, [orjson.dumps(raised).decode(), moment])
    await keep_clocks(connection, rising)
    for case in cases:
        if case.ticket.id in to_propose and case.ticket.supervisory:
            await _propose(case)
    return [event for case in cases for event in case.events]


def _raise(case: Case) -> None:
    case.set(supervisory=True)
    case.raise_version()
    details = {"reason": "COORDINATOR_POST"}
    case.record(EventKind.FIELD_CHANGED, visibility=Visibility.INTER_AGENCY, details=details)


async def _propose(case: Case) -> None:
    kept = await case.keep(TextKind.NOTE, say("supervisory.proposed"))
    details = {"proposes": PROPOSAL}
    visibility = Visibility.INTER_AGENCY
    case.record(EventKind.NOTE_ADDED, text=kept, changed=("timeline",), visibility=visibility, details=details)
    if case.columns:
        await case.ticket.save(using_db=case.connection, update_fields=sorted(case.columns))


async def _ids(connection: BaseDBAsyncClient, statement: str, agency: int, since: datetime) -> list[int]:
    _, rows = await connection.execute_query(statement, [agency, OPEN, since])
    return [row["id"] for row in rows]


def _flat(lists: Iterable[list[int]]) -> list[int]:
    return [each for one in lists for each in one]
