"""The numbers of the wallboard, as screens see them."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from models.enums import DeadlineStanding, TicketStatus
from schema.core.scalars import Cursor
from schema.master_data.agencies import Agency
from schema.master_data.categories import Category
from services.board.due_first import DUE_FIRST
from services.board.usual import LEAST_DAYS, MOST_DAYS, WEEKS
from services.core.desk import STANDARD
from services.core.links import Link

LEAST = STANDARD.least_cell


@strawberry.type(description="Whether a part works, and since when it is so.")
class LinkState:
    link: Link = strawberry.field(
        description="REDIS: changes arrive at once. DATABASE: the log is read. WORKER: the server looks at the log."
    )
    ok: bool
    since: datetime


@strawberry.type
class StatusCount:
    status: TicketStatus
    count: int = strawberry.field(description="Tickets of total that stand here now.")


@strawberry.type
class AgencyLoad:
    agency: Agency
    open: int = strawberry.field(description="Open tickets that it leads.")
    overdue: int = strawberry.field(description="Those of them that are overdue.")
    due_soon: int = strawberry.field(description="Those of them that are due soon.")
    oldest_open_at: datetime | None = strawberry.field(description="When the oldest of them was received.")


@strawberry.type
class CategoryCount:
    category: Category | None = strawberry.field(
        description="The ticket's own category; null: it has none yet, or is one of few."
    )
    count: int = strawberry.field(description="Tickets of total in it, without those of categories below.")


@strawberry.type
class AreaCount:
    code: str = strawberry.field(description="The kecamatan's code; empty: the place is not known, or one of few.")
    name: str
    count: int = strawberry.field(description="Tickets of total that lie there.")


@strawberry.type(description="One day in the desk's zone (WIB).")
class TrendDay:
    day: date
    received: int = strawberry.field(description="Tickets of total that were received on this day.")
    resolved: int = strawberry.field(
        description="Tickets of total that are RESOLVED now and last became so on this day."
    )
    dispatched: int | None = strawberry.field(
        description=(
            "Diterima dari meja: tickets of total that were last dispatched to the board's agency on this day, "
            "whenever they came in; null on a board of several agencies."
        )
    )
    working_day: bool = strawberry.field(description="Hari kerja: whether the desk works on this day.")
    day_off: str | None = strawberry.field(
        description=(
            "The name of a libur nasional or cuti bersama, in Indonesian; null on other days, weekends included."
        )
    )


@strawberry.type
class OldTicket:
    number: str
    agency: Agency | None
    category: Category | None
    received_at: datetime
    status: TicketStatus
    standing: DeadlineStanding
    due_on: date | None = strawberry.field(
        description=(
            "The last day in time (WIB), of the clock of the desk or of an agency that passes next, or passed first; "
            "null while it rests without a date, and where no rule bounds it."
        )
    )
    working_days_left: int | None = strawberry.field(
        description=(
            "Sisa hari kerja of who has the ticket: those after today up to dueOn, 0 on that day. Of an OVERDUE ticket "
            "0 or less: so many working days have passed since dueOn, today included. Null where dueOn is."
        )
    )
    hold_until: date | None = strawberry.field(
        description="Ditunda sampai: when to look again; null unless status is ON_HOLD."
    )


@strawberry.type(description="Nothing of the reporter, the body or an exact place.")
class WallboardChange:
    at: datetime
    number: str
    to: TicketStatus
    agency: Agency | None = strawberry.field(description="The lead agency right after the change.")
    category: Category | None


@strawberry.type(
    description=(
        "Confidential and supervisory tickets are outside a display's sight in totals, parts and lists alike, so parts "
        "always add up to totals; withheld tells of their number on a whole board. Where a partner or a "
        f"display narrows a board by category, channel or kecamatan, parts below {LEAST} are counted under the last "
        "entry."
    )
)
class WallboardSnapshot:
    as_of: datetime = strawberry.field(description="When the numbers were read; older than now while a link is down.")
    cursor: Cursor = strawberry.field(description="The position of the log that the numbers show.")
    build: str = strawberry.field(description="A new value means that the page should reload.")
    links: list[LinkState]
    city: str | None = strawberry.field(description="The city's name; null before its master data was seeded.")
    agency: Agency | None = strawberry.field(
        description=(
            "Whose board it is: the agency of a display's board, else the only one that the filter names; null: the "
            "city's."
        )
    )
    total: int = strawberry.field(description="All tickets in sight that meet the filter, closed ones included.")
    open: int = strawberry.field(description="Tickets of total for which the desk still owes something.")
    overdue: int = strawberry.field(
        description=(
            "Lewat tenggat: open tickets with standing OVERDUE, whatever their status: a hold or a question to the "
            "reporter does not hide it, an answer does."
        )
    )
    due_soon: int = strawberry.field(
        description=(
            "Mendekati tenggat: open tickets with standing DUE_SOON: the last day is today or the next working day, or "
            "a third of their hours is left."
        )
    )
    overdue_limit: int | None = strawberry.field(
        description=(
            "Batas kota: above so many overdue tickets the board alarms, by a dated row of the city's folder. Null "
            "where the city sets none, and on boards that a filter, a grant's rows or a display's agency narrows."
        )
    )
    due_today: int = strawberry.field(description="Those of dueSoon whose last day is today.")
    open_without_agency: int = strawberry.field(
        description="Open tickets that no agency leads yet: with byAgency's they add up to open."
    )
    overdue_without_agency: int = strawberry.field(
        description="Overdue tickets that no agency leads yet: with byAgency's they add up to overdue."
    )
    received_today: int = strawberry.field(description="Since midnight WIB; the last day of trend.")
    resolved_today: int = strawberry.field(description="Since midnight WIB; the last day of trend.")
    dispatched_today: int | None = strawberry.field(
        description=(
            "Diterima dari meja hari ini: dispatched to the board's agency since midnight WIB; the last day of trend. "
            "Null on a board of several agencies."
        )
    )
    usual_received: int | None = strawberry.field(
        description=(
            f"Biasanya pada jam ini: of total, what had come in before this minute of the day on the last {MOST_DAYS} "
            f"same weekdays within {WEEKS} weeks that were working days, if today is one, or days off, if today is "
            "one: the median, the lower one of two. As of asOf; it does not hasten a frame. Null where fewer than "
            f"{LEAST_DAYS} such days lie after the desk's first ticket, and to partners; displays are told it of the "
            "whole city only, without a filter."
        )
    )
    withheld: int | None = strawberry.field(
        description=(
            f"Confidential or supervisory tickets outside the caller's sight that meet the filter; null below {LEAST}. "
            "With a filter, and always for partners and displays, rounded down to a multiple of "
            f"{LEAST}. Partners and displays are told it of a whole board only: null where a filter, a grant's rows "
            "or a display's agency narrows it."
        )
    )
    too_few: bool = strawberry.field(
        description=(
            f"Whether fewer than {LEAST} tickets, be it none, meet what narrows a partner's or a display's board twice "
            "(say by category and by kecamatan): then every number is 0 and every list is empty. So they are where "
            "that is no single cell: three things, agencies besides, several values of one, or a category with "
            "others below."
        )
    )
    by_status: list[StatusCount] = strawberry.field(description="Every status; adds up to total.")
    by_agency: list[AgencyLoad] = strawberry.field(
        description="Agencies that lead open tickets, the most loaded first; with openWithoutAgency adds up to open."
    )
    by_lateness: list[AgencyLoad] = strawberry.field(
        description=(
            "The same as byAgency, those with the most overdue tickets first, then with the most that are due soon, "
            "then the most loaded."
        )
    )
    by_category: list[CategoryCount] = strawberry.field(description="The largest first; adds up to total.")
    by_kecamatan: list[AreaCount] = strawberry.field(description="By code; adds up to total.")
    trend: list[TrendDay] = strawberry.field(description="The last 30 days in WIB, today last.")
    oldest_open: list[OldTicket] = strawberry.field(description="The 10 open tickets that were received first.")
    due_first: list[OldTicket] = strawberry.field(
        description=(
            f"The {DUE_FIRST} open tickets whose day comes first, the longest overdue at the top: by dueOn, those on "
            "hold without one by holdUntil, or today where that is over, after what is due that day, then those with "
            "neither; of the same day the one that was received first."
        )
    )
    latest: list[WallboardChange] = strawberry.field(description="The last 12 status changes, newest first.")
