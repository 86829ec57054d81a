"""A ticket as one caller sees it: plain attributes, hidden where the rights say so (docs/adr/0010)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from models.enums import Channel, Classification, DeadlineStanding, HandlingClass, HiddenReason, TicketStatus
from services.access.access import hidden_fields, hidden_names, unnamed_to
from services.access.fields import HIDING, NAMING, RULES
from services.access.redactions import Redactions
from services.access.scopes import Sight
from services.access.shortcuts import OF_TICKETS
from services.access.states import State, row_state
from services.access.ticket_fields import TICKET_FIELDS, TicketField, camel, first_values
from services.core.nodes import node_id
from services.core.paging import EPOCH_START
from services.core.reference import AgencyRef, AreaRef, CategoryRef, OfficerRef, Reference
from services.queries.columns import ROW_COLUMNS
from services.tickets.table.rows import OpenMove
from services.tickets.workflow import open_moves

EXACT = ("address", "latitude", "longitude")
# A look into a dictionary is a fifth of a call of the enum.
STATUSES = {each.value: each for each in TicketStatus}
CLASSIFICATIONS = {None: None} | {each.value: each for each in Classification}
CHANNELS = {each.value: each for each in Channel}
STANDINGS = {None: None} | {each.value: each for each in DeadlineStanding}
CLASSES = {None: HandlingClass.ORDINARY} | {each.value: each for each in HandlingClass}

# Of a ticket that is told by its number alone: what may not be empty is as of any new ticket, the rest is empty.
NUMBER_ONLY: dict[str, Any] = {
    **dict.fromkeys(ROW_COLUMNS),
    **first_values(),
    "version": 1,
    "status": TicketStatus.RECEIVED.value,
    "channel": Channel.OTHER.value,
    "supervisory": False,
    "received_at": EPOCH_START,
    "updated_at": EPOCH_START,
}
UNTOLD = frozenset(camel(field.attribute) for field in TICKET_FIELDS if field.attribute) - {"id", "number"} | {
    "holdCount"
}


@dataclass(frozen=True, slots=True)
class HiddenField:
    field: str
    reason: HiddenReason


class LocationView:
    """The location; address and coordinates only where the caller may read them."""

    __slots__ = ("_view", "kecamatan", "kelurahan", "kelurahan_code")

    def __init__(self, view: TicketView, area: AreaRef | None) -> None:
        self._view = view
        self.kelurahan_code = area.code if area else None
        self.kelurahan = area.name if area else None
        self.kecamatan = area.kecamatan if area else None

    @property
    def address(self) -> str | None:
        return self._view.read("address", "location.address")  # type: ignore[no-any-return]

    @property
    def latitude(self) -> float | None:
        return self._view.read("latitude", "location.latitude")  # type: ignore[no-any-return]

    @property
    def longitude(self) -> float | None:
        return self._view.read("longitude", "location.longitude")  # type: ignore[no-any-return]


class TicketView:
    """The contract's Ticket for one sight; GraphQL reads these as they are, without resolvers."""

    shortcuts = OF_TICKETS

    def __init__(
        self,
        row: Mapping[str, Any],
        reference: Reference,
        sight: Sight,
        *,
        lost: bool = False,
        unread: frozenset[str] | None = None,
    ) -> None:
        """unread: hidden_names of this sight, where somebody makes many views for it."""
        self.row = row
        self.reference = reference
        self.sight = sight
        self.lost = lost
        self.pk: int = row["id"]
        self.redactions: Redactions | None = None
        self.unread = hidden_names(sight, lost=lost) if unread is None else unread

    def read(self, column: str, name: str) -> Any:
        """What a column holds, or nothing where the field of this name is hidden from the caller."""
        if name not in self.unread:
            return self.row[column]
        self.withhold(name)
        return None

    def withhold(self, name: str) -> None:
        """Note in the redactions that a field was hidden; fields in unread are, whatever the ticket's state."""
        if self.redactions is not None:
            coordinate = HIDING[name]
            always = name in self.unread and not self.lost
            reason = RULES[coordinate].reason if always else self.hidden_reasons[name]
            self.redactions.note(coordinate, reason, self.pk)

    @classmethod
    def numbered(cls, row: Mapping[str, Any], reference: Reference, sight: Sight, **known: Any) -> TicketView:
        """A ticket of which the caller is told the number, what they know already, and nothing else."""
        told = {name: row[name] for name in ("id", "number", "sort_key") if name in row}
        view = cls({**NUMBER_ONLY, **told, **known}, reference, sight, lost=True)
        view.hidden_reasons |= dict.fromkeys(UNTOLD, HiddenReason.NOT_YOUR_ROLE)
        return view

    @property
    def id(self) -> str:
        return node_id("Ticket", self.pk)

    @cached_property
    def state(self) -> State:
        return row_state(self.row)

    @cached_property
    def hidden_reasons(self) -> dict[str, HiddenReason]:
        return hidden_fields(self.sight, self.state, lost=self.lost)

    @property
    def hidden(self) -> list[HiddenField]:
        return [HiddenField(field, reason) for field, reason in sorted(self.hidden_reasons.items())]

    @property
    def number(self) -> str:
        return self.row["number"]  # type: ignore[no-any-return]

    @property
    def version(self) -> int:
        return self.row["version"]  # type: ignore[no-any-return]

    @property
    def title(self) -> str | None:
        return self.read("title", "title")  # type: ignore[no-any-return]

    @property
    def body(self) -> str | None:
        return self.read("body", "body")  # type: ignore[no-any-return]

    @property
    def status(self) -> TicketStatus:
        return STATUSES[self.row["status"]]

    @property
    def classification(self) -> Classification | None:
        return CLASSIFICATIONS[self.row["classification"]]

    @property
    def channel(self) -> Channel:
        return CHANNELS[self.row["channel"]]

    @property
    def category(self) -> CategoryRef | None:
        return self.reference.categories.get(self.row["category_id"])

    @property
    def anonymous(self) -> bool | None:
        return self.row["anonymous"]  # type: ignore[no-any-return]

    @property
    def confidential(self) -> bool | None:
        return self.row["confidential"]  # type: ignore[no-any-return]

    @property
    def supervisory(self) -> bool:
        return bool(self.row["supervisory"])

    @property
    def reported_agency(self) -> AgencyRef | None:
        return self._agency("reportedAgency", self.row["reported_agency_id"])

    @property
    def lead_agency(self) -> AgencyRef | None:
        return self._agency("leadAgency", self.row["lead_agency_id"])

    @property
    def referred_to(self) -> AgencyRef | None:
        """Where the report was passed to; what its column keeps of an earlier stay in the status is left out."""
        passed_on = self.status is TicketStatus.OUT_OF_JURISDICTION
        return self._agency("referredTo", self.row["referred_to_id"] if passed_on else None)

    @property
    def supporting_agencies(self) -> list[AgencyRef]:
        if self._unnamed("supportingAgencies"):
            return []
        return [self.reference.agencies[key] for key in self.row["supporting_agency_ids"]]

    def _agency(self, name: str, key: int | None) -> AgencyRef | None:
        return None if self._unnamed(name) else self.reference.agencies.get(key or 0)

    def _unnamed(self, name: str) -> bool:
        """Whether no agency may be named to the caller; the field of this name is then noted as hidden."""
        if not unnamed_to(self.sight, self.row["supervisory"]):
            return False
        if self.redactions is not None:
            self.redactions.note(NAMING[name], HiddenReason.SUPERVISORY, self.pk)
        return True

    @property
    def assignee(self) -> OfficerRef | None:
        return self.reference.officers.get(self.read("assignee_id", "assignee"))

    @property
    def location(self) -> LocationView | None:
        row, unread = self.row, self.unread
        area = self.reference.areas.get(row["kelurahan_id"])
        if area is None and all(f"location.{part}" in unread or row[part] is None for part in EXACT):
            return None
        return LocationView(self, area)

    @property
    def received_at(self) -> datetime:
        return self.row["received_at"]  # type: ignore[no-any-return]

    @property
    def updated_at(self) -> datetime:
        return self.row["updated_at"]  # type: ignore[no-any-return]

    @property
    def hold_until(self) -> date | None:
        return self.row["hold_until"]  # type: ignore[no-any-return]

    @property
    def return_count(self) -> int:
        return int(self.row["return_count"])

    @property
    def reopen_count(self) -> int:
        return int(self.row["reopen_count"])

    @property
    def standing(self) -> DeadlineStanding | None:
        return STANDINGS[self.row["standing"] if "standing" not in self.unread else self.read("standing", "standing")]

    @property
    def handling_class(self) -> HandlingClass:
        """What was chosen, but for supervisory reports; hidden, it is told as that of any new report."""
        chosen = self.read("handling_class", "handlingClass")
        return HandlingClass.SUPERVISORY if chosen and self.row["supervisory"] else CLASSES[chosen]

    @property
    def closed_by_silence(self) -> bool:
        return bool(self.read("closed_by_silence", "closedBySilence"))

    @property
    def allowed_moves(self) -> tuple[OpenMove, ...]:
        return () if self.lost else open_moves(self.sight, self.state, self.reference.reasons)


def _read_as_stored(field: TicketField) -> property:
    name, column = camel(field.attribute or ""), field.column

    def read_open(view: TicketView) -> Any:
        return view.row[column]

    def read(view: TicketView) -> Any:
        return view.row[column] if name not in view.unread else view.read(column, name)

    return property(read_open if field.open else read)


for _field in TICKET_FIELDS:
    if _field.attribute and not hasattr(TicketView, _field.attribute):
        setattr(TicketView, _field.attribute, _read_as_stored(_field))
