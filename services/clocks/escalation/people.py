"""Whom an escalation is told: the people of its level who see the ticket, else those of the next level who do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import EscalationLevel, PrincipalKind, Role
from models.officers import HANDLING_ROLES
from services.access import access
from services.access.oversight import POSTS, RULES, Oversight, oversight_of
from services.access.scopes import Scope
from services.access.states import State
from services.core.desk import Desk

PEOPLE = f"""
SELECT json_build_array({POSTS.format(day="$1")}, {RULES}) AS oversight,
  (SELECT json_agg(json_build_array(a.officer_id, a.agency_id, a.role) ORDER BY a.officer_id, a.agency_id, a.role)
   FROM assignment a JOIN officer o ON o.id = a.officer_id AND o.active
   WHERE a.valid_from <= $1 AND (a.valid_to IS NULL OR a.valid_to >= $1)) AS posts
"""
UPWARDS = tuple(EscalationLevel)


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who has a post on a day, as a scope for each agency of theirs."""

    scopes: tuple[Scope, ...]

    def told(self, level: EscalationLevel, state: State, *, without: int | None = None) -> list[int]:
        """The officers who are told of this ticket on this level, by key; without: who takes it upwards."""
        for each in _order(level):
            found = {scope.officer_id for scope in self._of_level(each, state)} - {None, without}
            if found:
                return sorted(key for key in found if key is not None)
        return []

    def leads(self, agency_id: int | None) -> bool:
        """Whether an agency has a leader of its own today."""
        return any(scope.agency_id == agency_id and scope.has(Role.LEADER) for scope in self.scopes)

    def _of_level(self, level: EscalationLevel, state: State) -> Iterable[Scope]:
        """Who of a level sees the ticket; leaders before liaisons, leaders of the city before those of its lead."""
        lead = state.get("lead")
        seeing = [scope for scope in self.scopes if access.sees(scope, state)]
        led = [scope for scope in seeing if lead is not None and scope.agency_id == lead]
        match level:
            case EscalationLevel.OFFICER:
                return [scope for scope in seeing if scope.officer_id == state.get("assignee")]
            case EscalationLevel.AGENCY:
                return _holding(led, Role.LEADER) or _holding(led, Role.LIAISON)
            case EscalationLevel.LEADER:
                leaders = _holding(seeing, Role.LEADER)
                return self._of_the_city(leaders) or [scope for scope in leaders if scope not in led] or leaders
            case _:  # Ombudsman is written to by the desk
                return [scope for scope in seeing if steers(scope, state)]

    def _of_the_city(self, leaders: Iterable[Scope]) -> list[Scope]:
        """Leaders of where nobody handles tickets, as the mayor's office: all others lead an agency (our choice)."""
        handling = {scope.agency_id for scope in self.scopes if scope.has(*HANDLING_ROLES)}
        return [scope for scope in leaders if scope.agency_id not in handling]


def steers(scope: Scope, state: State) -> bool:
    """Whether a ticket is this caller's to steer: the desk's, and who examines it where it is supervisory."""
    if state.get("supervisory", True):
        return access.examines(scope.sight, state)
    return scope.has(Role.COORDINATOR)


async def people_of(desk: Desk, connection: BaseDBAsyncClient) -> People:
    """Everybody with a post today, in one statement."""
    [row] = await connection.execute_query_dict(PEOPLE, [desk.today()])
    return people_on(desk.today(), json.loads(row["posts"] or "[]"), row["oversight"])


def people_on(day: date, posts: Iterable[tuple[int, int, str]], oversight: str | None) -> People:
    """The same out of posts as officer, agency and role, and what the oversight of the day is read from."""
    held: dict[int, dict[int, set[Role]]] = {}
    for officer_id, agency_id, role in posts:
        held.setdefault(officer_id, {}).setdefault(agency_id, set()).add(Role(role))
    return People(tuple(_scopes(held, oversight_of(day, oversight))))


def _scopes(held: Mapping[int, Mapping[int, set[Role]]], oversight: Oversight) -> Iterator[Scope]:
    """A scope for each post of each officer, with the prohibitions of all of theirs, as a token of it would give."""
    for officer_id, agencies in held.items():
        for agency_id, roles in agencies.items():
            deputy = oversight.deputy in roles
            yield Scope(
                kind=PrincipalKind.STAFF,
                principal=f"officer:{officer_id}",
                officer_id=officer_id,
                agency_id=agency_id,
                roles=frozenset(roles),
                agencies=frozenset(agencies),
                unexamined=oversight.unexamined if deputy or Role.COORDINATOR in roles else (),
                deputy=deputy and bool(oversight.unexamined),
            )


def _holding(scopes: Iterable[Scope], role: Role) -> list[Scope]:
    return [scope for scope in scopes if scope.has(role)]


def _order(level: EscalationLevel) -> tuple[EscalationLevel, ...]:
    """A level, those above it, and then those below it."""
    place = UPWARDS.index(level)
    return UPWARDS[place:] + UPWARDS[:place][::-1]
