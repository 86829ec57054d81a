"""Receipts (tanda terima): the tracking secret for who stands at the counter, is on the line or wrote a letter.

The officer who takes the report in is given it once, to hand it on; whoever asks again has it changed (rotate_secret).
Decided here.
"""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import AuditKind, Channel, PrincipalKind
from services.access.scopes import Scope
from services.audit import audit
from services.core.desk import Desk
from services.core.refusals import Checks, Forbidden, InvalidInput
from services.intake.forms import Submission
from services.master_data.codes import has_post

# Where the reporter is there to take the receipt, or has left an address to send it to.
CHANNELS = frozenset({Channel.WALK_IN, Channel.PHONE, Channel.LETTER})
FIELD = "receipt"


def require_receipt(scope: Scope, form: Submission) -> None:
    """Raise Forbidden for who is no officer, InvalidInput for a channel whose reporters are not there."""
    if not form.receipt:
        return
    checks = Checks()
    if not scope.is_staff:
        unknown = scope.kind is PrincipalKind.ANONYMOUS
        checks.keep(Forbidden("TOKEN_NEEDED" if unknown else "NOT_YOUR_ROLE", path=(FIELD,)))
    if form.channel not in CHANNELS:
        checks.keep(InvalidInput("NO_RECEIPT_BY_CHANNEL", path=(FIELD,)))
    checks.settle()


async def require_unconcerned(connection: BaseDBAsyncClient, desk: Desk, scope: Scope, reported: int | None) -> None:
    """Raise Forbidden where the report is about an agency at which the officer has a post, whichever they act for.

    Who holds the secret reads the ticket as its reporter does, for as long as it lives. Source: docs/adr/0021.
    """
    if scope.officer_id is None or reported is None:
        return
    if await has_post(connection, scope.officer_id, reported, desk.today()):
        raise Forbidden("RECEIPT_OF_OWN_AGENCY", path=(FIELD,))


async def audit_receipt(connection: BaseDBAsyncClient, desk: Desk, scope: Scope, ticket_id: int) -> None:
    """Write down who was given the secret of a ticket, as its rotations are written down."""
    subject, details = f"ticket:{ticket_id}", {"receipt": True, **scope.acting}
    await audit.record(
        desk, AuditKind.SECRET_ROTATED, scope.principal, subject=subject, details=details, using=connection
    )
