"""One ticket in one transaction: locked through access, changed, saved, its events appended last (docs/adr/0016)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Ticket
from models.enums import AuditKind, EventKind, MoveMutation, TextKind, TicketStatus, Visibility
from realtime import log
from services.access import access
from services.access.scopes import Scope, actor
from services.access.states import State, changed_state, ticket_state
from services.audit import audit
from services.core import validation
from services.core.desk import Desk
from services.core.reference import Reference
from services.core.refusals import Checks
from services.core.transactions import transaction
from services.core.words import Words, changed_words, digests, words_of
from services.master_data import steering
from services.tickets import workflow
from services.tickets.clocks import rows
from services.tickets.clocks.keeping import unsaved_clocks
from services.tickets.clocks.measures import measures_of
from services.tickets.clocks.rows import read_histories
from services.tickets.clocks.ticket_clocks import TicketClocks, clocks_of
from services.tickets.records.changes import changed_names
from services.tickets.records.saving import is_plain, saving
from services.tickets.records.texts import KeptText, keep_text, mutation_name
from services.tickets.records.versions import require_version
from services.tickets.table.rows import Move, OpenMove
from services.tickets.table.stays import OF_ONE_STAY
from services.unresolved import stays


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a use case: the ticket, what was appended, and the secret for the citizen, if it is shown.

    others: further tickets that the caller shall look at, by id. answered_as: the ticket whose number the sender is
    given instead, where the report was merged into it as it came in. reference: the master data of that moment, where
    ticket is all that the database has of its row; None where its row has to be read.
    """

    ticket: Ticket
    appended: log.Appended
    replay: bool = False
    secret: str | None = None
    others: tuple[int, ...] = ()
    answered_as: int | None = None
    reference: Reference | None = None


@dataclass(slots=True, eq=False)
class Case:
    """A locked ticket on which one use case works; each is equal to itself alone.

    reference: the master data of the moment at which the lock was there. has_duplicates: reports were merged into it.
    """

    desk: Desk
    scope: Scope
    connection: BaseDBAsyncClient
    ticket: Ticket
    moment: datetime
    clocks: TicketClocks
    reference: Reference
    has_duplicates: bool
    mutation_id: str | None = None
    state: State = field(init=False)
    start: State = field(init=False)
    words: Words = field(init=False)
    columns: set[str] = field(default_factory=set)
    events: list[log.NewEvent] = field(default_factory=list)
    also_changed: set[str] = field(default_factory=set)
    checks: Checks = field(default_factory=Checks)
    appended: log.Appended = field(init=False)
    is_whole: bool = False  # whether the row was written from this ticket alone

    def __post_init__(self) -> None:
        self.start = self.state = ticket_state(self.ticket)
        self.words = words_of(self.ticket)

    def choose(self, by: MoveMutation, to: TicketStatus) -> Move:
        return workflow.choose(self.scope.sight, self.state, by, to, self.reference.reasons)

    def open_moves(self) -> tuple[OpenMove, ...]:
        return workflow.open_moves(self.scope.sight, self.state, self.reference.reasons)

    def reason_codes(self, move: Move) -> tuple[str, ...]:
        """The reasons that may be given for this move now."""
        return workflow.reason_codes(move, self.scope.sight, self.state, self.reference.reasons)

    def on_behalf_of(self) -> int | None:
        """The lead agency for whom somebody else moves."""
        lead: int | None = self.state["lead"]
        return None if lead == self.scope.agency_id else lead

    def set(self, **values: Any) -> None:
        """Give fields of the ticket new values."""
        for name, value in values.items():
            setattr(self.ticket, name, value)
        self.columns.update(values)

    def raise_version(self) -> None:
        self.set(version=self.ticket.version + 1, updated_at=self.moment)

    def enter(self, status: TicketStatus, **values: Any) -> None:
        """Set another status; what belongs to one stay in a status is cleared unless given."""
        self.set(status=status, **{**OF_ONE_STAY, **values})
        self.raise_version()

    def holds_words(self) -> None:
        """Note that the ticket gets a text, so that one that was erased before can be erased again."""
        if self.ticket.erased_at is not None:
            self.set(erased_at=None)

    async def keep(self, kind: TextKind, text: str) -> KeptText:
        self.holds_words()
        return await keep_text(self.connection, self.desk.keys, self.ticket.id, kind, text)

    def record(
        self,
        kind: EventKind,
        *,
        text: KeptText | None = None,
        changed: Iterable[str] = (),
        visibility: Visibility | None = None,
        details: dict[str, Any] | None = None,
        on_behalf_of: int | None = None,
        other_words: Words | None = None,
        at: datetime | None = None,
    ) -> None:
        """Note what has happened since the last event, with the complete states before and after.

        What was set into also_changed is told by this event besides; the words that were set since, and other_words
        beside the ticket's row, are bound to it. at: the true moment, where that is not the moment of writing.
        """
        at, details, visibility = at or self.moment, details or {}, visibility or log.usual_visibility(kind)
        after, also, self.also_changed = self._counted(kind, at, visibility, details), self.also_changed, set()
        event = log.NewEvent(
            kind=kind,
            at=at,
            visibility=visibility,
            **actor(self.scope),
            ticket_id=self.ticket.id,
            version=self.ticket.version,
            on_behalf_of_id=on_behalf_of,
            before=self.state,
            after=after,
            changed=changed_names(self.state, after, also.union(changed)),
            details=details,
            text_id=text.id if text else None,
            text_digest=text.digest if text else None,
            words=self._bound(other_words or {}),
            **mutation_name(self.desk.keys, self.ticket, self.mutation_id),
        )
        self.events.append(event)
        self.state = after

    def _counted(self, kind: EventKind, at: datetime, visibility: Visibility, details: dict[str, Any]) -> State:
        """The state after an event, with what it makes of the clocks."""
        after = ticket_state(self.ticket)
        columns = self.clocks.take(self.ticket, self.state, after, kind, at, visibility, details)
        if not columns:
            return after
        self.set(**columns)
        return after | changed_state(columns)

    def _bound(self, other_words: Words) -> dict[str, str]:
        """The digests of the words that were set since the last event."""
        before, self.words = self.words, words_of(self.ticket)
        set_now = changed_words(before, self.words) | other_words
        return digests(self.desk.keys, self.ticket.id, set_now)

    async def audit(self, kind: AuditKind, reason: str | None = None) -> None:
        """Write down in the audit log what is done to this ticket."""
        who, acting, subject = self.scope.principal, self.scope.acting, f"ticket:{self.ticket.id}"
        await audit.record(self.desk, kind, who, subject=subject, reason=reason, details=acting, using=self.connection)

    async def save(self) -> None:
        """Save what differs."""
        if self.columns:
            await self.ticket.save(using_db=self.connection, update_fields=sorted(self.columns))

    async def write(self) -> None:
        """Save what differs and append the events: the last writes before COMMIT; none where nothing happened."""
        if not self.events and not self.columns:
            return
        beside = rows.keeping(unsaved_clocks([self]))
        if self.columns and is_plain(self.columns) and not stays.concerns(self.events):
            beside.append(saving(self.ticket.id, {name: getattr(self.ticket, name) for name in sorted(self.columns)}))
            self.is_whole = True
        else:
            await self.save()
            await stays.follow(self.connection, self.events)
        self.appended = await log.append(self.connection, self.events, *beside)

    def done(self) -> Done:
        """The result. Where the assignee came after the master data was read, the row is to be read for their name."""
        named = self.ticket.assignee_id is None or self.ticket.assignee_id in self.reference.officers
        return Done(self.ticket, self.appended, reference=self.reference if self.is_whole and named else None)


