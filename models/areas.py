"""Kecamatan and kelurahan by their Kemendagri codes: two of them share a name, so the code is the key."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.enums import AreaLevel


class Area(Model):
    code = fields.CharField(max_length=20, primary_key=True)
    name = fields.CharField(max_length=100)
    level = fields.CharEnumField(AreaLevel, max_length=16)
    parent: fields.ForeignKeyNullableRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="children", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    parent_id: str | None

    class Meta:
        table = "area"
