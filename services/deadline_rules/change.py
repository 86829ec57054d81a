"""Changing calendar and policies: by coordinators and admins, by decree, in one transaction (docs/adr/0035)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Installation
from models.enums import AuditKind, EventKind, Role, SubjectKind, Visibility
from realtime import log
from services.access.scopes import SYSTEM, Scope, actor
from services.audit.audit import Details, record
from services.core.desk import Desk
from services.core.refusals import Checks, Forbidden, VersionConflict
from services.core.transactions import transaction
from services.deadline_rules.amendments import Amendment
from services.deadline_rules.checking import Plan, planned
from services.deadline_rules.commands import RulesChange
from services.deadline_rules.comparing import Impact
from services.deadline_rules.impact import impact_of
from services.deadline_rules.storing import store

PATIENCE = 10  # seconds; half of what a request may take: a change does not hang on how long counting takes


@dataclass(frozen=True, slots=True)
class Changed:
    """The new version of the rules, and what it moves; None where that could not be counted in time."""

    version: int
    impact: Impact | None


def require_steering(scope: Scope) -> None:
    """Raise Forbidden unless the caller is a coordinator, an admin or the program itself."""
    if scope is not SYSTEM and not scope.has(Role.ADMIN, Role.COORDINATOR):
        raise Forbidden("RULES_FOR_DESK")


async def preview(desk: Desk, scope: Scope, wanted: RulesChange) -> Impact:
    """What a change would move of what the caller sees; changes nothing. Raises Forbidden and InvalidInput."""
    require_steering(scope)
    reference = await desk.reference()
    plan = planned(reference, wanted, desk.today(), ("input",))
    return await impact_of(desk, scope, reference, plan)


async def change(desk: Desk, scope: Scope, wanted: RulesChange) -> Changed:
    """Put other rules in force; open tickets follow by a job. Raises Forbidden, VersionConflict and InvalidInput."""
    require_steering(scope)
    reference = await desk.reference()
    plan = planned(reference, wanted, desk.today(), checks=_conflict(wanted, reference.rules_version))
    impact = await _in_time(impact_of(desk, scope, reference, plan))
    async with transaction() as using:
        held = await Installation.filter(id=1).using_db(using).select_for_update().get()
        checks = _conflict(wanted, held.rules_version)
        # Agencies and categories may have changed since; the rules have not, where their version is the same.
        plan = planned(await desk.reference(using), wanted, desk.today(), checks=checks)
        version = held.rules_version + 1
        await store(using, plan, version)
        seq = await _noted(desk, using, scope, plan, version)
    await desk.committed(seq)
    return Changed(version, impact)


async def _in_time(counting: Awaitable[Impact]) -> Impact | None:
    try:
        async with asyncio.timeout(PATIENCE) as patience:
            return await counting
    except TimeoutError:
        if not patience.expired():
            raise
        return None


def _conflict(wanted: RulesChange, actual: int) -> Checks:
    """The checks of a change, of which the first is whether anybody else changed the rules meanwhile."""
    checks = Checks()
    if wanted.expected_version != actual:
        checks.keep(VersionConflict(None, wanted.expected_version, actual, code="RULES_VERSION"))
    return checks


async def _noted(desk: Desk, using: BaseDBAsyncClient, scope: Scope, plan: Plan, version: int) -> int:
    """Write a change of rules into the audit log, and into the log by which every worker learns of it."""
    counts = _counts(plan.amendment)
    await record(
        desk,
        AuditKind.DEADLINE_RULES_CHANGED,
        scope.principal,
        subject=f"deadline_rules:{version}",
        reason=plan.amendment.legal_basis,
        details={**counts, **scope.acting},
        using=using,
    )
    event = log.NewEvent(
        kind=EventKind.REFERENCE_CHANGED,
        at=desk.now(),
        **actor(scope),
        visibility=Visibility.INTERNAL,
        subject_kind=SubjectKind.REFERENCE,
        details={"rulesVersion": version, "counts": dict(counts)},
    )
    return (await log.append(using, [event])).least_seq


def _counts(amendment: Amendment) -> Details:
    """How many rows of each kind a decree changes."""
    return {
        "days": len(amendment.days),
        "removed_days": len(amendment.removed),
        "weeks": len(amendment.weeks),
        "policies": len(amendment.policies),
    }
