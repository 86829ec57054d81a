"""Officers as pick-lists, from the master data in memory (decided here)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.paging import by_name, decode_cursor, page_size, search_words
from services.core.reference import OfficerRef, Reference, spelled
from services.core.refusals import Checks, EdgeRefusal, bad_input
from services.inputs.names import sort_key
from services.inputs.signs import plain

ORDER = "officers"


@dataclass(frozen=True, slots=True)
class OfficerPage:
    officers: list[OfficerRef]
    cursors: list[str]
    has_next: bool
    has_previous: bool


async def officer_page(
    desk: Desk, scope: Scope, agency_code: str | None, search: str | None, first: int, after: str | None
) -> OfficerPage:
    """Active officers by name, of one agency and with a part of the name where asked; staff only."""
    if not scope.is_staff:
        raise EdgeRefusal("FORBIDDEN", "STAFF_ONLY")
    reference, checks = await desk.reference(), Checks()
    size = checks(page_size, first)
    agency = checks(_agency, reference, agency_code)
    part = sort_key(plain(checks(search_words, search) or ""))
    after_key = checks(decode_cursor, desk.cursors, after, ORDER, by_name)
    checks.settle()
    found = [
        ref
        for ref in sorted(reference.officers.values(), key=_cursor_key)
        if ref.active
        and (agency is None or agency == ref.agency.code or agency in ref.posts)
        and part in sort_key(ref.name)
        and (after_key is None or _cursor_key(ref) > after_key)
    ]
    return _page(desk, found, size, after)


def _agency(reference: Reference, code: str | None) -> str | None:
    found = None if code is None else spelled(reference.agency_codes, code)
    if code is not None and found is None:
        raise bad_input("UNKNOWN_CODE", "agencyCode", field="agencyCode")
    return found


def _page(desk: Desk, found: Sequence[OfficerRef], size: int, after: str | None) -> OfficerPage:
    shown = list(found[:size])
    cursors = [desk.cursors.seal_page(ORDER, _cursor_key(ref)) for ref in shown]
    return OfficerPage(shown, cursors, has_next=len(found) > size, has_previous=after is not None)


def _cursor_key(ref: OfficerRef) -> tuple[str, int]:
    return sort_key(ref.name), ref.pk
