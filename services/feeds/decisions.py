"""What an event of the log shows to a caller: a status change, or what becomes of a ticket in a live list.

An event is shown only if its ticket is visible both in the state right after it and in the row as loaded now.
Decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from models.enums import EventKind, PrincipalKind, TicketStatus
from realtime.log import LoggedEvent
from services.access.scopes import Sight
from services.access.states import known_status
from services.core.reference import Reference
from services.feeds.changes import readable_changes, reads_status
from services.feeds.feeds import LoadedTicket, Watch
from services.queries.views import TicketView

Changes = Callable[[LoggedEvent, Sight, Reference], list[str]]


def view_of(now: LoadedTicket, sight: Sight) -> TicketView:
    """A ticket as it is now, for this sight."""
    return TicketView(now.row, now.reference, sight)


@dataclass(frozen=True, slots=True)
class Seen:
    """An event that a caller may see, and the ticket as it is now, of which a view is made where it is asked for."""

    event: LoggedEvent
    now: LoadedTicket
    sight: Sight

    @property
    def ticket(self) -> TicketView:
        return view_of(self.now, self.sight)


@dataclass(frozen=True, slots=True)
class StatusChange(Seen):
    """One status change that a caller may see."""

    from_: TicketStatus | None
    to: TicketStatus


def moves(event: LoggedEvent) -> bool:
    """Whether the ticket has another status after an event than before it."""
    before, after = event.before, event.after
    return after is not None and (before is None or before.get("status") != after.get("status"))


def status_change(event: LoggedEvent, watched: Watch, now: LoadedTicket | None) -> StatusChange | None:
    """The status change that this event shows; the filter is applied to the state right after it.

    The reporter of a merged report is shown the changes of the ticket that stays as those of their own report.
    """
    if now is None or not reads_status(watched.sight):
        return None
    from_, to = _continued(event) if _follows(event, watched.sight) else _moved(event)
    if to is None or not watched.holds(event.after) or not watched.sees(now.state):
        return None
    return StatusChange(event, now, watched.sight, from_, to)


def _moved(event: LoggedEvent) -> tuple[TicketStatus | None, TicketStatus | None]:
    return (known_status(event.before), known_status(event.after)) if moves(event) else (None, None)


def may_show(event: LoggedEvent, sight: Sight) -> bool:
    """Whether an event can be a status change for this sight, whichever ticket it is of."""
    return moves(event) or _follows(event, sight)


def _follows(event: LoggedEvent, sight: Sight) -> bool:
    return event.kind is EventKind.CONTINUATION_CHANGED and sight.kind is PrincipalKind.CITIZEN


def _continued(event: LoggedEvent) -> tuple[TicketStatus | None, TicketStatus | None]:
    from_, to = (known_status({"status": event.details.get(name)}) for name in ("from", "to"))
    return from_, to


class LeftReason(StrEnum):
    FILTER = "FILTER"
    NOT_VISIBLE = "NOT_VISIBLE"


@dataclass(frozen=True, slots=True)
class Entered(Seen):
    """A ticket came into a list."""


@dataclass(frozen=True, slots=True)
class Updated(Seen):
    """A ticket of a list changed."""

    changed: list[str]


@dataclass(frozen=True, slots=True)
class Left:
    event: LoggedEvent
    ticket_id: int
    reason: LeftReason


def membership(
    event: LoggedEvent, watched: Watch, now: LoadedTicket | None, changes: Changes = readable_changes
) -> Entered | Updated | Left | None:
    """What this event does to a live list, decided from the state before and after, for filter and rights alike.

    changes: where the names of what changed are asked for.
    """
    if now is None or event.after is None or event.ticket_id is None:
        return None
    was, stays = watched.holds(event.before), watched.holds(event.after)
    if was and not stays:
        gone = not watched.sees(event.after) or not watched.sees(now.state)
        return Left(event, event.ticket_id, LeftReason.NOT_VISIBLE if gone else LeftReason.FILTER)
    if not stays or not watched.sees(now.state):
        return None
    if not was:
        return Entered(event, now, watched.sight)
    changed = changes(event, watched.sight, now.reference)
    return Updated(event, now, watched.sight, changed) if changed else None


def visible_mutation_id(event: LoggedEvent, sight: Sight) -> str | None:
    """The clientMutationId of an event: for staff where staff sent it, for a partner where that partner did."""
    actor, _, key = (event.actor_id or "").partition(":")
    if sight.kind is PrincipalKind.STAFF and actor == "officer":
        return event.client_mutation_id
    if sight.kind is PrincipalKind.PARTNER and (actor, key) == ("client", str(sight.client_id)):
        return event.client_mutation_id
    return None
