"""Notes on a ticket, and corrections of its fields (decided here)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from models.enums import EventKind, TextKind, Visibility
from services.access import access
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.messages import Term
from services.core.reference import Reference
from services.core.refusals import Checks, Forbidden, InvalidInput
from services.core.words import COLUMNS, text_of
from services.master_data import codes
from services.master_data.people import people_of
from services.tickets import protection, workflow
from services.tickets.case import Case, Done, locked_case
from services.tickets.location import Place, place_columns
from services.tickets.records.texts import KeptText, text_details
from services.tickets.table.rows import Who

MOST_MENTIONS = 10  # our choice
# Column -> name of the contract's field, for columns that states do not hold.
WORDS = {"title": "title", "body": "body", "address": "location", "latitude": "location", "longitude": "location"}


@dataclass(frozen=True, slots=True)
class Note:
    ticket_id: int | None
    text: str
    visibility: Visibility
    client_mutation_id: str | None = None
    mentions: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """None leaves a field as it is."""

    ticket_id: int | None
    expected_version: int
    title: str | None = None
    body: str | None = None
    category_code: str | None = None
    reported_agency_code: str | None = None
    place: Place | None = None
    client_mutation_id: str | None = None


async def add_note(desk: Desk, scope: Scope, command: Note) -> Done:
    """Write on a ticket, for the public, for all handling agencies, or for the own agency."""
    checks = Checks()
    text = checks(validation.text, command.text, validation.NOTE_LIMIT, "text")
    checks(_require_few, command.mentions)
    checks(_require_ids, command.mentions)
    name = command.client_mutation_id
    async with locked_case(desk, scope, command.ticket_id, mutation_id=name, checks=checks) as case:
        sight = scope.sight
        if not access.handles(sight, case.state) and not access.acts_for_desk(sight, case.state):
            raise Forbidden("NOT_YOUR_TICKET")
        mentioned = await checks.awaited(_mentioned(case, command.mentions))
        checks.settle()
        kept = await case.keep(TextKind.NOTE, text)
        details: dict[str, Any] | None = {"mentions": list(mentioned)} if mentioned else None
        visibility = command.visibility
        case.record(EventKind.NOTE_ADDED, text=kept, changed=("timeline",), visibility=visibility, details=details)
    return case.done()


def _require_few(mentions: Collection[int | None]) -> None:
    if len(mentions) > MOST_MENTIONS:
        raise InvalidInput("TOO_MANY_MENTIONS", path=("mentions",), limit=MOST_MENTIONS)


def _require_ids(mentions: Collection[int | None]) -> None:
    _require_known(mentions, {officer for officer in mentions if officer is not None})


def _require_known(mentions: Collection[int | None], known: Collection[int]) -> None:
    """Raises InvalidInput for the first mentioned officer who is not known."""
    for index, officer in enumerate(mentions):
        if officer not in known:
            raise InvalidInput("MENTION_UNKNOWN", path=("mentions", str(index)))


async def _mentioned(case: Case, mentions: Collection[int | None]) -> list[int]:
    """The officers that are mentioned, each once; who does not see the ticket is refused as who is no officer."""
    if not mentions or None in mentions:
        return []
    people = await people_of(case.connection, case.desk.today())
    seeing = people.seeing({officer or 0 for officer in mentions}, case.state)
    _require_known(mentions, seeing)
    return sorted(seeing)


async def edit(desk: Desk, scope: Scope, command: Edit) -> Done:
    """Correct fields of a ticket; replaced texts are kept beside the log."""
    checks = Checks()
    given = _given(await desk.reference(), command, checks)
    async with locked_case(
        desk,
        scope,
        command.ticket_id,
        expected_version=command.expected_version,
        mutation_id=command.client_mutation_id,
        names_agency=command.reported_agency_code is not None,
        checks=checks,
    ) as case:
        _require_editor(case, command)
        values = await _values(case, given)
        checks.settle()
        if not values:
            raise InvalidInput("NOTHING_CHANGES")
        old = await _old_words(case, values)
        case.holds_words()
        case.set(**values)
        case.raise_version()
        case.record(
            EventKind.FIELD_CHANGED,
            changed={WORDS[name] for name in values if name in WORDS},
            details={"texts": text_details(old)} if old else {},
        )
    return case.done()


def _require_editor(case: Case, command: Edit) -> None:
    """Raise Forbidden unless the caller is of the lead agency or the desk; only the desk sets the reported agency."""
    held = workflow.relations(case.scope.sight, case.state)
    if not held:
        raise Forbidden("NOT_YOUR_TICKET")
    if command.reported_agency_code is not None and Who.DESK not in held:
        raise Forbidden("NOT_YOUR_MOVE", path=("reportedAgencyCode",), who=Term("who.DESK"))


async def _values(case: Case, values: dict[str, Any]) -> dict[str, Any]:
    """The columns that the edit changes."""
    reported = values.get("reported_agency_id")
    if reported is not None:
        await case.checks.awaited(protection.require_may_name(case, reported))
        values["supervisory"] = await protection.supervisory(case, None, reported)
    return {name: value for name, value in values.items() if getattr(case.ticket, name) != value}


def _given(reference: Reference, command: Edit, checks: Checks) -> dict[str, Any]:
    columns = {
        "title": None if command.title is None else checks(validation.title, command.title),
        "body": None if command.body is None else checks(validation.body, command.body),
        "category_id": checks(codes.category, reference, command.category_code, "categoryCode"),
        "reported_agency_id": checks(codes.agency, reference, command.reported_agency_code, "reportedAgencyCode"),
        **(checks(place_columns, reference, command.place) or {}),
    }
    return {name: value for name, value in columns.items() if value is not None}


async def _old_words(case: Case, values: dict[str, Any]) -> list[KeptText]:
    kinds = {"title": TextKind.TITLE, "body": TextKind.BODY}
    kept = [await case.keep(kind, getattr(case.ticket, name)) for name, kind in kinds.items() if name in values]
    columns = [getattr(case.ticket, name) for name in COLUMNS["location"]]
    if values.keys() & set(COLUMNS["location"]) and any(part is not None for part in columns):
        kept.append(await case.keep(TextKind.PLACE, text_of(columns)))
    return kept
