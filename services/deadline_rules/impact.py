"""What a change of calendar and policies would move: stub."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.enums import ClockKind
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.reference import Reference
from services.deadline_rules.checking import Plan


@dataclass(frozen=True, slots=True)
class Move:
    ticket_id: int
    clock: ClockKind
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Impact:
    version: int
    open: int = 0
    moved: int = 0
    become_overdue: int = 0
    no_longer_overdue: int = 0
    moves: tuple[Move, ...] = ()


async def impact_of(desk: Desk, scope: Scope, reference: Reference, plan: Plan) -> Impact:
    return Impact(reference.rules_version)
