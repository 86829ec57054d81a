"""Opaque credentials, kept as digests only, and the clients (partners, displays) that are no officers."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.enums import PrincipalKind
from models.officers import Officer
from models.tickets import Ticket


class Client(Model):
    """A partner system or a display."""

    id = fields.IntField(primary_key=True)
    kind = fields.CharEnumField(PrincipalKind, max_length=16)
    name = fields.CharField(max_length=100)
    active = fields.BooleanField(db_default=True)

    class Meta:
        table = "client"
        unique_together = (("kind", "name"),)


class Credential(Model):
    """A token; only its SHA-256 digest is stored, as it holds 256 random bits itself.

    session: somebody signed in to get it, and it ends when nobody uses it; agent tells them their devices apart.
    networks: the only networks (CIDR) that it is good from, None for any. acting_agency_id: the post of an officer's
    that it acts for, where that is one of the day (services/credentials/posts.py); no key, as agencies stay for good.
    """

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharEnumField(PrincipalKind, max_length=16)
    name = fields.CharField(max_length=100)
    digest = fields.CharField(max_length=64, unique=True)
    officer: fields.ForeignKeyNullableRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="credentials", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    officer_id: int | None
    client: fields.ForeignKeyNullableRelation[Client] = fields.ForeignKeyField(
        "models.Client", related_name="credentials", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    client_id: int | None
    ticket: fields.ForeignKeyNullableRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="sessions", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    ticket_id: int | None
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True, db_index=True)
    revoked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    session = fields.BooleanField(db_default=False)
    agent = fields.CharField(max_length=60, null=True)
    networks: fields.Field[list[str]] = fields.JSONField(null=True)
    acting_agency_id = fields.IntField(null=True)

    class Meta:
        table = "credential"
