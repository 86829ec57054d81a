"""The ticket as clients see it. Fields without a resolver are plain: that keeps lists fast."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, cast

import strawberry

from models.enums import Channel, Classification, DeadlineStanding, HandlingClass, HiddenReason, TicketStatus
from schema.core.context import Info, Loaders
from schema.core.nodes import SHARED, Node
from schema.core.scalars import Cursor
from schema.deadlines.clocks import ShownClock
from schema.deadlines.deadlines import Deadline
from schema.deadlines.escalations import Escalation, escalations_shown
from schema.master_data.agencies import Agency
from schema.master_data.areas import Location
from schema.master_data.categories import Category
from schema.master_data.officers import Officer
from schema.tickets.allowed_moves import AllowedMove
from schema.tickets.answers import Answer, answers_shown
from schema.tickets.extensions import Extension, extensions_shown
from schema.tickets.reporter import Reporter
from schema.tickets.sp4n import Sp4nLink, link_shown
from schema.tickets.timelines import TicketEventConnection, event_connection
from schema.tickets.unresolved import UnresolvedCase, cases_shown
from services.access.access import fills
from services.core.paging import LARGEST_PAGE
from services.queries.clocks import clock_views
from services.queries.reporter_messages import Reader
from services.queries.timelines import EMPTY, window
from services.queries.views import TicketView


@strawberry.type(description="A field that is hidden from the caller, and why.")
class HiddenField:
    field: str
    reason: HiddenReason


@strawberry.type(description="Kelanjutan laporan yang digabungkan.")
class Continuation:
    number: str
    status: TicketStatus
    updated_at: datetime


def _view(ticket: object) -> TicketView:
    return cast("TicketView", ticket)


def _loaders(info: Info, view: TicketView) -> Loaders:
    return info.context.loaders.of(view)


@strawberry.type(description="A citizen's report (laporan) and where it stands.")
class Ticket(Node):
    number: str = strawberry.field(description="The tracking number that the citizen is given, e.g. KDR-2026-000123.")
    version: int = strawberry.field(
        description=(
            "Grows by one with every move and every edit of a field; send it back as expectedVersion. "
            "Notes and drafts do not raise it."
        )
    )
    title: str | None = strawberry.field(description="Judul. Null where the body is hidden.")
    body: str | None = strawberry.field(description="Isi laporan.")
    hidden: list[HiddenField] = strawberry.field(
        description=(
            "Which of the fields above and below are hidden from the caller, and why: a function of relation and "
            "flags, never of whether a value is stored."
        )
    )
    status: TicketStatus
    classification: Classification | None = strawberry.field(description="Klasifikasi. Null until verified.")
    channel: Channel = strawberry.field(description="Kanal.")
    category: Category | None
    anonymous: bool | None = strawberry.field(
        description=(
            "anonim: identity hidden from the public and from every agency; "
            "null while nobody asked, which counts as true"
        )
    )
    confidential: bool | None = strawberry.field(
        description="rahasia: content hidden from the public; null counts as true"
    )
    supervisory: bool = strawberry.field(description="berkadar pengawasan")
    reported_agency: Agency | None = strawberry.field(
        description="terlapor: while it is not known, every agency counts as reported"
    )
    lead_agency: Agency | None = strawberry.field(description="Instansi penanggung jawab.")
    supporting_agencies: list[Agency] = strawberry.field(description="Instansi pendukung.")
    assignee: Officer | None = strawberry.field(description="Petugas yang menangani.")
    location: Location | None
    received_at: datetime = strawberry.field(description="When the desk received it; every clock starts here.")
    updated_at: datetime
    hold_until: date | None = strawberry.field(description="Ditunda sampai.")
    return_count: int = strawberry.field(description="How often an agency sent it back.")
    reopen_count: int = strawberry.field(description="How often it was reopened.")
    referred_to: Agency | None = strawberry.field(
        description="Agencies that an OUT_OF_JURISDICTION report was passed to; null where it was passed to nobody."
    )
    allowed_moves: list[AllowedMove] = strawberry.field(description="What the caller may do next.")
    handling_class: HandlingClass = strawberry.field(
        description="Kelas penanganan; SUPERVISORY where supervisory is true."
    )
    due_at: datetime | None = strawberry.field(
        description=(
            "Tenggat: dueAt of the clock of the desk or of an agency that passes next, or passed first; null where "
            "none has one, and on closed tickets."
        )
    )
    standing: DeadlineStanding | None = strawberry.field(
        description="Of the clock that dueAt is about; null on closed tickets."
    )
    closed_by_silence: bool = strawberry.field(
        description="Ditutup otomatis: nobody answered in time; never to be counted as satisfied."
    )

    @strawberry.field(description="Pelapor, masked.", metadata=SHARED)
    async def reporter(self, info: Info) -> Reporter | None:
        view = _view(self)
        if "reporter" in view.hidden_reasons:
            view.withhold("reporter")
            return None
        return cast("Reporter | None", await _loaders(info, view).reporters.load(view.pk))

    @strawberry.field(description="The ticket that this one was merged into; both numbers stay alive.", metadata=SHARED)
    async def merged_into(self, info: Info) -> Ticket | None:
        view = _view(self)
        key = view.row["merged_into_id"]
        return cast("Ticket | None", await _loaders(info, view).tickets.load(key)) if key is not None else None

    @strawberry.field(
        description=(
            f"Tickets that were merged into this one and that the caller sees, oldest first, at most {LARGEST_PAGE}."
        ),
        metadata=SHARED,
    )
    async def duplicates(self, info: Info) -> list[Ticket]:
        view = _view(self)
        return cast("list[Ticket]", await _loaders(info, view).duplicates.load(view.pk))

    @strawberry.field(
        description=(
            "Of a merged ticket, for its reporter: number, status and time of change of the ticket that stays, whoever "
            "reported that one. Null for everybody else."
        ),
        metadata=SHARED,
    )
    async def continued_in(self, info: Info) -> Continuation | None:
        view = _view(self)
        if view.row["merged_into_id"] is None or not fills(view.sight, view.state, "Ticket.continuedIn"):
            return None
        return cast("Continuation | None", await _loaders(info, view).continuations.load(view.pk))

    @strawberry.field(
        description="How often it was put on hold; a hold that is prolonged is one.",
        metadata=SHARED,
    )
    async def hold_count(self, info: Info) -> int:
        view = _view(self)
        if view.lost and "holdCount" in view.hidden_reasons:
            return 0
        return await _loaders(info, view).holds.load(view.pk)

    @strawberry.field(
        description="Every clock that has started, the next to pass first; clocks that stopped come last.",
        metadata=SHARED,
    )
    async def deadlines(self, info: Info) -> list[Deadline]:
        view = _view(self)
        if "deadlines" in view.unread:
            view.withhold("deadlines")
            return []
        found = await _loaders(info, view).clocks.load(view.pk)
        views = clock_views(found, view, info.context.desk)
        return cast("list[Deadline]", [ShownClock(each, info.context.language) for each in views])

    @strawberry.field(description="Jawaban, oldest first.", metadata=SHARED)
    async def answers(self, info: Info) -> list[Answer]:
        view = _view(self)
        if "answers" in view.unread:
            view.withhold("answers")
            return []
        return answers_shown(await _loaders(info, view).answers.load(view.pk), view)

    @strawberry.field(description="Eskalasi, oldest first; for staff.", metadata=SHARED)
    async def escalations(self, info: Info) -> list[Escalation]:
        view = _view(self)
        if "escalations" in view.unread:
            view.withhold("escalations")
            return []
        return escalations_shown(await _loaders(info, view).escalations.load(view.pk), view.reference)

    @strawberry.field(
        description=(
            "Evaluasi kasus tidak terselesaikan, oldest first: one for each time that the ticket became UNRESOLVED."
        ),
        metadata=SHARED,
    )
    async def unresolved_cases(self, info: Info) -> list[UnresolvedCase]:
        view = _view(self)
        if "unresolvedCases" in view.unread:
            view.withhold("unresolvedCases")
            return []
        rows = await _loaders(info, view).cases.load(view.pk)
        return cases_shown(rows, view, info.context.desk.today())

    @strawberry.field(description="Tautan SP4N-LAPOR!; for staff.", metadata=SHARED)
    async def sp4n(self, info: Info) -> Sp4nLink | None:
        view = _view(self)
        if "sp4n" in view.unread:
            view.withhold("sp4n")
            return None
        return link_shown(await _loaders(info, view).links.load(view.pk), view)

    @strawberry.field(description="Perpanjangan, oldest first.", metadata=SHARED)
    async def extensions(self, info: Info) -> list[Extension]:
        view = _view(self)
        if "extensions" in view.unread:
            view.withhold("extensions")
            return []
        return extensions_shown(await _loaders(info, view).extensions.load(view.pk), view)

    @strawberry.field(description=f"Oldest first; first or last is required, at most {LARGEST_PAGE}.", metadata=SHARED)
    async def timeline(
        self,
        info: Info,
        first: int | None = None,
        after: Cursor | None = None,
        last: int | None = None,
        before: Cursor | None = None,
    ) -> TicketEventConnection:
        part, view = window(first, after, last, before, info.context.desk.cursors), _view(self)
        if "timeline" in view.unread:
            view.withhold("timeline")
            return event_connection(EMPTY)
        page = await _loaders(info, view).timeline(part).load(view.pk)
        return event_connection(page, Reader(info.context.language, info.context.desk.rules.zone))

    shown_by: ClassVar = TicketView

    @classmethod
    def is_type_of(cls, value: Any, _info: object) -> bool:
        return isinstance(value, TicketView)
