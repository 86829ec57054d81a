"""Rows beside the log: what clients called their changes, and how far old words have been taken out of the log."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.tickets import Ticket


class MutationId(Model):
    """What a client called its change of a ticket; the event of that change holds the digest."""

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="mutation_ids", on_delete=fields.RESTRICT
    )
    ticket_id: int
    digest = fields.CharField(max_length=100)
    value = fields.CharField(max_length=100)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "mutation_id"
        unique_together = (("ticket_id", "digest"),)


class PendingReindex(Model):
    """Words were taken away, by the transaction written_by, that indexes and the free space of tables still hold."""

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    written_by = fields.BigIntField()

    class Meta:
        table = "pending_reindex"


class WordBinding(Model):
    """The one row that says up to which event the words in the log were replaced by digests."""

    id = fields.IntField(primary_key=True, generated=False)
    seq = fields.BigIntField()

    class Meta:
        table = "word_binding"
