"""Who is calling, as one immutable value: all that decides what they see and may do (docs/adr/0011, 0028)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.enums import (
    ActorKind,
    PrincipalKind,
    Role,
)
from services.access.predicates import Predicate
from services.core.refusals import EdgeRefusal, Forbidden


@dataclass(frozen=True, slots=True)
class Budget:
    """The rate limit of a partner: the most points that it holds, and those restored per second (docs/adr/0009)."""

    points: int
    restore_per_second: int


@dataclass(frozen=True, slots=True)
class Granted:
    """What a partner was granted: contract is the digest of its coordinates, digest that of coordinates and rule.

    rule is the condition on tickets of that digest, so that equal digests have equal rules; narrows names what the rows
    are chosen by (services.access.filters.filters.DIMENSIONS). opens are the coordinates of that contract, so that
    equal contracts open the same; without any, feeds show no changes. Source: docs/adr/0009.
    """

    contract: str
    digest: str
    budget: Budget = field(repr=False)
    rule: Predicate = field(compare=False, repr=False)
    narrows: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    opens: frozenset[str] = field(default=frozenset(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Sight:
    """The part of a scope that decides visibility: equal sights see equal things, and may share one execution.

    others are the agencies of the holder's further posts of that day: they give no rights, and forbid what the agency
    with the rights forbids. unexamined are the agencies about which no inspector is free to examine a report; deputy:
    the holder is who does that for them (services/access/oversight.py).
    """

    kind: PrincipalKind
    roles: tuple[Role, ...] = ()
    agency_id: int | None = None
    ticket_id: int | None = None
    client_id: int | None = None
    granted: Granted | None = None
    others: tuple[int, ...] = ()
    unexamined: tuple[int, ...] = ()
    deputy: bool = False

    @property
    def agencies(self) -> tuple[int, ...]:
        """Every agency of the holder on that day."""
        return self.others if self.agency_id is None else (self.agency_id, *self.others)


@dataclass(frozen=True, slots=True)
class Scope:
    """The rights of one principal at one moment.

    principal names the caller for idempotency and audit ("officer:12", "client:3", "ticket:9", "address:<hash>");
    valid_until is the earliest end of token, assignment and grant, after which the scope must be asked for again;
    networks are the only ones (CIDR) that its key is good from, None for any; session: somebody signed in for it.
    agency_id is the agency that is acted for, whose rights it has: one alone, as roles of two added up would make
    rights that nobody gave together (docs/adr/0028). agencies are all of its holder's on that day; where there are only
    these, the holder has to choose (services/credentials/posts.py). unexamined and deputy are as in
    Sight; unattended are those of unexamined for which nobody is left at all, which admins are told by number.
    """

    kind: PrincipalKind
    principal: str
    name: str = ""
    officer_id: int | None = None
    agency_id: int | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    ticket_id: int | None = None
    client_id: int | None = None
    credential_id: int | None = None
    session: bool = False
    valid_until: datetime | None = None
    granted: Granted | None = None
    networks: tuple[str, ...] | None = None
    agencies: frozenset[int] = field(default_factory=frozenset)
    unexamined: tuple[int, ...] = ()
    deputy: bool = False
    unattended: tuple[int, ...] = ()
    sight: Sight = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sight", self._sight())

    def _sight(self) -> Sight:
        roles = tuple(sorted(self.roles))
        # Which screen it is decides nothing. Which partner it is does: what it sent itself, and its budget.
        client = self.client_id if self.kind is PrincipalKind.PARTNER else None
        others = tuple(sorted(self.agencies - {self.agency_id}))
        return Sight(
            self.kind, roles, self.agency_id, self.ticket_id, client, self.granted, others, self.unexamined, self.deputy
        )

    @property
    def is_staff(self) -> bool:
        return self.kind is PrincipalKind.STAFF

    @property
    def must_choose(self) -> bool:
        """Whether an officer with several posts has not said which one to act for: there are no rights until then."""
        return self.is_staff and self.agency_id is None and bool(self.agencies)

    @property
    def acting(self) -> dict[str, int]:
        """What an audit entry says of who has several posts: the agency that they acted for."""
        return {"agency": self.agency_id} if self.agency_id is not None and self.agencies - {self.agency_id} else {}

    def has(self, *roles: Role) -> bool:
        """Whether the caller holds one of these roles today."""
        return not self.roles.isdisjoint(roles)


SYSTEM = Scope(kind=PrincipalKind.STAFF, principal="system", name="Surga")


def require_signed_in(scope: Scope) -> None:
    """Refuse callers without a token; raises UNAUTHENTICATED."""
    if scope.kind is PrincipalKind.ANONYMOUS:
        raise EdgeRefusal("UNAUTHENTICATED", "SIGN_IN")


def require_admin(scope: Scope, code: str = "ADMIN_ONLY") -> None:
    """Let only admins, and the program itself, go on; raises Forbidden with this code."""
    if scope is not SYSTEM and not scope.has(Role.ADMIN):
        raise Forbidden(code)


def require_chosen(scope: Scope) -> None:
    """Refuse officers who have not said for which of their posts they act; raises FORBIDDEN."""
    if scope.must_choose:
        raise EdgeRefusal("FORBIDDEN", "POST_NOT_CHOSEN")


ACTOR_KINDS = {PrincipalKind.STAFF: ActorKind.STAFF, PrincipalKind.PARTNER: ActorKind.PARTNER}


def actor(scope: Scope) -> dict[str, Any]:
    """The columns of an event's actor; callers without a token are not named, as the log can not be erased."""
    kind = ActorKind.SYSTEM if scope is SYSTEM else ACTOR_KINDS.get(scope.kind, ActorKind.REPORTER)
    return {
        "actor_kind": kind,
        "actor_id": None if scope.kind is PrincipalKind.ANONYMOUS else scope.principal,
        "actor_officer_id": scope.officer_id,
        "actor_agency_id": scope.agency_id,
    }
