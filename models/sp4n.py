"""The link of a ticket to its report in SP4N-LAPOR!, what that said, and the city's list of what its words mean."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.enums import LinkDirection, Sp4nStatus
from models.tickets import Ticket

SP4N = "sp4n"  # the system of external links whose ids all officers share


class Sp4nLink(Model):
    """One per ticket; the tracking id is a text that can be erased, its digest stands in external_link."""

    id = fields.BigIntField(primary_key=True)
    ticket: fields.OneToOneRelation[Ticket] = fields.OneToOneField(
        "models.Ticket", related_name="sp4n_link", on_delete=fields.RESTRICT
    )
    ticket_id: int
    tracking_id = fields.BigIntField()  # a row of ticket_text
    direction = fields.CharEnumField(LinkDirection, max_length=16)
    since = fields.DatetimeField(null=True)  # when the report came to be in SP4N-LAPOR!
    status_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sp4n_link"


class Sp4nSaid(Model):
    """One thing that SP4N-LAPOR! said of a linked ticket; its words are a row of ticket_text."""

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="sp4n_said", on_delete=fields.RESTRICT, db_index=True
    )
    ticket_id: int
    at = fields.DatetimeField()
    text_id = fields.BigIntField()
    status = fields.CharEnumField(Sp4nStatus, max_length=16)
    recorded_by_id = fields.IntField(null=True)

    class Meta:
        table = "sp4n_said"


class Sp4nTerm(Model):
    """What a word of SP4N-LAPOR! means here, from the city's folder; without case and with single blanks."""

    id = fields.IntField(primary_key=True)
    word = fields.CharField(max_length=100, unique=True)
    status = fields.CharEnumField(Sp4nStatus, max_length=16)

    class Meta:
        table = "sp4n_term"
