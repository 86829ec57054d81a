"""Officers and their dated assignments: the role and the agency of a day decide what somebody may do on it."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.agencies import Agency
from models.enums import Role


class Officer(Model):
    """Somebody with an account; it ends by active, as what they did keeps their name. version counts its changes.

    last_agency_id is the post that they acted for last, with which the next session begins.
    """

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=200)
    email = fields.CharField(max_length=254, unique=True)
    active = fields.BooleanField(db_default=True)
    version = fields.IntField(db_default=1)
    last_agency_id = fields.IntField(null=True)

    class Meta:
        table = "officer"
        indexes = (Index(fields=("name", "id")),)


class Assignment(Model):
    """One role of one officer in one agency, from valid_from to valid_to, both days included (WIB)."""

    id = fields.IntField(primary_key=True)
    officer: fields.ForeignKeyRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="assignments", on_delete=fields.RESTRICT
    )
    officer_id: int
    agency: fields.ForeignKeyRelation[Agency] = fields.ForeignKeyField(
        "models.Agency", related_name="assignments", on_delete=fields.RESTRICT
    )
    agency_id: int
    role = fields.CharEnumField(Role, max_length=16)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)

    class Meta:
        table = "assignment"
        unique_together = (("officer_id", "agency_id", "role", "valid_from"),)
        indexes = (Index(fields=("officer_id", "valid_from")), Index(fields=("agency_id",)))


HANDLING_ROLES = (Role.OFFICER, Role.LIAISON)  # who handles the tickets of their agency
HANDLING = ", ".join(f"'{role}'" for role in HANDLING_ROLES)


def handlers(day: str) -> str:
    """Who handles tickets on a day: posts a with their officers o, as a statement from FROM on; conditions may follow.

    Active officers do, in the agency of their post. day: a parameter, e.g. $1; the last day belongs to a post.
    """
    return (
        f"FROM assignment a JOIN officer o ON o.id = a.officer_id AND o.active WHERE a.role IN ({HANDLING})"
        f" AND a.valid_from <= {day} AND (a.valid_to IS NULL OR a.valid_to >= {day})"
    )
