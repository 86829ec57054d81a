"""Agencies (OPD, kelurahan, BUMD and bodies outside the city) and the names that they had over time."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import AgencyKind


class Agency(Model):
    id = fields.IntField(primary_key=True)
    code = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=200)
    short_name = fields.CharField(max_length=40, null=True)
    kind = fields.CharEnumField(AgencyKind, max_length=16)
    parent: fields.ForeignKeyNullableRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="children", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    parent_id: int | None
    active = fields.BooleanField(db_default=True)

    class Meta:
        table = "agency"


class AgencyName(Model):
    """A name of an agency from one day on; the name of today is copied to Agency.name."""

    id = fields.IntField(primary_key=True)
    agency: fields.ForeignKeyRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="names", on_delete=fields.RESTRICT
    )
    agency_id: int
    name = fields.CharField(max_length=200)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)

    class Meta:
        table = "agency_name"
        unique_together = (("agency_id", "valid_from"),)
        indexes = (Index(fields=("agency_id", "valid_from")),)
