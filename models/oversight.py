"""Who examines a supervisory report that no inspector is free to examine; it changes by a decision of the city."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.agencies import Agency
from models.enums import Role


class OversightRule(Model):
    """From valid_from on until the next one: the role that is left to examine what the inspectorate can not.

    inspectorate is the agency whose duty it is to examine, whether an inspector sits in it or not.
    """

    id = fields.IntField(primary_key=True)
    inspectorate: fields.ForeignKeyRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="oversight", on_delete=fields.RESTRICT
    )
    inspectorate_id: int
    deputy = fields.CharEnumField(Role, max_length=16)
    valid_from = fields.DateField(unique=True)
    legal_basis = fields.CharField(max_length=300)

    class Meta:
        table = "oversight_rule"
