"""Who was told of a rung takes it over by name, for some of each level; an officer takes one report up by hand."""

from __future__ import annotations

from datetime import datetime

from models.database import connection
from models.enums import EscalationLevel, TicketStatus
from services.clocks.escalation.acknowledging import Acknowledge, acknowledge
from services.clocks.escalation.upwards import Escalate, escalate
from services.core.desk import Desk
from services.core.refusals import Refusal
from services.simulation.cast import Cast, read_cast

# Some of each level, the others wait still: what was reached last of all tickets that are open.
WAITING = """
SELECT found.* FROM (
  SELECT e.id, e.notified, (SELECT max(at) FROM event WHERE ticket_id = t.id) AS last,
    row_number() OVER (PARTITION BY e.level ORDER BY e.at DESC, e.id) AS nth
  FROM escalation e JOIN ticket t ON t.id = e.ticket_id WHERE t.escalated_to <> '{}' AND e.acknowledged_at IS NULL
) found WHERE nth IN (1, 3, 5) ORDER BY id
"""
LED = """
SELECT t.id, t.version, t.assignee_id, (SELECT max(at) FROM event WHERE ticket_id = t.id) AS last FROM ticket t
WHERE t.status = $1 AND t.assignee_id IS NOT NULL AND NOT t.supervisory ORDER BY t.received_at, t.id LIMIT 2
"""
NOTES = (
    "Kami periksa hari ini dan laporkan hasilnya di sini.",
    "Sudah dibahas dengan instansi terkait, jawaban menyusul besok.",
    "Petugas tambahan ditugaskan sampai laporan ini selesai.",
)
REASON = "Perlu keputusan di atas instansi: pekerjaannya menyangkut dua bidang dan belum ada yang memimpin."


async def show(desk: Desk) -> None:
    """Let some escalations be acknowledged, and one be raised by hand; the same past gets the same."""
    cast = await read_cast(desk)
    await _raise(desk, cast)
    for index, row in enumerate(await connection().execute_query_dict(WAITING)):
        scopes = [scope for officer in row["notified"] if (scope := cast.one(officer)) is not None]
        then = desk.at(_between(row["last"], desk.now()))
        for scope in scopes[:1]:
            try:
                await acknowledge(then, scope, Acknowledge(row["id"], NOTES[index % len(NOTES)]))
            except Refusal:  # another post of theirs sees it
                continue


async def _raise(desk: Desk, cast: Cast) -> None:
    """Let the officer of one report take it to the coordinator."""
    for row in await connection().execute_query_dict(LED, [TicketStatus.IN_PROGRESS]):
        scope = cast.one(row["assignee_id"])
        if scope is not None:
            command = Escalate(row["id"], row["version"], EscalationLevel.COORDINATOR, REASON)
            try:
                await escalate(desk.at(_between(row["last"], desk.now())), scope, command)
            except Refusal:
                continue
            return


def _between(last: datetime, now: datetime) -> datetime:
    """Halfway from what happened last to now."""
    return last + (now - last) / 2
