"""The flags that protect a reporter (S16, S20, S21): the desk may set them, and not clear them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from services.access import access, oversight
from services.core.refusals import Forbidden, InvalidInput
from services.master_data import codes, steering
from services.tickets.case import Case
from services.tickets.commands import Verify


async def raised(case: Case, command: Verify, reported_agency_id: int | None) -> dict[str, Any]:
    """The flags after a verification; a report about the coordinator's own agency is always supervisory.

    What is refused is kept in the case's checks, and its flag left out.
    """
    ticket, checks = case.ticket, case.checks
    await checks.awaited(require_may_name(case, reported_agency_id, raises=command.supervisory))
    flags = {
        "anonymous": checks(not_lowered, ticket.anonymous, command.anonymous, "anonymous"),
        "confidential": checks(not_lowered, ticket.confidential, command.confidential, "confidential"),
        "supervisory": await checks.awaited(supervisory(case, command.supervisory, reported_agency_id)),
    }
    return {name: flag for name, flag in flags.items() if flag is not None}


def not_lowered(current: bool | None, wanted: bool | None, name: str) -> bool | None:
    """The flag as wanted; raises Forbidden where that protects less, as only the reporter may ask for less."""
    if wanted is None or wanted is current:
        return current
    if wanted is False:
        raise Forbidden("LOWERS_PROTECTION", path=(name,))
    return True


async def supervisory(case: Case, wanted: bool | None, reported_agency_id: int | None) -> bool:
    """Whether the ticket is berkadar pengawasan; only who examines it says that it is not."""
    current: bool = case.ticket.supervisory
    if current and wanted is False and not access.examines(case.scope.sight, case.state):
        raise Forbidden("LOWERS_PROTECTION", path=("supervisory",))
    if await steering.is_steering(case.connection, reported_agency_id, case.desk.today()):
        return True
    return current if wanted is None else wanted


async def require_may_name(case: Case, reported_agency_id: int | None, *, raises: bool | None = None) -> None:
    """Raise Forbidden unless the caller may say that this agency is reported; raises: the ticket becomes supervisory.

    Naming the agency that the ticket names already is allowed.
    """
    current, officer_id = case.ticket.reported_agency_id, case.scope.officer_id
    if reported_agency_id in (None, current):
        return
    may = not raises and access.may_name(case.scope.sight, case.state)
    if may and current is not None and officer_id is not None:
        # The scope may be older than the posts, which are held since before the ticket was locked.
        may = not await codes.has_post(case.connection, officer_id, current, case.desk.today())
    if not may:
        raise Forbidden("NOT_YOURS_TO_NAME", path=("reportedAgencyCode",))


async def check_recipients(
    case: Case, lead: int | None, supporting: Sequence[int], path: tuple[str, ...], values: dict[str, Any]
) -> None:
    """Let a supervisory ticket go to no agency that it is about: while it names none, to those that examine only.

    What is refused is kept in the case's checks. values: what the ticket will hold instead.
    """
    if not values.get("supervisory", case.ticket.supervisory):
        return
    refusal, refused = await _refused(case, values.get("reported_agency_id", case.ticket.reported_agency_id))
    for name, agencies in (("leadAgencyCode", (lead,)), ("supportingAgencyCodes", supporting)):
        if any(agency is not None and refused(agency) for agency in agencies):
            case.checks.keep(InvalidInput(refusal, path=(*path, name)))


async def _refused(case: Case, reported: int | None) -> tuple[str, Callable[[int], bool]]:
    if reported is not None:
        return "REPORTED_AGENCY", lambda agency: agency == reported
    examining = (await oversight.read(case.connection, case.desk.today())).examining
    return "INSPECTORATE_ONLY", lambda agency: agency not in examining


async def require_free(case: Case, officer_id: int) -> None:
    """Let nobody be assigned to a supervisory ticket who has a post in the agency that it is about."""
    reported = case.ticket.reported_agency_id
    if not case.ticket.supervisory or reported is None:
        return
    if await codes.has_post(case.connection, officer_id, reported, case.desk.today()):
        raise InvalidInput("REPORTED_AGENCY", path=("officerId",))
