"""Who is calling, as one immutable value: all that decides what they see and may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from models.enums import PrincipalKind, Role


@dataclass(frozen=True, slots=True)
class Sight:
    """The part of a scope that decides visibility: equal sights see equal things, and may share one execution."""

    kind: PrincipalKind
    roles: tuple[Role, ...] = ()
    agency_id: int | None = None
    ticket_id: int | None = None
    client_id: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The rights of one principal at one moment.

    principal names the caller for idempotency and audit ("officer:12", "client:3", "ticket:9", "address:<hash>");
    valid_until is the earliest end of token and assignment, after which the scope must be asked for again.
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
    valid_until: datetime | None = None

    @property
    def sight(self) -> Sight:
        return Sight(self.kind, tuple(sorted(self.roles)), self.agency_id, self.ticket_id, self.client_id)

    @property
    def is_staff(self) -> bool:
        return self.kind is PrincipalKind.STAFF

    def has(self, *roles: Role) -> bool:
        """Whether the caller holds one of these roles today."""
        return not self.roles.isdisjoint(roles)


SYSTEM = Scope(kind=PrincipalKind.STAFF, principal="system", name="Surga")
