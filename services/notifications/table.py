"""Of which events officers are told, and whom each kind concerns: one table (docs/adr/0031). Pure.

Of the rows that fit an event, the first that names somebody counts for them, so that nobody is told of one event twice.
Nobody is told of what they did themselves, nor of a ticket that they do not see.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from models.enums import (
    CLOSED_STATUSES,
    UNDISPATCHED_LED_STATUSES,
    ActorKind,
    ClockKind,
    DeadlineStanding,
    EventKind,
    NotificationKind,
    Role,
)
from realtime.log import LoggedEvent
from services.access.access import examines
from services.access.states import State, known_status
from services.master_data.people import People, Post

Whom = Callable[[LoggedEvent, State, People], Iterable[int]]
When = Callable[[LoggedEvent, State], bool]

DESK_CLOCKS = frozenset({ClockKind.VERIFICATION, ClockKind.NATIONAL})
OWN_CLOCKS = frozenset({ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION})
# What is told of a ticket that came from elsewhere with its history was told there.
SILENT_KINDS = frozenset({EventKind.IMPORTED, EventKind.IMPORTED_NOTE})


@dataclass(frozen=True, slots=True)
class Trigger:
    """Of events of this kind (None: of any) for which when holds, these are told.

    waits: for office hours, unless the event says that it is for at once (atOnce).
    """

    kind: NotificationKind
    of: EventKind | None
    when: When
    whom: Whom
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """One officer who is told of an event, by which row."""

    officer_id: int
    row: Trigger


# ---------------------------------------------------------------------------------------------------- whom it concerns


def keys(posts: Iterable[Post]) -> list[int]:
    return [post.officer_id for post in posts]


def people_in(agency_id: int | None, people: People) -> list[int]:
    """Who speaks for an agency: its liaisons, else its officers, as nobody else would hear of it there (our choice)."""
    if agency_id is None:
        return []
    return keys(people.in_agency(agency_id, Role.LIAISON) or people.in_agency(agency_id, Role.OFFICER))


def desk(event: LoggedEvent, state: State, people: People) -> list[int]:
    """The coordinators; of a supervisory ticket those who examine it."""
    if state.get("supervisory"):
        return keys(post for post in people.posts if examines(post.sight, state))
    return keys(people.with_role(Role.COORDINATOR))


def assignee(event: LoggedEvent, state: State, people: People) -> list[int]:
    found = state.get("assignee")
    return [] if found is None else [found]


def lead(event: LoggedEvent, state: State, people: People) -> list[int]:
    return people_in(state.get("lead"), people)


def responsible(event: LoggedEvent, state: State, people: People) -> list[int]:
    """The assignee, else who speaks for the lead agency, else the desk."""
    at_work = people.seeing(assignee(event, state, people), state)
    return list(at_work) or lead(event, state, people) or desk(event, state, people)


def late_people(event: LoggedEvent, state: State, people: People) -> list[int]:
    """The assignee and who speaks for the lead agency, else the desk."""
    return [*assignee(event, state, people), *lead(event, state, people)] or desk(event, state, people)


def replied_to(event: LoggedEvent, state: State, people: People) -> list[int]:
    """Who is responsible; of a closed ticket the lead agency and the desk, as nobody works on it any more."""
    if known_status(state) in CLOSED_STATUSES:
        return [*lead(event, state, people), *desk(event, state, people)]
    return responsible(event, state, people)


def newly_in(event: LoggedEvent, state: State, people: People) -> Iterator[int]:
    """Who speaks for the agencies that the ticket has come to."""
    for agency in sorted(_agencies(state) - _agencies(event.before)):
        yield from people_in(agency, people)


def decided_for(event: LoggedEvent, state: State, people: People) -> list[int]:
    """Who asked for it, whose request waits no more, and who works on the ticket."""
    asked = set((event.before or {}).get("askers") or ()) - set(state.get("askers") or ())
    return [*sorted(asked), *assignee(event, state, people)]


def following(event: LoggedEvent, state: State, people: People) -> list[int]:
    """The desk, and who speaks for the agency that is to act."""
    return [*desk(event, state, people), *people_in(_number(event.details.get("agency")), people)]


def named(key: str) -> Whom:
    """Whom the event names."""

    def whom(event: LoggedEvent, state: State, people: People) -> list[int]:
        found = event.details.get(key)
        several = found if isinstance(found, list) else [found]
        return [number for each in several if (number := _number(each)) is not None]

    return whom


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _agencies(state: State | None) -> set[int]:
    """The agencies that have a ticket to work on; a lead that stands there before the first dispatch does not."""
    if state is None or known_status(state) in UNDISPATCHED_LED_STATUSES:
        return set()
    lead, supporting = state.get("lead"), state.get("supporting") or ()
    return {agency for agency in (lead, *supporting) if agency is not None}


# -------------------------------------------------------------------------------------------------------- when it does


def _assigned(event: LoggedEvent, state: State) -> bool:
    before = None if event.before is None else event.before.get("assignee")
    return state.get("assignee") is not None and state.get("assignee") != before


def _dispatched(event: LoggedEvent, state: State) -> bool:
    return bool(_agencies(state) - _agencies(event.before))


def _passed(standing: DeadlineStanding, clocks: Collection[ClockKind]) -> When:
    def when(event: LoggedEvent, state: State) -> bool:
        details = event.details
        return details.get("standing") == standing and details.get("clock") in clocks and not details.get("hold")

    return when


def _waits_for_approval(event: LoggedEvent, state: State) -> bool:
    return event.details.get("answerState") == "WAITING_APPROVAL"


def _follows_up(event: LoggedEvent, state: State) -> bool:
    return bool(event.details.get("followUp"))


def always(event: LoggedEvent, state: State) -> bool:
    return True


KIND, EVENT, SOON, OVERDUE = NotificationKind, EventKind, DeadlineStanding.DUE_SOON, DeadlineStanding.OVERDUE
# Whom each kind concerns is our choice, but what contract and escalations name.
TABLE = (
    Trigger(KIND.MENTIONED, EVENT.NOTE_ADDED, always, named("mentions")),
    Trigger(KIND.ASSIGNED, None, _assigned, assignee),
    Trigger(KIND.DISPATCHED, None, _dispatched, newly_in),
    Trigger(KIND.ANSWER_TO_APPROVE, EVENT.ANSWER_DRAFTED, _waits_for_approval, lead),
    Trigger(KIND.DUE_SOON, EVENT.CLOCK_PASSED, _passed(SOON, DESK_CLOCKS), desk, waits=True),
    Trigger(KIND.DUE_SOON, EVENT.CLOCK_PASSED, _passed(SOON, OWN_CLOCKS), responsible, waits=True),
    Trigger(KIND.OVERDUE, EVENT.CLOCK_PASSED, _passed(OVERDUE, DESK_CLOCKS), desk, waits=True),
    Trigger(KIND.OVERDUE, EVENT.CLOCK_PASSED, _passed(OVERDUE, OWN_CLOCKS), late_people, waits=True),
    Trigger(KIND.ESCALATED, EVENT.ESCALATED, always, named("notified"), waits=True),
    Trigger(KIND.REPORTER_REPLIED, EVENT.REPLY_RECEIVED, always, replied_to),
    Trigger(KIND.EXTENSION, EVENT.EXTENSION_REQUESTED, always, desk),
    Trigger(KIND.EXTENSION, EVENT.EXTENSION_DECIDED, always, decided_for),
    Trigger(KIND.CASE_FOLLOW_UP, EVENT.CASE_EVALUATED, _follows_up, following, waits=True),
)


def recipients_of(event: LoggedEvent, people: People) -> list[Recipient]:
    """Who is told of an event: each at most once, nobody of their own act or of a ticket that they do not see."""
    state = event.after
    if state is None or event.ticket_id is None or _is_silent(event):
        return []
    found: dict[int, Trigger] = {}
    for row in TABLE:
        if row.of in (None, event.kind) and row.when(event, state):
            for officer_id in row.whom(event, state, people):
                found.setdefault(officer_id, row)
    found.pop(event.actor_officer_id or 0, None)
    seeing = people.seeing(found, state)
    return [Recipient(officer_id, found[officer_id]) for officer_id in sorted(seeing)]


def _is_silent(event: LoggedEvent) -> bool:
    """Whether it is told to nobody: history from elsewhere, and what had passed before the clocks were started."""
    is_history = event.kind in SILENT_KINDS or event.actor_kind is ActorKind.IMPORT
    return is_history or bool(event.details.get("silent"))
