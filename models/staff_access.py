"""How staff come in: passwords, kept as argon2id hashes, and the one-time links by which they are set."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.officers import Officer


class Password(Model):
    """An officer's password, apart from the officer so that nothing that reads people reads it too."""

    officer: fields.OneToOneRelation[Officer] = fields.OneToOneField(
        "models.Officer", related_name="password", primary_key=True, on_delete=fields.CASCADE
    )
    officer_id: int
    hash = fields.CharField(max_length=200)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "officer_password"


class Invitation(Model):
    """A link that lets an officer set a password once; only the SHA-256 digest of its token is stored."""

    id = fields.IntField(primary_key=True)
    officer: fields.ForeignKeyRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="invitations", on_delete=fields.CASCADE, db_index=True
    )
    officer_id: int
    digest = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "invitation"
