"""Who reported: apart from the ticket, so that a list never touches it and an erasure finds it in one place."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.tickets import Ticket


class Reporter(Model):
    id = fields.BigIntField(primary_key=True)
    ticket: fields.OneToOneRelation[Ticket] = fields.OneToOneField(
        "models.Ticket", related_name="reporter", on_delete=fields.RESTRICT
    )
    ticket_id: int
    name = fields.TextField(null=True)
    phone = fields.TextField(null=True)
    email = fields.TextField(null=True)
    nik = fields.TextField(null=True)

    class Meta:
        table = "reporter"
