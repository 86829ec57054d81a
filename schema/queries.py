"""The root query."""

from __future__ import annotations

from datetime import date
from typing import cast

import strawberry

from models.enums import AgencyKind
from schema.audit import AuditEntryConnection, AuditFilterInput, audit_log
from schema.board.board import BoardFilter, on_values_as_written, wallboard_of, wanted_board
from schema.board.snapshot import WallboardSnapshot
from schema.core.context import Context, Info
from schema.core.nodes import Node, page_info
from schema.core.scalars import Cursor
from schema.core.semantic_nulls import NULL_ONLY_IF_REFUSED
from schema.credentials.viewer import Viewer, viewer_of
from schema.deadline_rules import DeadlineImpact, impact_shown
from schema.deadlines.calendars import CalendarDay, WorkCalendar, calendars_shown, day_shown
from schema.deadlines.deadlines import Deadline, deadline_shown
from schema.deadlines.escalations import EscalationRule, rule_shown
from schema.deadlines.policies import DeadlinePolicy, policy_shown
from schema.deadlines.questions import DeadlineQuestionInput
from schema.deadlines.rule_inputs import ChangeDeadlineRulesInput
from schema.displays import Display, DisplayRequest, displays_shown, request_shown
from schema.evaluation import EvaluationQuery
from schema.execution.selection import row_attributes
from schema.feeds.changes import TicketStatusChangeConnection, change_connection
from schema.master_data.agencies import Agency
from schema.master_data.areas import Area
from schema.master_data.categories import Category
from schema.master_data.officers import Officer, OfficerConnection, OfficerEdge
from schema.node_lookup import node_of
from schema.notifications.notifications import NotificationConnection, notification_connection
from schema.partners.partners import Partner, partners_shown
from schema.staff.staff import StaffConnection, staff_connection
from schema.tickets.connections import TicketConnection, ticket_connection
from schema.tickets.filters import TicketFilter, wanted
from schema.tickets.listing import feed_cursor, order_of
from schema.tickets.tickets import Ticket
from services.access.scopes import require_signed_in
from services.board import board
from services.core.nodes import key_of
from services.core.paging import LARGEST_PAGE
from services.core.reference import Reference
from services.core.refusals import Checks, bad_input
from services.credentials.prefetch import rows_of
from services.feeds import pull
from services.inputs.numbers import tracking_number
from services.master_data.officers import officer_page
from services.queries.columns import columns_for
from services.queries.deadline_questions import days_of_year, deadline_for, require_staff
from services.queries.lists import lists
from services.queries.lists.orders import TicketOrder
from services.queries.tickets import ticket_by_id, ticket_by_number


