"""The calculator for reports that need not exist: when one would be due, and why (docs/adr/0027)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from zoneinfo import ZoneInfo

from models.enums import Channel, Classification, ClockKind, HandlingClass, TicketStatus
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.reference import CategoryRef, Reference, spelled
from services.core.refusals import Checks, EdgeRefusal, bad_input
from services.deadlines.calendars import NoWorkingDay, SpecialDay
from services.deadlines.counting import read_clock
from services.deadlines.lives import StatusStep
from services.deadlines.policies import YEARS_TO_COME, Properties
from services.deadlines.readings import Reading

MOST_STEPS = 200  # our choice: many times what a report has
LARGEST_EXTENSION = 366  # units; our choice: a year of days
LONGEST_HISTORY = timedelta(days=3_653)  # our choice: ten years
FIRST_DAY = validation.OLDEST.date()


@dataclass(frozen=True, slots=True)
class QuestionStep:
    """From this moment on; agency_code is who leads from then on, None as before."""

    at: datetime
    status: TicketStatus
    hold_until: date | None = None
    agency_code: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A report that need not exist; steps are its statuses after RECEIVED, in the order of their moments."""

    received_at: datetime
    clock: ClockKind = ClockKind.RESOLUTION
    classification: Classification | None = None
    handling_class: HandlingClass | None = None
    channel: Channel | None = None
    category_code: str | None = None
    sp4n_created_at: datetime | None = None
    extension: int = 0
    steps: tuple[QuestionStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the calculator says, with what its words are made of."""

    reading: Reading
    reference: Reference
    zone: ZoneInfo


def require_staff(scope: Scope) -> None:
    """Calendar and policies are for staff; raises FORBIDDEN."""
    if not scope.is_staff:
        raise EdgeRefusal("FORBIDDEN", "STAFF_ONLY")


def days_of_year(reference: Reference, year: int) -> list[SpecialDay]:
    """The days of a year that differ, by day; raises BAD_INPUT for what is no year."""
    if not MINYEAR <= year <= MAXYEAR:
        raise bad_input("NO_YEAR", "year", first=MINYEAR, last=MAXYEAR)
    return reference.calendar.of_year(year)


async def deadline_for(desk: Desk, scope: Scope, question: Question) -> Answer | None:
    """When a report would be due; None where no rule bounds it. For staff; raises BAD_INPUT for what can not be."""
    require_staff(scope)
    return answer(question, await desk.reference(), desk.rules.zone)


def answer(question: Question, reference: Reference, zone: ZoneInfo) -> Answer | None:
    """The same by the master data at hand."""
    steps, category = _checked(question, reference, zone)
    day = question.received_at.astimezone(zone).date()
    properties = Properties(
        question.classification,
        question.handling_class or HandlingClass.ORDINARY,
        question.channel,
        steps[-1].agency_code,
        tuple(_upward(category)),
    )
    policy = reference.policies.policy(question.clock, properties, day)
    national = question.clock is ClockKind.NATIONAL
    if policy is None or (national and question.sp4n_created_at is None):
        return None
    since = question.sp4n_created_at if national else None
    as_of = max(steps[-1].at, since or steps[-1].at)
    try:
        found = read_clock(
            question.clock, policy, steps, reference.calendar, zone, as_of, extension=question.extension, since=since
        )
    except NoWorkingDay:
        raise bad_input("NO_WORKING_DAY", "input") from None
    if found is not None and found.unknown_years:
        raise bad_input("YEAR_WITHOUT_CALENDAR", "input", "receivedAt", year=found.unknown_years[0])
    return None if found is None else Answer(found, reference, zone)


def _checked(question: Question, reference: Reference, zone: ZoneInfo) -> tuple[list[StatusStep], CategoryRef | None]:
    """The steps with the city's own codes, and the category; refuses all that is wrong at once."""
    checks = Checks()
    _check_moments(checks, question, reference.day, zone)
    if not 0 <= question.extension <= LARGEST_EXTENSION:
        checks.keep(bad_input("EXTENSION_RANGE", "input", "extension", limit=LARGEST_EXTENSION))
    category = checks(_category, reference, question.category_code)
    if len(question.steps) > MOST_STEPS:
        checks.keep(bad_input("TOO_MANY_STEPS", "input", "history", limit=MOST_STEPS))
    made = [StatusStep(question.received_at, TicketStatus.RECEIVED)]
    for index, step in enumerate(question.steps[:MOST_STEPS]):
        for refusal in _wrong(step, made[-1].at, question.received_at, zone, ("input", "history", str(index))):
            checks.keep(refusal)
        agency = checks(_agency, reference, step.agency_code, index)
        made.append(StatusStep(step.at, step.status, agency or made[-1].agency_code, step.hold_until))
    checks.settle()
    return made, category


def _check_moments(checks: Checks, question: Question, today: date, zone: ZoneInfo) -> None:
    """Keep a moment at which no desk was or will be, of other offsets too; the history is bound by receipt."""
    last = date(today.year + YEARS_TO_COME, 12, 31)
    for name, at in (("receivedAt", question.received_at), ("sp4nCreatedAt", question.sp4n_created_at)):
        if at is not None and not FIRST_DAY <= at.astimezone(zone).date() <= last:
            checks.keep(bad_input("DAY_OUT_OF_RANGE", "input", name, first=str(FIRST_DAY), last=str(last)))


def _wrong(
    step: QuestionStep, before: datetime, received_at: datetime, zone: ZoneInfo, path: tuple[str, ...]
) -> Iterator[EdgeRefusal]:
    if step.at < before:
        yield bad_input("HISTORY_OUT_OF_ORDER", *path, "at")
    if step.at - received_at > LONGEST_HISTORY:
        yield bad_input("HISTORY_TOO_LONG", *path, "at", days=LONGEST_HISTORY.days)
    if step.hold_until is None:
        return
    if step.status is not TicketStatus.ON_HOLD:
        yield bad_input("HOLD_OF_ANOTHER_STATUS", *path, "holdUntil")
    elif step.hold_until < step.at.astimezone(zone).date():
        yield bad_input("HOLD_BEFORE_ITS_DAY", *path, "holdUntil")
    elif (step.hold_until - received_at.astimezone(zone).date()) > LONGEST_HISTORY:
        yield bad_input("HISTORY_TOO_LONG", *path, "holdUntil", days=LONGEST_HISTORY.days)


def _agency(reference: Reference, code: str | None, index: int) -> str | None:
    found = None if code is None else spelled(reference.agency_codes, code)
    if code is not None and found is None:
        raise bad_input("UNKNOWN_CODE", "input", "history", str(index), "leadAgencyCode", field="leadAgencyCode")
    return found


def _category(reference: Reference, code: str | None) -> CategoryRef | None:
    found = None if code is None else spelled(reference.category_codes, code)
    if code is not None and found is None:
        raise bad_input("UNKNOWN_CODE", "input", "categoryCode", field="categoryCode")
    return None if found is None else reference.category_codes[found]


def _upward(category: CategoryRef | None) -> Iterator[str]:
    while category is not None:
        yield category.code
        category = category.parent
