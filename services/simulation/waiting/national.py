"""Reports of the past that stand in SP4N-LAPOR! too: who types their links, corrects one, and notes what is said there.

One has stood there for so long that Ombudsman may take it over, and its reporter agrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.database import connection
from models.enums import OPEN_STATUSES, Channel, LinkDirection, OmbudsmanConsent
from services.access.scopes import Scope
from services.clocks.escalation.consents import Consent, record
from services.core.desk import Desk
from services.core.refusals import Refusal
from services.simulation.cast import read_cast
from services.sp4n.links import LinkTicket, link
from services.sp4n.statuses import SaidStatus, record_status

# The latest open ones, and of those that are closed some, too: nobody types all of them.
FOUND = f"""
SELECT found.* FROM (
  SELECT t.id, t.version, t.received_at, t.status = ANY($1) AS open,
    (SELECT max(at) FROM event WHERE ticket_id = t.id) AS last,
    row_number() OVER (PARTITION BY t.status = ANY($1) ORDER BY t.received_at DESC, t.id) AS nth
  FROM ticket t WHERE t.channel = '{Channel.SP4N_LAPOR}' AND NOT t.supervisory
) found WHERE nth <= CASE WHEN open THEN 5 ELSE 2 END ORDER BY open DESC, nth
"""
FIRST_ID, WRONG = 9_100_000, 900_000  # of these made-up reports, and by how much a typed one is wrong
# What is said of one report after the other, the oldest first; the fourth is in no city's list.
SAID = (
    ("Belum Diproses", "Dalam Proses"),
    ("Terverifikasi", "Selesai"),
    ("Dalam Proses", "Ditunda"),
    ("Terdisposisi", "Menunggu tanggapan kementerian"),
    ("Belum Diproses", "Dalam Proses"),
    ("Dalam Proses",),
    ("Dalam Proses", "Selesai"),
)
LONG = timedelta(days=65)  # beyond the 60 of the national clock
STEPS = 5  # between what happened last and now


@dataclass(slots=True)
class Report:
    """One of these reports, as it was left; each act comes a while after the one before."""

    id: int
    version: int
    received_at: datetime
    last: datetime
    now: datetime
    steps: int = 0

    def next(self) -> datetime:
        """When the next thing is done."""
        self.steps += 1
        return self.last + (self.now - self.last) * self.steps / (STEPS + 1)


async def show(desk: Desk) -> None:
    """Link some reports of that channel; the same past gets the same links."""
    scope = (await read_cast(desk)).coordinators[0]
    rows = await connection().execute_query_dict(FOUND, [sorted(OPEN_STATUSES)])
    last_open = max((index for index, row in enumerate(rows) if row["open"]), default=0)
    for index, row in enumerate(rows):
        try:
            await _tell(desk, scope, _report(row, desk.now()), index, long=index == last_open)
        except Refusal:  # it was merged, or nobody may steer it
            continue


def _report(row: Mapping[str, Any], now: datetime) -> Report:
    return Report(row["id"], row["version"], row["received_at"], row["last"], now)


async def _tell(desk: Desk, scope: Scope, report: Report, index: int, *, long: bool) -> None:
    since = report.now - LONG if long else report.received_at
    ids = [FIRST_ID + index] if index else [FIRST_ID + WRONG, FIRST_ID]  # the first is typed wrong, and corrected
    for tracking_id in ids:
        given = LinkTicket(report.id, report.version, f"#{tracking_id}", LinkDirection.INBOUND, since)
        report.version = (await link(desk.at(report.next()), scope, given)).ticket.version
    for raw in SAID[index % len(SAID)]:
        await record_status(desk.at(report.next()), scope, SaidStatus(report.id, raw))
    if long:
        await _agree(desk, scope, report)


async def _agree(desk: Desk, scope: Scope, report: Report) -> None:
    """Ask the reporter, who agrees that Ombudsman takes the case over."""
    for consent in (OmbudsmanConsent.ASKED, OmbudsmanConsent.GIVEN):
        given = Consent(report.id, report.version, consent)
        report.version = (await record(desk.at(report.next()), scope, given)).ticket.version
