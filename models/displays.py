"""Screens on the wall: how one asks to be let in (RFC 8628), what it is bound to, and how it stays enrolled."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.credentials import Client
from models.officers import Officer


class DeviceState(StrEnum):
    """What became of a screen's request; a spent one was answered with tokens."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DENIED = "DENIED"
    SPENT = "SPENT"


class Display(Model):
    """What a client of kind DISPLAY shows and where it was enrolled from."""

    client: fields.OneToOneRelation[Client] = fields.OneToOneField(
        "models.Client", related_name="display", primary_key=True, on_delete=fields.CASCADE
    )
    client_id: int
    board = fields.CharField(max_length=40)
    address = fields.CharField(max_length=64)
    approved_by: fields.ForeignKeyNullableRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="approved_displays", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    approved_by_id: int | None
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    copied = fields.BooleanField(db_default=False)  # it was revoked by itself, as its key was used twice

    class Meta:
        table = "display"


class DeviceRequest(Model):
    """A screen that waits for approval; only the digest of its device code is stored, and the code that people type."""

    id = fields.BigIntField(primary_key=True)
    digest = fields.CharField(max_length=64, unique=True)
    user_code = fields.CharField(max_length=6, unique=True)
    state = fields.CharEnumField(DeviceState, max_length=16)
    board = fields.CharField(max_length=40)
    address = fields.CharField(max_length=64)
    interval_seconds = fields.IntField()
    polled_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    client: fields.ForeignKeyNullableRelation[Client] = fields.ForeignKeyField(
        "models.Client", related_name="device_requests", null=True, on_delete=fields.CASCADE, db_index=True
    )
    client_id: int | None

    class Meta:
        table = "device_request"


class RefreshToken(Model):
    """A token that renews a screen's access once; a spent one that comes again was stolen."""

    id = fields.BigIntField(primary_key=True)
    client: fields.ForeignKeyRelation[Client] = fields.ForeignKeyField(
        "models.Client", related_name="refresh_tokens", on_delete=fields.CASCADE, db_index=True
    )
    client_id: int
    digest = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    spent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "refresh_token"
