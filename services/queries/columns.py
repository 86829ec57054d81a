"""Which columns of a ticket are read for a view: all, or those of the attributes that are asked for."""

from __future__ import annotations

from functools import lru_cache

from services.access.ticket_fields import TICKET_FIELDS

ROW_COLUMNS = tuple(field.column for field in TICKET_FIELDS if field.state or field.attribute)
ROW = ", ".join(f"t.{column}" for column in ROW_COLUMNS)

# What a view reads for each attribute that needs a few columns only; every other attribute needs the whole row.
ATTRIBUTE_COLUMNS: dict[str, tuple[str, ...]] = {
    attribute: tuple(field.column for field in TICKET_FIELDS if field.attribute == attribute)
    for attribute in {field.attribute for field in TICKET_FIELDS}
    if attribute is not None
} | {
    "timeline": (),
    "deadlines": ("received_at", "supervisory"),
    "handling_class": ("handling_class", "supervisory"),
    "lead_agency": ("lead_agency_id", "supervisory"),
    "supporting_agencies": ("supporting_agency_ids", "supervisory"),
    "reported_agency": ("reported_agency_id", "supervisory"),
    "referred_to": ("referred_to_id", "status", "supervisory"),
}


@lru_cache(maxsize=256)
def columns_for(attributes: frozenset[str]) -> str:
    """The columns that these attributes of a view read, with id and number; all where one needs the whole row."""
    wanted = {"id", "number"}
    for attribute in attributes:
        if attribute not in ATTRIBUTE_COLUMNS:
            return ROW
        wanted.update(ATTRIBUTE_COLUMNS[attribute])
    return ", ".join(f"t.{column}" for column in sorted(wanted))
