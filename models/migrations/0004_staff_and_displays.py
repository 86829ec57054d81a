"""Passwords, one-time links, sessions, and the enrolment of screens."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.displays import DeviceState
from tortoise.fields.base import OnDelete
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("models", "0003_sealed_reporters")]

    initial = False

    operations = [
        ops.CreateModel(
            name="DeviceRequest",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("user_code", fields.CharField(unique=True, max_length=6)),
                (
                    "state",
                    fields.CharEnumField(
                        description="PENDING: PENDING\nAPPROVED: APPROVED\nDENIED: DENIED\nSPENT: SPENT",
                        enum_type=DeviceState,
                        max_length=16,
                    ),
                ),
                ("board", fields.CharField(max_length=40)),
                ("address", fields.CharField(max_length=64)),
                ("interval_seconds", fields.IntField()),
                ("polled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                (
                    "client",
                    fields.ForeignKeyField(
                        "models.Client",
                        source_field="client_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="device_requests",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={
                "table": "device_request",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A screen that waits for approval; only the digest of its device code is stored, and the code that people type.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Display",
            fields=[
                (
                    "client",
                    fields.OneToOneField(
                        "models.Client",
                        source_field="client_id",
                        primary_key=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="display",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("board", fields.CharField(max_length=40)),
                ("address", fields.CharField(max_length=64)),
                (
                    "approved_by",
                    fields.ForeignKeyField(
                        "models.Officer",
                        source_field="approved_by_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="approved_displays",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "display",
                "app": "models",
                "pk_attr": "client_id",
                "table_description": "What a client of kind DISPLAY shows and where it was enrolled from.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Invitation",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "officer",
                    fields.ForeignKeyField(
                        "models.Officer",
                        source_field="officer_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="invitations",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "invitation",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A link that lets an officer set a password once; only the SHA-256 digest of its token is stored.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Password",
            fields=[
                (
                    "officer",
                    fields.OneToOneField(
                        "models.Officer",
                        source_field="officer_id",
                        primary_key=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="password",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("hash", fields.CharField(max_length=200)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "officer_password",
                "app": "models",
                "pk_attr": "officer_id",
                "table_description": "An officer's password, apart from the officer so that nothing that reads people reads it too.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RefreshToken",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "client",
                    fields.ForeignKeyField(
                        "models.Client",
                        source_field="client_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="refresh_tokens",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("spent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "refresh_token",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A token that renews a screen's access once; a spent one that comes again was stolen.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Credential",
            name="agent",
            field=fields.CharField(null=True, max_length=60),
        ),
        ops.AddField(
            model_name="Credential",
            name="session",
            field=fields.BooleanField(db_default=False),
        ),
    ]
