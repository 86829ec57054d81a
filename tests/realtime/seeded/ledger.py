"""The database of a schedule, in memory: the log, the rows of tickets with their past, and everybody's rights."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from models.enums import REFERENCE_KINDS, ActorKind, EventKind, SubjectKind, Visibility
from realtime.log import Head, LoggedEvent
from tests.realtime.seeded.loop import SeededLoop
from tests.realtime.seeded.plans import TICKETS, Scope, State

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RowThen:
    """A ticket's row from this seq and moment on; None where it was deleted."""

    seq: int
    since: float
    row: State | None


@dataclass(slots=True)
class Principal:
    """changes: for each generation that is over, when and where in which log its end was written."""

    secret: bool = True
    generation: int = 0
    revoked: bool = False
    judgeable: bool = True
    changes: dict[int, Change] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """Where a change was written, and when it was committed."""

    epoch: str
    seq: int
    since: float


class Ledger:
    """logs keeps every log that there was, by its epoch; committed: when each event of them was."""

    def __init__(self, loop: SeededLoop) -> None:
        self.loop = loop
        self.epoch = "log-0"
        self.logs: dict[str, list[LoggedEvent]] = {self.epoch: []}
        self.committed: dict[str, list[float]] = {self.epoch: []}
        self.pasts: dict[str, dict[int, list[RowThen]]] = {}
        self.pasts[self.epoch] = {ticket: [RowThen(0, loop.time(), first_state(ticket))] for ticket in TICKETS}
        self.reference = 1
        self.references: dict[int, Change] = {}
        self.principals: dict[int, Principal] = {}
        self.replaced_at: list[float] = []

    # ---------------------------------------------------------------- reading

    @property
    def events(self) -> list[LoggedEvent]:
        return self.logs[self.epoch]

    @property
    def last(self) -> int:
        return len(self.events)

    def at(self) -> datetime:
        """The clock of the database, which never jumps."""
        return BEGIN + timedelta(seconds=self.loop.time())

    def head(self) -> Head:
        reference = max((e.seq for e in self.events if e.kind in REFERENCE_KINDS), default=0)
        return Head(seq=self.last, reference_seq=reference, epoch=self.epoch, at=self.at())

    def rows(self, tickets: Collection[int]) -> dict[int, State]:
        """The rows that there are, each with the seq of the last event that touched it."""
        past = self.pasts[self.epoch]
        return {ticket: row for ticket in tickets if (row := past[ticket][-1].row) is not None}

    def touched(self, ticket: int, upto: int) -> int:
        """The last event up to there that touched a ticket, in the log of now."""
        return max(then.seq for then in self.pasts[self.epoch][ticket] if then.seq <= upto)

    def rows_since(self, ticket: int, epoch: str, seq: int) -> list[State | None]:
        """Every row that a ticket had from this event of that log on, in the logs that came after it too."""
        rows = [then.row for then in self.pasts[epoch][ticket] if then.seq >= seq]
        later = list(self.logs)[list(self.logs).index(epoch) + 1 :]
        return rows + [then.row for name in later for then in self.pasts[name][ticket]]

    def scope_of(self, name: int, valid_until: datetime | None) -> Scope | None:
        principal = self.principals[name]
        return None if principal.revoked else Scope(name, principal.generation, principal.secret, valid_until)

    # ---------------------------------------------------------------- writing

    def change(self, ticket: int, details: dict[str, Any], **changes: Any) -> None:
        """Commit one change of a ticket; a row that is gone stays so."""
        past = self.pasts[self.epoch][ticket]
        before = past[-1].row
        if before is None:
            return
        after = {**before, **changes, "seq": self.last + 1}
        self._append(EventKind.STATUS_CHANGED, before=before, after=after, ticket_id=ticket, details=details)
        past.append(RowThen(self.last, self.loop.time(), after))

    def delete(self, ticket: int) -> None:
        """A row goes; an event tells that its ticket was touched, and shows nothing."""
        past = self.pasts[self.epoch][ticket]
        if past[-1].row is not None:
            self._append(EventKind.MERGED, before=past[-1].row, after=None, ticket_id=ticket)
            past.append(RowThen(self.last, self.loop.time(), None))

    def change_rights(self, name: int, kind: EventKind, *, anybody: bool = False, **changes: Any) -> None:
        """Commit a change of somebody's rights, which ends the scopes that were given before."""
        principal = self.principals[name]
        for field_name, value in changes.items():
            setattr(principal, field_name, value)
        subject = SubjectKind.CREDENTIAL if kind is EventKind.CREDENTIAL_REVOKED else SubjectKind.OFFICER
        self._append(kind, subject_kind=subject, subject_id=name, details={"anybody": anybody})
        principal.changes[principal.generation] = self._here()
        principal.generation += 1

    def tell_nothing(self, name: int) -> None:
        """An event that is no ticket's and changes nobody's rights."""
        self._append(EventKind.CREDENTIAL_ISSUED, subject_kind=SubjectKind.CREDENTIAL, subject_id=name)

    def ask_again(self, name: int) -> None:
        """Commit an event that makes somebody's scope be judged, which has not changed."""
        self._append(EventKind.RIGHTS_CHANGED, subject_kind=SubjectKind.OFFICER, subject_id=name)

    def change_reference(self) -> None:
        """Commit other master data, by which some plans would be made otherwise."""
        self._append(EventKind.REFERENCE_CHANGED, subject_kind=SubjectKind.REFERENCE)
        self.references[self.reference] = self._here()
        self.reference += 1

    def replace(self, keep: int) -> None:
        """Another log stands where this one was, as after a restored backup: it keeps so many events."""
        old, kept = self.epoch, self.events[:keep]
        self.epoch = f"log-{len(self.logs)}"
        self.logs[self.epoch] = list(kept)
        self.committed[self.epoch] = self.committed[old][:keep]
        self.pasts[self.epoch] = {
            ticket: [then for then in past if then.seq <= keep] for ticket, past in self.pasts[old].items()
        }
        self.replaced_at.append(self.loop.time())

    def _append(self, kind: EventKind, **more: Any) -> None:
        event = LoggedEvent(
            visibility=Visibility.PUBLIC,
            kind=kind,
            at=BEGIN,
            actor_kind=ActorKind.SYSTEM,
            seq=self.last + 1,
            recorded_at=self.at(),
            **more,
        )
        self.events.append(event)
        self.committed[self.epoch].append(self.loop.time())

    def _here(self) -> Change:
        return Change(self.epoch, self.last, self.loop.time())


def first_state(ticket: int) -> State:
    return {"ticket": ticket, "agency": 1 + ticket % 3, "secret": False, "step": 0, "seq": 0}


def read(events: Sequence[LoggedEvent], seq: int, limit: int) -> list[LoggedEvent]:
    """At most limit events after seq."""
    return list(events[seq : seq + limit])
