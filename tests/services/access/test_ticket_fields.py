"""The rows of a ticket's columns are whole: every column has one, and every field of the contract is somebody's."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from models import Ticket
from services.access.fields import RULES
from services.access.open_fields import open_coordinates
from services.access.states import instant
from services.access.ticket_fields import TICKET_FIELDS, camel
from services.queries.views import TicketView

UNTOLD = {"erased_at", "search"}  # of the retention alone, and of the full-text search


def test_every_column_has_one_row():
    columns = [field.column for field in TICKET_FIELDS]

    assert len(columns) == len(set(columns))
    keys = {f"{name}_id" for name in Ticket._meta.fk_fields}  # columns of their own only once Tortoise has begun
    assert set(columns) | UNTOLD == set(Ticket._meta.fields_db_projection) | keys


def test_every_field_is_open_or_somebody_s():
    for field in TICKET_FIELDS:
        if field.attribute is not None and field.attribute != "location":
            coordinate = f"Ticket.{camel(field.attribute)}"
            assert (coordinate in open_coordinates()) is field.open, coordinate
            assert (coordinate in RULES) is not field.open, coordinate


def test_a_view_answers_every_field():
    attributes = {field.attribute for field in TICKET_FIELDS} - {None, "merged_into"}

    assert {name for name in attributes if not hasattr(TicketView, name)} == set()


def test_moments_in_states_are_texts_of_one_width_in_the_order_of_time():
    jakarta = ZoneInfo("Asia/Jakarta")
    early, midnight = datetime(999, 1, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    moments = [early, datetime(2026, 3, 2, 6, 59, 59, 1, jakarta), midnight]

    assert [instant(moment) for moment in moments] == [
        "0999-01-01T00:00:00.000000Z",
        "2026-03-01T23:59:59.000001Z",
        "2026-03-02T00:00:00.000000Z",
    ]
