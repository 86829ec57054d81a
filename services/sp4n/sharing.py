"""Ids of SP4N-LAPOR! that officers entered in a space of their own come into the one that all share (docs/adr/0036).

Where two officers had entered one report, the first keeps the id; the other is named in the log, and keeps its own.
"""

from __future__ import annotations

from models import ExternalLink
from models.database import connection as pooled
from models.enums import Channel, EventKind, Visibility
from models.sp4n import SP4N
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.tickets.case import locked_case

BATCH = 200  # ids of one run; our choice
DOUBLE = "sp4n-double"  # the space of each officer whose id another report holds: sp4n-double:12
OWN = f"""
SELECT x.id, x.ticket_id FROM external_link x JOIN ticket t ON t.id = x.ticket_id
WHERE x.system LIKE 'staff:%' AND t.channel = '{Channel.SP4N_LAPOR}' ORDER BY x.id LIMIT {BATCH}
"""


async def share_ids(desk: Desk) -> int:
    """Move such ids, the oldest first, each with one event of its ticket; gives how many."""
    rows = await pooled().execute_query_dict(OWN)
    return sum([await _share(desk, row["ticket_id"], row["id"]) for row in rows])


async def _share(desk: Desk, ticket_id: int, link_id: int) -> bool:
    try:
        async with locked_case(desk, SYSTEM, ticket_id) as case:
            using = case.connection
            link = await ExternalLink.filter(id=link_id, system__startswith="staff:").using_db(using).first()
            if link is None:
                return False
            taken = await ExternalLink.filter(system=SP4N, external_id=link.external_id).using_db(using).first()
            old = f"{link.system}|{link.external_id}"
            officer = link.system.removeprefix("staff:")
            link.system = SP4N if taken is None else f"{DOUBLE}:{officer}"
            await link.save(using_db=using, update_fields=["system"])
            new = f"{link.system}|{link.external_id}"
            case.set(external_keys=[new if key == old else key for key in case.ticket.external_keys])
            details = {} if taken is None else {"duplicateOf": taken.ticket_id}
            visibility = Visibility.INTER_AGENCY
            case.record(EventKind.LINK_CHANGED, changed=("timeline",), visibility=visibility, details=details)
    except EdgeRefusal as refusal:  # a busy ticket holds up no other; the next run comes back to it
        if refusal.code != "BUSY":
            raise
        return False
    return True
