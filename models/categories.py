"""Categories in two levels, each with its SP4N-LAPOR! counterpart."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Category(Model):
    id = fields.IntField(primary_key=True)
    code = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=200)
    parent: fields.ForeignKeyNullableRelation[Category] = fields.ForeignKeyField(
        "models.Category", related_name="children", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    parent_id: int | None
    sp4n_code = fields.CharField(max_length=200, null=True)
    active = fields.BooleanField(db_default=True)

    class Meta:
        table = "category"
