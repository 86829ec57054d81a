"""Who is notified of an escalation: who of its level sees the ticket, else those of the next (docs/adr/0029)."""

from __future__ import annotations

from collections.abc import Iterable

from models.enums import EscalationLevel, Role
from models.officers import HANDLING_ROLES
from services.access import access
from services.access.states import State
from services.master_data.people import People, Post

UPWARDS = tuple(EscalationLevel)


def recipients(people: People, level: EscalationLevel, state: State, *, without: int | None = None) -> list[int]:
    """The officers who are notified on this level, by key; without: who escalates the ticket by hand."""
    for each in _order(level):
        found = {post.officer_id for post in _of_level(people, each, state)} - {without}
        if found:
            return sorted(found)
    return []


def leads(people: People, agency_id: int | None) -> bool:
    """Whether an agency has a leader of its own today."""
    return bool(people.in_agency(agency_id, Role.LEADER))


def _of_level(people: People, level: EscalationLevel, state: State) -> list[Post]:
    """Who of a level sees the ticket; leaders before liaisons, leaders of the city before all others."""
    lead = state.get("lead")
    match level:
        case EscalationLevel.OFFICER:
            assignee = state.get("assignee")
            return [] if assignee is None else _seeing(people.of(assignee), state)
        case EscalationLevel.AGENCY:
            leaders = _seeing(people.in_agency(lead, Role.LEADER), state)
            return leaders or _seeing(people.in_agency(lead, Role.LIAISON), state)
        case EscalationLevel.LEADER:
            leaders = _seeing(people.with_role(Role.LEADER), state)
            others = [post for post in leaders if post.agency_id != lead]
            return _of_the_city(people, leaders) or others or leaders
        case _:  # Ombudsman is written to by the desk
            return [post for post in _seeing(people.posts, state) if _steers(post, state)]


def _of_the_city(people: People, leaders: Iterable[Post]) -> list[Post]:
    """Leaders of where nobody handles tickets, as the mayor's office: all others lead an agency (our choice)."""
    handling = {post.agency_id for post in people.with_role(*HANDLING_ROLES)}
    return [post for post in leaders if post.agency_id not in handling]


def _steers(post: Post, state: State) -> bool:
    """Whether a ticket is the desk's for this post; of a supervisory one it is who examines it."""
    if state.get("supervisory", True):
        return access.examines(post.sight, state)
    return post.has(Role.COORDINATOR)


def _seeing(posts: Iterable[Post], state: State) -> list[Post]:
    return [post for post in posts if post.sees(state)]


def _order(level: EscalationLevel) -> tuple[EscalationLevel, ...]:
    """A level, those above it, and then those below it."""
    index = UPWARDS.index(level)
    return UPWARDS[index:] + UPWARDS[:index][::-1]
