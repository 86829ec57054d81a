"""What reporters say to a case that Ombudsman may take over: asked and written down by the desk (S27)."""

from __future__ import annotations

from dataclasses import dataclass

from models import ConsentEntry
from models.enums import AuditKind, EventKind, OmbudsmanConsent, TextKind, Visibility
from services.access import access
from services.access.scopes import Scope
from services.audit import audit
from services.clocks.escalation.reaching import reach
from services.core import validation
from services.core.desk import Desk
from services.core.refusals import Checks, Forbidden
from services.tickets.case import Case, Done, locked_case


@dataclass(frozen=True, slots=True)
class Consent:
    ticket_id: int | None
    expected_version: int
    consent: OmbudsmanConsent
    note: str | None = None
    client_mutation_id: str | None = None


async def record(desk: Desk, scope: Scope, command: Consent) -> Done:
    """Write down what the reporter said; audited. Where 60 days had passed before, Ombudsman's rung is reached now."""
    checks = Checks()
    note = checks(validation.optional, command.note, validation.NOTE_LIMIT, "note")
    async with locked_case(
        desk,
        scope,
        command.ticket_id,
        expected_version=command.expected_version,
        mutation_id=command.client_mutation_id,
        checks=checks,
    ) as case:
        if not access.acts_for_desk(scope.sight, case.state):
            raise Forbidden("NOT_YOUR_ROLE")
        checks.settle()
        await _record(case, command.consent, note)
        if command.consent is OmbudsmanConsent.GIVEN:
            await reach(case, case.moment)
    return case.done()


async def _record(case: Case, consent: OmbudsmanConsent, note: str | None) -> None:
    kept = None if note is None else await case.keep(TextKind.NOTE, note)
    await ConsentEntry.create(
        ticket_id=case.ticket.id,
        consent=consent,
        at=case.moment,
        recorded_by_id=case.scope.officer_id,
        using_db=case.connection,
    )
    case.raise_version()
    case.record(
        EventKind.FIELD_CHANGED,
        text=kept,
        changed=("timeline",),
        visibility=Visibility.INTER_AGENCY,
        details={"consent": consent},
    )
    await audit.record(
        case.desk,
        AuditKind.CONSENT_RECORDED,
        case.scope.principal,
        subject=f"ticket:{case.ticket.id}",
        details={"consent": consent, **case.scope.acting},
        using=case.connection,
    )
