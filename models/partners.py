"""What a partner system was granted, the operations that it registered, and the old fields that it still uses."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.credentials import Client


class GrantSet(Model):
    """A set of schema coordinates under its digest; it never changes, and equal grants share one."""

    digest = fields.CharField(primary_key=True, max_length=64)
    coordinates: fields.Field[list[str]] = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "grant_set"


class Grant(Model):
    """The agreement with one partner. rows is a filter of tickets in the words of the contract, None for no filter.

    points is the most that the budget holds, restore_per_second what flows back; ends_at ends everything.
    """

    id = fields.IntField(primary_key=True)
    client: fields.OneToOneRelation[Client] = fields.OneToOneField(
        "models.Client", related_name="grant", on_delete=fields.RESTRICT
    )
    client_id: int
    grant_set: fields.ForeignKeyRelation[GrantSet] = fields.ForeignKeyField(
        "models.GrantSet", related_name="grants", on_delete=fields.RESTRICT, db_index=True
    )
    grant_set_id: str
    rows: fields.Field[dict[str, Any]] = fields.JSONField(null=True)
    purpose = fields.CharField(max_length=500)
    points = fields.IntField()
    restore_per_second = fields.IntField()
    ends_at = fields.DatetimeField(null=True)
    version = fields.IntField(db_default=1)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "partner_grant"


class StoredDocument(Model):
    """An operation that a partner registered, so that we know what a change would break."""

    id = fields.IntField(primary_key=True)
    client: fields.ForeignKeyRelation[Client] = fields.ForeignKeyField(
        "models.Client", related_name="documents", on_delete=fields.RESTRICT, db_index=True
    )
    client_id: int
    name = fields.CharField(max_length=100)
    text = fields.TextField()
    stored_at = fields.DatetimeField()

    class Meta:
        table = "stored_document"
        unique_together = (("client", "name"),)


class DeprecatedUse(Model):
    """How often a partner asked for something that will go."""

    id = fields.BigIntField(primary_key=True)
    client: fields.ForeignKeyRelation[Client] = fields.ForeignKeyField(
        "models.Client", related_name="deprecated_uses", on_delete=fields.RESTRICT, db_index=True
    )
    client_id: int
    coordinate = fields.CharField(max_length=200)
    uses = fields.BigIntField()
    last_used_at = fields.DatetimeField()

    class Meta:
        table = "deprecated_use"
        unique_together = (("client", "coordinate"),)
