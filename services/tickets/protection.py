"""The flags that protect a reporter (S16, S20, S21): the desk may set them, and not clear them."""

from __future__ import annotations

from typing import Any

from models.enums import Role
from services.core.refusals import Forbidden
from services.master_data import codes
from services.tickets.case import Case
from services.tickets.commands import Verification


async def raised(case: Case, command: Verification, reported_agency_id: int | None) -> dict[str, Any]:
    """The flags after a verification; a report about the coordinator's own agency is always supervisory."""
    ticket = case.ticket
    return {
        "anonymous": not_lowered(ticket.anonymous, command.anonymous, "anonymous"),
        "confidential": not_lowered(ticket.confidential, command.confidential, "confidential"),
        "supervisory": await supervisory(case, command.supervisory, reported_agency_id),
    }


def not_lowered(current: bool | None, wanted: bool | None, name: str) -> bool | None:
    """The flag as wanted; raises Forbidden where that protects less, as only the reporter may ask for less."""
    if wanted is None or wanted is current:
        return current
    if wanted is False:
        raise Forbidden("LOWERS_PROTECTION", path=(name,))
    return True


async def supervisory(case: Case, wanted: bool | None, reported_agency_id: int | None) -> bool:
    """Whether the ticket is for the inspector (berkadar pengawasan); only the inspector says that it is not."""
    current: bool = case.ticket.supervisory
    if current and wanted is False and not case.scope.has(Role.INSPECTOR):
        raise Forbidden("LOWERS_PROTECTION", path=("supervisory",))
    if await codes.is_steering(case.connection, reported_agency_id, case.desk.today()):
        return True
    return current if wanted is None else wanted
