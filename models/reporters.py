"""Who reported: apart from the ticket, so that a list never touches it and an erasure finds it in one place."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tickets import Ticket

FORM = 2  # the form of telephones, addresses and NIK that is written now; 1 is what was typed


class Reporter(Model):
    """Each value is sealed on its own; key_id names the key, form the form of the values, and the indexes are keyed
    digests to look one up by.
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.OneToOneRelation[Ticket] = fields.OneToOneField(
        "models.Ticket", related_name="reporter", on_delete=fields.RESTRICT
    )
    ticket_id: int
    name = fields.TextField(null=True)
    phone = fields.TextField(null=True)
    email = fields.TextField(null=True)
    nik = fields.TextField(null=True)
    key_id = fields.CharField(max_length=16, db_default="")
    phone_index = fields.BinaryField(null=True)
    nik_index = fields.BinaryField(null=True)
    form = fields.SmallIntField(db_default=1)

    class Meta:
        table = "reporter"
        indexes = (Index(fields=("phone_index",)), Index(fields=("nik_index",)), Index(fields=("key_id", "id")))
