"""What a ticket is called in another system, and what that system last said of it, word for word."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.enums import LinkDirection
from models.tickets import Ticket


class ExternalLink(Model):
    """system names the other system, and the principal where each has ids of its own, e.g. `open311:chicago`."""

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="external_links", on_delete=fields.RESTRICT, db_index=True
    )
    ticket_id: int
    system = fields.CharField(max_length=100)
    external_id = fields.CharField(max_length=200, db_index=True)
    direction = fields.CharEnumField(LinkDirection, max_length=16)
    raw_status = fields.TextField(null=True)
    data: fields.Field[dict[str, Any]] = fields.JSONField(db_default={})
    created_at = fields.DatetimeField()

    class Meta:
        table = "external_link"
        unique_together = (("system", "external_id"),)
