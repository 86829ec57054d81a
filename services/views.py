"""A ticket as one caller sees it: plain attributes, computed when asked for, hidden where the rights say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from models.enums import Channel, Classification, HiddenReason, TicketStatus
from services.access import hidden_fields, hidden_names
from services.nodes import node_id
from services.reference import AgencyRef, CategoryRef, OfficerRef, Reference
from services.scopes import Sight
from services.states import COLUMNS, State, plain
from services.workflow import OpenMove, open_moves

ROW_COLUMNS = (*COLUMNS.values(), "title", "body", "address", "latitude", "longitude")
ROW = ", ".join(f"t.{column}" for column in ROW_COLUMNS)
PLACE_COLUMNS = ("kelurahan_id", "address", "latitude", "longitude")

# What a view reads for each attribute that needs a few columns only; every other attribute needs the whole row.
ATTRIBUTE_COLUMNS: dict[str, tuple[str, ...]] = {
    "id": (),
    "number": (),
    "version": ("version",),
    "title": ("title",),
    "body": ("body",),
    "status": ("status",),
    "classification": ("classification",),
    "channel": ("channel",),
    "category": ("category_id",),
    "anonymous": ("anonymous",),
    "confidential": ("confidential",),
    "supervisory": ("supervisory",),
    "reported_agency": ("reported_agency_id",),
    "lead_agency": ("lead_agency_id",),
    "supporting_agencies": ("supporting_agency_ids",),
    "assignee": ("assignee_id",),
    "location": PLACE_COLUMNS,
    "received_at": ("received_at",),
    "updated_at": ("updated_at",),
    "hold_until": ("hold_until",),
    "merged_into": ("merged_into_id",),
    "return_count": ("return_count",),
    "reopen_count": ("reopen_count",),
    "timeline": (),
}


def columns_for(attributes: Iterable[str]) -> str:
    """The columns that these attributes of a view read, with id and number; all where one needs the whole row."""
    wanted = {"id", "number"}
    for attribute in attributes:
        if attribute not in ATTRIBUTE_COLUMNS:
            return ROW
        wanted.update(ATTRIBUTE_COLUMNS[attribute])
    return ", ".join(f"t.{column}" for column in sorted(wanted))


def row_state(row: Mapping[str, Any]) -> State:
    """The state of a ticket's row, equal to the one that its last event keeps."""
    return {name: plain(row[column]) for name, column in COLUMNS.items()}


@dataclass(frozen=True, slots=True)
class HiddenField:
    field: str
    reason: HiddenReason


@dataclass(frozen=True, slots=True)
class LocationView:
    kelurahan_code: str | None
    kelurahan: str | None
    kecamatan: str | None
    address: str | None
    latitude: float | None
    longitude: float | None


class TicketView:
    """The contract's Ticket for one sight; lists hand these out as they are, without resolvers of their own."""

    def __init__(self, row: Mapping[str, Any], reference: Reference, sight: Sight, *, lost: bool = False) -> None:
        self.row = row
        self.reference = reference
        self.sight = sight
        self.lost = lost
        self.pk: int = row["id"]
        self._unread = hidden_names(sight, lost=lost)

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
        return str(self.row["number"])

    @property
    def version(self) -> int:
        return int(self.row["version"])

    @property
    def title(self) -> str | None:
        return None if "title" in self._unread else self.row["title"]

    @property
    def body(self) -> str | None:
        return None if "body" in self._unread else self.row["body"]

    @property
    def status(self) -> TicketStatus:
        return TicketStatus(self.row["status"])

    @property
    def classification(self) -> Classification | None:
        value = self.row["classification"]
        return None if value is None else Classification(value)

    @property
    def channel(self) -> Channel:
        return Channel(self.row["channel"])

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
        return self.reference.agencies.get(self.row["reported_agency_id"])

    @property
    def lead_agency(self) -> AgencyRef | None:
        return self.reference.agencies.get(self.row["lead_agency_id"])

    @property
    def supporting_agencies(self) -> list[AgencyRef]:
        return [self.reference.agencies[key] for key in self.row["supporting_agency_ids"]]

    @property
    def assignee(self) -> OfficerRef | None:
        return None if "assignee" in self._unread else self.reference.officers.get(self.row["assignee_id"])

    @property
    def location(self) -> LocationView | None:
        row = self.row
        area = self.reference.areas.get(row["kelurahan_id"])
        exact = [
            None if f"location.{part}" in self._unread else row[part] for part in ("address", "latitude", "longitude")
        ]
        if area is None and exact == [None, None, None]:
            return None
        return LocationView(
            area.code if area else None, area.name if area else None, area.kecamatan if area else None, *exact
        )

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
    def allowed_moves(self) -> tuple[OpenMove, ...]:
        return () if self.lost else open_moves(self.sight, self.state)
