"""The ticket as it is now; how it came to be stands in the event log."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField, TSVectorField
from tortoise.contrib.postgres.indexes import GinIndex
from tortoise.indexes import Index
from tortoise.models import Model

from models.agencies import Agency
from models.areas import Area
from models.categories import Category
from models.enums import Channel, Classification, DeadlineStanding, HandlingClass, Sp4nStatus, TicketStatus
from models.officers import Officer

TITLE_LIMIT = 200
BODY_LIMIT = 10_000


class Ticket(Model):
    id = fields.BigIntField(primary_key=True)
    number = fields.CharField(max_length=32, unique=True)
    version = fields.IntField(db_default=1)
    title = fields.TextField()
    body = fields.TextField()
    status = fields.CharEnumField(TicketStatus, max_length=24)
    classification = fields.CharEnumField(Classification, max_length=24, null=True)
    channel = fields.CharEnumField(Channel, max_length=16)
    category: fields.ForeignKeyNullableRelation[Category] = fields.ForeignKeyField(
        "models.Category", related_name="tickets", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    category_id: int | None
    anonymous = fields.BooleanField(null=True)
    confidential = fields.BooleanField(null=True)
    supervisory = fields.BooleanField(db_default=False)
    reported_agency: fields.ForeignKeyNullableRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="reported_in", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    reported_agency_id: int | None
    lead_agency: fields.ForeignKeyNullableRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="leads", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    lead_agency_id: int | None
    supporting_agency_ids: fields.Field[list[int]] = ArrayField("int", db_default=[])
    assignee: fields.ForeignKeyNullableRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="assigned", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    assignee_id: int | None
    assignee_left = fields.BooleanField(db_default=False)  # who had it left, and nobody has it since
    kelurahan: fields.ForeignKeyNullableRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="tickets", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    kelurahan_id: str | None
    address = fields.TextField(null=True)
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    occurred_on = fields.DateField(null=True)
    received_at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    hold_until = fields.DateField(null=True)
    # Of an INCOMPLETE ticket that its agency keeps: the status that it goes back to.
    resumes = fields.CharEnumField(TicketStatus, max_length=24, null=True)
    referred_to: fields.ForeignKeyNullableRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="referred", null=True, on_delete=fields.RESTRICT
    )
    referred_to_id: int | None
    merged_into: fields.ForeignKeyNullableRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="duplicates", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    merged_into_id: int | None
    return_count = fields.IntField(db_default=0)
    reopen_count = fields.IntField(db_default=0)
    answers_waiting = fields.IntField(db_default=0)
    sp4n_status = fields.CharEnumField(Sp4nStatus, max_length=16, null=True)  # as SP4N-LAPOR! said it last
    # Of an UNRESOLVED ticket: nobody has to evaluate it any more.
    case_done = fields.BooleanField(db_default=False)
    extension_askers: fields.Field[list[int]] = ArrayField("int", db_default=[])  # officers whose request waits
    # Of the clock of the desk or of an agency that passes next, or passed first; nothing on closed tickets.
    due_at = fields.DatetimeField(null=True)
    standing = fields.CharEnumField(DeadlineStanding, max_length=16, null=True)
    handling_class = fields.CharEnumField(HandlingClass, max_length=16, db_default=HandlingClass.ORDINARY)
    closed_by_silence = fields.BooleanField(db_default=False)
    clock_standings: fields.Field[list[str]] = ArrayField("text", db_default=[])  # services/deadlines/standings.py
    # The version of calendar and policies that its clocks were counted by; None: they were not started yet.
    rules_version = fields.IntField(null=True)
    secret_rotation = fields.IntField(db_default=0)
    secret_salt = fields.BinaryField(null=True)  # None: made before there were salts
    submitted_by = fields.CharField(max_length=100)
    external_keys: fields.Field[list[str]] = ArrayField("text", db_default=[])
    media: fields.Field[list[Any]] = fields.JSONField(db_default=[])
    # Officers who were told of an escalation that nobody has acknowledged.
    escalated_to: fields.Field[list[int]] = ArrayField("int", db_default=[])
    erased_at = fields.DatetimeField(null=True)
    # A trigger makes it, and plain_title and search_dictionary beside it (0017_search): Tortoise must never write it.
    search = TSVectorField(source_fields=("title", "body"), config="indonesian", weights=("A", "B"))

    class Meta:
        table = "ticket"
        indexes = (
            Index(fields=("received_at", "number")),
            Index(fields=("updated_at", "number")),
            Index(fields=("status", "received_at", "number")),
            Index(fields=("lead_agency_id", "status", "received_at")),
            GinIndex(fields=("supporting_agency_ids",)),
            GinIndex(fields=("external_keys",)),
            GinIndex(fields=("search",)),
        )


@cache
def ticket_by_key(*, lock: bool) -> str:
    """The statement of one whole row, by its id, for whom the query builder is too slow; nobody reads search of it."""
    columns = ("NULL AS search" if name == "search" else f'"{name}"' for name in sorted(Ticket._meta.db_fields))
    return f"SELECT {', '.join(columns)} FROM ticket WHERE id = $1{' FOR UPDATE' if lock else ''}"


def ticket_of_row(row: Mapping[str, Any]) -> Ticket:
    """The ticket that such a row says, as a query gives it."""
    return Ticket._init_from_db(**row)


class TicketCounter(Model):
    """The last tracking number given in a year."""

    year = fields.IntField(primary_key=True, generated=False)
    issued = fields.IntField(db_default=0)

    class Meta:
        table = "ticket_counter"
