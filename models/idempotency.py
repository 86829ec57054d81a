"""Submissions already answered: per principal, so that nobody learns of another's keys; they expire."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.tickets import Ticket


class IdempotencyKey(Model):
    id = fields.BigIntField(primary_key=True)
    principal = fields.CharField(max_length=100)
    key = fields.CharField(max_length=200)
    content_digest = fields.BinaryField()
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="idempotency_keys", on_delete=fields.RESTRICT, db_index=True
    )
    ticket_id: int
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "idempotency_key"
        unique_together = (("principal", "key"),)
