"""What an event of the log shows to the feed of one officer's notifications (docs/adr/0031)."""

from __future__ import annotations

from dataclasses import dataclass

from models.enums import NOTIFICATION_KINDS, EventKind
from realtime.log import LoggedEvent
from services.feeds.feeds import LoadedTicket
from services.notifications.notifications import FIELD, NotificationReader

Keys = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Added:
    """A notification came."""

    key: int


@dataclass(frozen=True, slots=True)
class Cleared:
    """These were read, or went with the right to see their ticket."""

    keys: tuple[int, ...]


def keys_of(reader: NotificationReader) -> Keys:
    """The key of which every event has one that this reader's feed may show."""
    return frozenset({(FIELD, reader.officer_id)})


def interests(event: LoggedEvent) -> Keys | None:
    """The officers whom an event of notifications concerns; None for any other event."""
    if event.kind not in NOTIFICATION_KINDS:
        return None
    return frozenset((FIELD, int(officer)) for officer in event.details["to"])


def shown_to(event: LoggedEvent, reader: NotificationReader, now: LoadedTicket | None) -> Added | Cleared | None:
    """What an event shows to a reader; now is the ticket that it is about as it is loaded, if it is about one."""
    found = event.details["to"].get(str(reader.officer_id)) if event.kind in NOTIFICATION_KINDS else None
    if found is None:
        return None
    sees = now is not None and reader.rule.holds(now.state)
    if event.kind is EventKind.NOTIFIED:
        return Added(found) if sees or "ticket" not in event.details else None
    return None if sees else Cleared(tuple(found))
