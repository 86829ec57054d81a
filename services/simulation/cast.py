"""The officers who act in a simulation: the coordinator's desk, and per agency a liaison officer and officers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from models import Assignment
from models.enums import PrincipalKind, Role, TicketStatus
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.reference import Reference
from services.master_data import codes

DAY_BEGINS = timedelta(hours=6)


class NobodyToAct(Exception):
    """The desk has no coordinator, so no ticket can move; the message is one line."""


@dataclass(frozen=True, slots=True)
class Team:
    """Who works for one agency; the liaison handles tickets only where nobody else does."""

    liaison: Scope | None
    officers: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """Who can act, with the master data that they act on."""

    reference: Reference
    coordinators: tuple[Scope, ...]
    teams: Mapping[int, Team]
    everybody: tuple[Scope, ...] = ()

    def one(self, officer_id: int) -> Scope | None:
        """An officer, by the first of their posts."""
        return next((scope for scope in self.everybody if scope.officer_id == officer_id), None)

    def coordinator(self, rng: Random) -> Scope:
        return rng.choice(self.coordinators)

    def on_watch(self, local: datetime) -> Scope:
        """The one coordinator who watches the desk in this half of the day, from 06.00 and from 18.00."""
        half = (local - DAY_BEGINS).toordinal() * 2 + ((local - DAY_BEGINS).hour >= 12)
        return self.coordinators[half % len(self.coordinators)]

    def handler(self, rng: Random, agency_id: int, assignee_id: int | None, number: str) -> Scope:
        """Who has the ticket at this agency, else the same officer of it each time, else the coordinator for it."""
        team = self.teams.get(agency_id)
        if team is None or not team.officers:
            return self.coordinator(rng)
        assigned = [scope for scope in team.officers if scope.officer_id == assignee_id]
        return assigned[0] if assigned else team.officers[sum(number.encode()) % len(team.officers)]

    def is_liaisons(self, to: TicketStatus, agency_id: int) -> bool:
        """Whether only the liaison officer of this agency leads a report there."""
        if to is TicketStatus.RESOLVED:
            return not self.reference.reasons.resolving.by_officers(agency_id)
        return to is TicketStatus.UNRESOLVED

    def liaison(self, rng: Random, agency_id: int) -> Scope:
        """The liaison officer of this agency, else the coordinator on its behalf."""
        team = self.teams.get(agency_id)
        return team.liaison if team is not None and team.liaison is not None else self.coordinator(rng)


async def read_cast(desk: Desk) -> Cast:
    """The officers on duty today. Raises NobodyToAct."""
    reference = await desk.reference()
    query = Assignment.filter(codes.on_duty(desk.today()), officer__active=True).select_related("officer")
    held: dict[tuple[int, int], tuple[str, set[Role]]] = {}
    for row in await query.order_by("officer_id", "id"):
        held.setdefault((row.officer_id, row.agency_id), (row.officer.name, set()))[1].add(row.role)
    posts: dict[int, set[int]] = {}
    for officer, agency in held:
        posts.setdefault(officer, set()).add(agency)
    scopes = [_scope(officer, agency, *known, posts[officer]) for (officer, agency), known in held.items()]
    return cast_of(reference, scopes)


def cast_of(reference: Reference, scopes: list[Scope]) -> Cast:
    """These people, by their agencies. Raises NobodyToAct where none is a coordinator."""
    coordinators = tuple(scope for scope in scopes if scope.has(Role.COORDINATOR))
    if not coordinators:
        raise NobodyToAct(
            "The desk has no coordinator who could act: make one with `surga staff`, or use `surga demo`."
        )
    agencies = {scope.agency_id for scope in scopes if scope.agency_id is not None}
    teams = {agency: _team(agency, scopes) for agency in sorted(agencies)}
    return Cast(reference, coordinators, teams, tuple(scopes))


def _scope(officer_id: int, agency_id: int, name: str, roles: set[Role], agencies: set[int]) -> Scope:
    """Who acts for one agency; what is forbidden by another post of theirs is forbidden here, too."""
    return Scope(
        kind=PrincipalKind.STAFF,
        principal=f"officer:{officer_id}",
        name=name,
        officer_id=officer_id,
        agency_id=agency_id,
        roles=frozenset(roles),
        agencies=frozenset(agencies),
    )


def _team(agency_id: int, scopes: list[Scope]) -> Team:
    ours = [scope for scope in scopes if scope.agency_id == agency_id]
    liaison = next((scope for scope in ours if scope.has(Role.LIAISON)), None)
    officers = tuple(scope for scope in ours if scope.has(Role.OFFICER) and scope is not liaison)
    return Team(liaison, officers or ((liaison,) if liaison is not None else ()))
