"""What partners were granted, the operations that they registered, and the networks of keys."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("models", "0004_staff_and_displays")]

    initial = False

    operations = [
        ops.CreateModel(
            name="DeprecatedUse",
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
                        related_name="deprecated_uses",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("coordinate", fields.CharField(max_length=200)),
                ("uses", fields.BigIntField()),
                ("last_used_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "deprecated_use",
                "app": "models",
                "unique_together": (("client", "coordinate"),),
                "pk_attr": "id",
                "table_description": "How often a partner asked for something that will go.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GrantSet",
            fields=[
                ("digest", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("coordinates", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "grant_set",
                "app": "models",
                "pk_attr": "digest",
                "table_description": "A set of schema coordinates under its digest; it never changes, and equal grants share one.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Grant",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "client",
                    fields.OneToOneField(
                        "models.Client",
                        source_field="client_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="grant",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "grant_set",
                    fields.ForeignKeyField(
                        "models.GrantSet",
                        source_field="grant_set_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="digest",
                        related_name="grants",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("rows", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("purpose", fields.CharField(max_length=500)),
                ("points", fields.IntField()),
                ("restore_per_second", fields.IntField()),
                ("ends_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(db_default=1)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "partner_grant",
                "app": "models",
                "pk_attr": "id",
                "table_description": "The agreement with one partner. rows is a filter of tickets in the words of the contract, None for no filter.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StoredDocument",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "client",
                    fields.ForeignKeyField(
                        "models.Client",
                        source_field="client_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="documents",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=100)),
                ("text", fields.TextField(unique=False)),
                ("stored_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "stored_document",
                "app": "models",
                "unique_together": (("client", "name"),),
                "pk_attr": "id",
                "table_description": "An operation that a partner registered, so that we know what a change would break.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Credential",
            name="networks",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
    ]