@asynccontextmanager
async def locked_case(
    desk: Desk,
    scope: Scope,
    ticket_id: int | None,
    *,
    expected_version: int | None = None,
    mutation_id: str | None = None,
    names_agency: bool = False,
    checks: Checks | None = None,
    named_by: str = "id",
) -> AsyncIterator[Case]:
    """A locked ticket, saved at the end and announced after COMMIT; raises NotFound, or VersionConflict.

    checks: what the input was checked for without the ticket; what they refuse is told with all else that is wrong.
    named_by: the field of the input that names the ticket.
    names_agency: it may become known which agency is reported, so that no post there may change meanwhile.
    """
    checks = checks or Checks()
    checks(validation.mutation_id, mutation_id)
    ahead = False
    while True:
        async with transaction() as connection:
            if names_agency:
                # Before the ticket: who changes posts locks reports that become supervisory with the posts held.
                await steering.await_posts(connection)
            # The ticket is locked before all that belongs to it, so that two who change it wait here, where neither
            # holds anything else of it; the head of the log comes last, at COMMIT (docs/architecture.md).
            with checks.behind(named_by):
                ticket = await access.ticket(connection, scope, ticket_id, lock=True)
                require_version(ticket.id, ticket.version, expected_version)
            case = await case_of(desk, scope, connection, ticket)
            if ahead or not case.clocks.is_behind(ticket, desk.now()):
                async with _worked_on(case, checks, mutation_id):
                    yield case
                break
        # What has passed is committed before the use case goes on: it may raise the version, and close the ticket.
        await desk.pass_first(desk, [ticket.id])
        ahead = True
    if case.events:
        await desk.committed(case.appended.least_seq)


@asynccontextmanager
async def _worked_on(case: Case, checks: Checks, mutation_id: str | None) -> AsyncIterator[None]:
    """A use case at work: all that is wrong is told at once, and what is left is written."""
    case.checks, case.mutation_id = checks, mutation_id
    with checks.behind():
        yield
        checks.settle()
    await case.write()


async def case_of(
    desk: Desk, scope: Scope, connection: BaseDBAsyncClient, ticket: Ticket, mutation_id: str | None = None
) -> Case:
    """A case on a ticket that is locked already; its moment never lies before what is known of the ticket.

    Servers' clocks differ, and a timeline is read by time.
    """
    [case] = await cases_of(desk, scope, connection, [ticket], mutation_id)
    return case


async def cases_of(
    desk: Desk, scope: Scope, connection: BaseDBAsyncClient, tickets: Sequence[Ticket], mutation_id: str | None = None
) -> list[Case]:
    """Cases on tickets that are locked already, read in one statement however many they are."""
    if not tickets:
        return []
    found = await read_histories(connection, [ticket.id for ticket in tickets])
    reference = await desk.references.at(connection, found.epoch, found.reference_seq, desk.today())
    measures = measures_of(reference, desk.rules.zone)
    now, name = desk.now(), validation.mutation_id(mutation_id)
    return [
        Case(
            desk,
            scope,
            connection,
            each,
            max(now, each.updated_at, read.at or now),
            clocks_of(each, read, measures),
            reference,
            read.has_duplicates,
            name,
        )
        for each in tickets
        for read in (found.tickets[each.id],)
    ]
