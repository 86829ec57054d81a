"""The event log: append-only history, audit trail and live feed at once, and the erasable texts beside it."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import ActorKind, EpochKind, EventKind, SubjectKind, TextKind, Visibility
from models.tickets import Ticket

EVENT_FORMAT = 1


class LogHead(Model):
    """The one row that gives events their place: seq is commit order without holes, epoch names this log.

    home is the server, timeline and database that it was written on, as log_home() names them; see docs/adr/0019.
    """

    id = fields.IntField(primary_key=True, generated=False)
    seq = fields.BigIntField(db_default=0)
    reference_seq = fields.BigIntField(db_default=0)
    epoch = fields.CharField(max_length=32)
    home = fields.CharField(max_length=100, db_default="")

    class Meta:
        table = "log_head"


class LogEpoch(Model):
    """One beginning of the log: why and when, and at which head. alive_at: how far this epoch reaches at least."""

    epoch = fields.CharField(max_length=32, primary_key=True)
    kind = fields.CharEnumField(EpochKind, max_length=16)
    began_at = fields.DatetimeField()
    seq = fields.BigIntField()
    home = fields.CharField(max_length=100)
    alive_at = fields.DatetimeField()

    class Meta:
        table = "log_epoch"


class TicketText(Model):
    """A free text that somebody wrote; erasing it leaves the event, its place and its digest as they were."""

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="texts", on_delete=fields.RESTRICT, db_index=True
    )
    ticket_id: int
    kind = fields.CharEnumField(TextKind, max_length=16)
    body = fields.TextField(null=True)
    erased_at = fields.DatetimeField(null=True)

    class Meta:
        table = "ticket_text"


class Event(Model):
    """One thing that happened. before and after hold codes, flags, ids and times only; words live in TicketText."""

    seq = fields.BigIntField(primary_key=True, generated=False)
    at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    subject_kind = fields.CharEnumField(SubjectKind, max_length=16)
    subject_id = fields.BigIntField()
    ticket: fields.ForeignKeyNullableRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="events", null=True, on_delete=fields.RESTRICT
    )
    ticket_id: int | None
    version = fields.IntField(db_default=0)
    kind = fields.CharEnumField(EventKind, max_length=24)
    format = fields.SmallIntField(db_default=EVENT_FORMAT)
    actor_kind = fields.CharEnumField(ActorKind, max_length=16)
    actor_id = fields.CharField(max_length=100, null=True)
    actor_officer_id = fields.IntField(null=True)
    actor_agency_id = fields.IntField(null=True)
    on_behalf_of_id = fields.IntField(null=True)
    visibility = fields.CharEnumField(Visibility, max_length=16)
    before: fields.Field[dict[str, Any]] = fields.JSONField(null=True)
    after: fields.Field[dict[str, Any]] = fields.JSONField(null=True)
    changed: fields.Field[list[str]] = ArrayField("text", db_default=[])
    details: fields.Field[dict[str, Any]] = fields.JSONField(db_default={})
    text_id = fields.BigIntField(null=True, db_index=True)
    text_digest = fields.BinaryField(null=True)
    client_mutation_id = fields.CharField(max_length=100, null=True)  # its digest; docs/adr/0022
    words: fields.Field[dict[str, str]] = fields.JSONField(null=True)  # None: of a release that bound none

    class Meta:
        table = "event"
        indexes = (Index(fields=("ticket_id", "at", "seq")), Index(fields=("subject_kind", "subject_id", "seq")))
