"""The feed for clients that pull: the next status changes after a cursor, a page at a time (docs/adr/0001)."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.database import connection
from realtime import log
from services.access.filters.filters import TicketFilter
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.paging import page_size
from services.core.refusals import Checks
from services.feeds.decisions import StatusChange, may_show, status_change
from services.feeds.feeds import Watch, decode_cursor, load, watch

PAGE_OF_LOG = 500
PAGES_PER_CALL = 10


@dataclass(frozen=True, slots=True)
class StatusChangePage:
    """A page of the feed for clients that pull; cursor moves on when the page is empty too."""

    changes: list[StatusChange]
    cursors: list[str]
    has_next: bool
    cursor: str
    reset: bool = False


@dataclass(slots=True)
class _Pull:
    position: int
    changes: list[StatusChange] = field(default_factory=list)
    finished: bool = False


async def status_changes(
    desk: Desk, scope: Scope, wanted: TicketFilter, first: int, after: str | None, checks: Checks | None = None
) -> StatusChangePage:
    """The next status changes after a cursor, at most first; without one, none, and the cursor from which to go on.

    reset tells that the cursor lies beyond the horizon, in another log or ahead of this one: reload the list first.
    checks: what was checked of the same arguments before.
    """
    checks = checks or Checks()
    size = checks(page_size, first)
    watched = await checks.awaited(watch(desk, scope, wanted))
    position = checks(decode_cursor, desk, after)
    checks.settle()
    head = await log.head(connection())
    if position is None:
        return StatusChangePage([], [], has_next=False, cursor=desk.cursors.seal_position(head.epoch, head.seq))
    elsewhere = position.epoch != head.epoch or position.seq > head.seq
    if elsewhere or await _too_far(desk, watched, position.seq, head.seq):
        cursor = desk.cursors.seal_position(head.epoch, head.seq)
        return StatusChangePage([], [], has_next=False, cursor=cursor, reset=True)
    return await _pulled(desk, watched, head.epoch, position.seq, size)


async def _too_far(desk: Desk, watched: Watch, seq: int, head: int) -> bool:
    """Whether a cursor lies beyond the horizon, which is the same for those who are pushed to."""
    missed, rules = head - seq, desk.rules
    if missed > rules.horizon_reach or await _too_old(desk, seq):
        return True
    return missed > rules.horizon_matches and await _too_many(desk, watched, seq)


async def _too_many(desk: Desk, watched: Watch, seq: int) -> bool:
    """Whether more changes after seq match than the horizon holds."""
    most, pull = desk.rules.horizon_matches, _Pull(seq)
    while not pull.finished and len(pull.changes) <= most:
        await _pull_page(desk, watched, pull, most + 1)
    return len(pull.changes) > most


async def _too_old(desk: Desk, seq: int) -> bool:
    """Whether the first event after seq lies beyond the horizon."""
    events, _ = await log.read_after(connection(), seq, 1)
    return bool(events) and events[0].recorded_at < desk.now() - desk.rules.horizon


async def _pulled(desk: Desk, watched: Watch, epoch: str, seq: int, size: int) -> StatusChangePage:
    pull = _Pull(seq)
    for _ in range(PAGES_PER_CALL):
        await _pull_page(desk, watched, pull, size)
        if pull.finished or len(pull.changes) >= size:
            break
    shown = desk.cursors.seal_feed
    return StatusChangePage(
        changes=pull.changes,
        cursors=[shown(epoch, change.event.seq) for change in pull.changes],
        has_next=not pull.finished,
        cursor=desk.cursors.seal_position(epoch, pull.position),
    )


async def _pull_page(desk: Desk, watched: Watch, pull: _Pull, size: int) -> None:
    """Read on in the log until the page is full, this part of the log is read, or the log ends."""
    events, head = await log.read_after(connection(), pull.position, PAGE_OF_LOG)
    likely = [event for event in events if may_show(event, watched.sight) and watched.holds(event.after)]
    tickets = await load(desk, {event.ticket_id for event in likely if event.ticket_id is not None})
    for event in likely:
        change = status_change(event, watched, tickets.get(event.ticket_id or 0))
        if change is not None and len(pull.changes) < size:
            pull.changes.append(change)
        elif change is not None:
            pull.position = event.seq - 1
            return
    pull.position = events[-1].seq if events else pull.position
    pull.finished = pull.position >= head.seq
