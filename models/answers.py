"""Answers of an agency to the reporter: drafted, approved by the liaison officer, sent."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import AnswerState
from models.officers import Officer
from models.tickets import Ticket

ANSWER_LIMIT = 10_000


class Answer(Model):
    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="answers", on_delete=fields.RESTRICT
    )
    ticket_id: int
    version = fields.IntField(db_default=1)
    state = fields.CharEnumField(AnswerState, max_length=20)
    text = fields.TextField()
    author: fields.ForeignKeyNullableRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="drafted", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    author_id: int | None
    approver: fields.ForeignKeyNullableRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="approved", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    approver_id: int | None
    agency_id = fields.IntField(null=True)
    updated_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "answer"
        indexes = (Index(fields=("ticket_id", "id")),)
