"""Extensions of deadlines, as they were asked for and decided; their words stand in ticket_text."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import ClockKind, DeadlineUnit, ExtensionState
from models.officers import Officer
from models.tickets import Ticket


class Extension(Model):
    """amount is in units; reason_id and note_id are rows of ticket_text, which may have been erased."""

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="extensions", on_delete=fields.RESTRICT
    )
    ticket_id: int
    clock = fields.CharEnumField(ClockKind, max_length=16)
    amount = fields.IntField()
    unit = fields.CharEnumField(DeadlineUnit, max_length=16)
    state = fields.CharEnumField(ExtensionState, max_length=16)
    reason_id = fields.BigIntField(null=True)
    requested_by: fields.ForeignKeyNullableRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="extensions_asked", null=True, on_delete=fields.RESTRICT
    )
    requested_by_id: int | None
    requested_at = fields.DatetimeField()
    decided_by: fields.ForeignKeyNullableRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="extensions_decided", null=True, on_delete=fields.RESTRICT
    )
    decided_by_id: int | None
    decided_at = fields.DatetimeField(null=True)
    note_id = fields.BigIntField(null=True)

    class Meta:
        table = "extension"
        indexes = (Index(fields=("ticket_id", "id")),)