@strawberry.type
class Query(EvaluationQuery):
    @strawberry.field(description="The caller.", directives=NULL_ONLY_IF_REFUSED)
    async def viewer(self, info: Info) -> Viewer | None:
        return await viewer_of(info.context, info.context.scope)

    @strawberry.field(description="Anything by its global id; null where it is absent or hidden.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002
        return cast("Node | None", await node_of(info.context, id))

    @strawberry.field(description="Exactly one of id and number.")
    async def ticket(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002
        number: str | None = None,
    ) -> Ticket | None:
        checks, context = Checks(), info.context
        if (id is None) == (number is None):
            checks.keep(bad_input("ID_OR_NUMBER", "id"))
        if number is not None and tracking_number(number) is None:
            checks.keep(bad_input("BAD_NUMBER", "number"))
        checks.settle()
        if number is not None:
            found = await ticket_by_number(context.desk, context.scope, number)
        else:
            found = await ticket_by_id(context.desk, context.scope, key_of(str(id), "Ticket"))
        return cast("Ticket | None", context.noting(found))

    @strawberry.field(
        description=(
            f"first is 1 to {LARGEST_PAGE}. The worklist WAITING comes as LONGEST_UNCHANGED unless orderBy is given."
        ),
        directives=NULL_ONLY_IF_REFUSED,
    )
    async def tickets(
        self,
        info: Info,
        first: int,
        filter: TicketFilter | None = None,  # noqa: A002
        order_by: TicketOrder | None = TicketOrder.NEWEST_FIRST,
        after: Cursor | None = None,
    ) -> TicketConnection | None:
        require_signed_in(info.context.scope)
        desk, scope, prefetch = info.context.desk, info.context.scope, info.context.prefetch
        read = rows_of if prefetch is None else prefetch.rows
        order = order_of(info, order_by, filter)
        columns = columns_for(row_attributes(info._raw_info))
        asked = wanted(filter, checks := Checks())
        page = await lists.ticket_page(
            desk, scope, asked, order, first, after, columns=columns, checks=checks, read=read
        )
        for view in page.tickets:
            view.redactions = info.context.redactions
        return ticket_connection(page, lambda: page.began or feed_cursor(info.context, filter, page))

    @strawberry.field(
        description="Instansi; those of kind EXTERNAL only where kinds asks for them.", directives=NULL_ONLY_IF_REFUSED
    )
    async def agencies(self, info: Info, kinds: list[AgencyKind] | None = None) -> list[Agency] | None:
        reference = await info.context.desk.reference()
        shown = set(AgencyKind) - {AgencyKind.EXTERNAL} if kinds is None else set(kinds)
        return cast("list[Agency]", [ref for ref in reference.agencies.values() if ref.kind in shown])

    @strawberry.field(
        description="Layar: every screen that was let in, those that hang first. For admins and coordinators.",
        directives=NULL_ONLY_IF_REFUSED,
    )
    async def displays(self, info: Info) -> list[Display] | None:
        return await displays_shown(info.context)

    @strawberry.field(description="The screen that shows this code; null where none waits with it. Tries are counted.")
    async def display_request(self, info: Info, user_code: str) -> DisplayRequest | None:
        return await request_shown(info.context, user_code)

    @strawberry.field(description="Mitra, with what is agreed with each. For admins.", directives=NULL_ONLY_IF_REFUSED)
    async def partners(self, info: Info) -> list[Partner] | None:
        return await partners_shown(info.context)

    @strawberry.field(
        description=(
            "Catatan audit, newest first: all of it for admins; for other staff what they did and what was done to "
            f"them; for a citizen's session what was done to its ticket. first is 1 to {LARGEST_PAGE}."
        ),
        directives=NULL_ONLY_IF_REFUSED,
    )
    async def audit_log(
        self,
        info: Info,
        first: int,
        filter: AuditFilterInput | None = None,  # noqa: A002
        after: Cursor | None = None,
    ) -> AuditEntryConnection | None:
        require_signed_in(info.context.scope)
        return await audit_log(info, filter, first, after)

    @strawberry.field(
        description="Akun petugas, by name, with all assignments. For admins.", directives=NULL_ONLY_IF_REFUSED
    )
    async def staff(
        self,
        info: Info,
        first: int,
        search: str | None = None,
        include_ended: bool = False,
        after: Cursor | None = None,
    ) -> StaffConnection | None:
        require_signed_in(info.context.scope)
        return await staff_connection(info.context, first, after, search, ended=include_ended)

    @strawberry.field(description="Kategori, in two levels.", directives=NULL_ONLY_IF_REFUSED)
    async def categories(self, info: Info) -> list[Category] | None:
        return cast("list[Category]", list((await info.context.desk.reference()).categories.values()))

    @strawberry.field(description="Kelurahan, by code.", directives=NULL_ONLY_IF_REFUSED)
    async def areas(self, info: Info) -> list[Area] | None:
        return cast("list[Area]", list((await info.context.desk.reference()).areas.values()))

    @strawberry.field(
        description="Kalkulator tenggat: when a report would be due, and why; null where no rule bounds it. For staff."
    )
    async def deadline_for(self, info: Info, input: DeadlineQuestionInput) -> Deadline | None:  # noqa: A002
        require_signed_in(info.context.scope)
        found = await deadline_for(info.context.desk, info.context.scope, input.to_question())
        return None if found is None else deadline_shown(found, info.context.language)

    @strawberry.field(
        description="Kebijakan tenggat, as they stand on a day; today where it is left out. For staff.",
        directives=NULL_ONLY_IF_REFUSED,
    )
    async def deadline_policies(self, info: Info, on: date | None = None) -> list[DeadlinePolicy] | None:
        reference = await _rules(info.context)
        return [policy_shown(row, reference) for row in reference.policies.on(on or info.context.desk.today())]

    @strawberry.field(description="Kalender kerja. For staff.", directives=NULL_ONLY_IF_REFUSED)
    async def work_calendars(self, info: Info) -> list[WorkCalendar] | None:
        return calendars_shown(await _rules(info.context), info.context.desk.today())

    @strawberry.field(
        description="Hari libur, cuti bersama and the like of a year, by day. For staff.",
        directives=NULL_ONLY_IF_REFUSED,
    )
    async def calendar_days(self, info: Info, year: int) -> list[CalendarDay] | None:
        return [day_shown(special) for special in days_of_year(await _rules(info.context), year)]

    @strawberry.field(
        description=(
            "What a change of calendar or rules would move; changes nothing. For coordinators and admins. It does not "
            "look at expectedVersion."
        ),
        directives=NULL_ONLY_IF_REFUSED,
    )
    async def preview_deadline_rules(
        self,
        info: Info,
        input: ChangeDeadlineRulesInput,  # noqa: A002
    ) -> DeadlineImpact | None:
        require_signed_in(info.context.scope)
        return await impact_shown(info.context, input)

    @strawberry.field(description="Aturan eskalasi, as they stand today. For staff.", directives=NULL_ONLY_IF_REFUSED)
    async def escalation_rules(self, info: Info) -> list[EscalationRule] | None:
        reference = await _rules(info.context)
        return [rule_shown(rule) for rule in reference.ladder.on(info.context.desk.today())]

    @strawberry.field(description="Petugas, by name; for staff only.", directives=NULL_ONLY_IF_REFUSED)
    async def officers(
        self,
        info: Info,
        first: int,
        agency_code: str | None = None,
        search: str | None = None,
        after: Cursor | None = None,
    ) -> OfficerConnection | None:
        require_signed_in(info.context.scope)
        page = await officer_page(info.context.desk, info.context.scope, agency_code, search, first, after)
        nodes = cast("list[Officer]", page.officers)
        return OfficerConnection(
            edges=[OfficerEdge(cursor=Cursor(at), node=node) for at, node in zip(page.cursors, nodes, strict=True)],
            page_info=page_info(page.cursors, has_next=page.has_next, has_previous=page.has_previous),
        )

    @strawberry.field(
        description=(
            "The feed for clients that pull (cron jobs, firewalls): same events, same rights, same cursors as "
            "ticketStatusChanged. Without after it gives the place from which to go on."
        ),
        directives=NULL_ONLY_IF_REFUSED,
    )
    async def ticket_status_changes(
        self,
        info: Info,
        first: int,
        filter: TicketFilter | None = None,  # noqa: A002
        after: Cursor | None = None,
    ) -> TicketStatusChangeConnection | None:
        desk, scope = info.context.desk, info.context.scope
        asked = wanted(filter, checks := Checks())
        page = await pull.status_changes(desk, scope, asked, first, after, checks)
        for change in page.changes:
            info.context.noting(change.ticket)
        return change_connection(page)

    @strawberry.field(
        description=(
            "Papan pantau: the numbers of the desk as the caller sees it, for staff, partners and displays. "
            "At most 3 statements however large the desk."
        ),
        directives=NULL_ONLY_IF_REFUSED,
    )
    async def wallboard(
        self,
        info: Info,
        filter: BoardFilter | None = None,  # noqa: A002
    ) -> WallboardSnapshot | None:
        board.require_office(info.context.scope)
        desk = info.context.desk
        asker = info.context.scope.principal
        with on_values_as_written(filter):
            shown = await board.snapshot(desk, info.context.sight, wanted_board(filter), asker)
        return wallboard_of(desk, shown)

    @strawberry.field(
        description="Pemberitahuan, the latest first; one's own. For staff.", directives=NULL_ONLY_IF_REFUSED
    )
    async def notifications(
        self, info: Info, first: int, unread_only: bool = False, after: Cursor | None = None
    ) -> NotificationConnection | None:
        return await notification_connection(info.context, first, after, unread_only=unread_only)


async def _rules(context: Context) -> Reference:
    """Calendars and policies, for staff; raises UNAUTHENTICATED and FORBIDDEN."""
    require_signed_in(context.scope)
    require_staff(context.scope)
    return await context.desk.reference()
