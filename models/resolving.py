"""Who closes a report as resolved: dated rows of the city's folder."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.agencies import Agency
from models.enums import Role


class ResolvingRule(Model):
    """From valid_from on until the next one, this role resolves: for one agency, or for all that have no row."""

    id = fields.IntField(primary_key=True)
    agency: fields.ForeignKeyNullableRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="resolving", null=True, on_delete=fields.RESTRICT
    )
    agency_id: int | None
    role = fields.CharEnumField(Role, max_length=16)
    valid_from = fields.DateField()
    legal_basis = fields.CharField(max_length=300)

    class Meta:
        table = "resolving_rule"
