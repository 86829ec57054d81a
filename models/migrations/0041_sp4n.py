"""Links to SP4N-LAPOR!: tables of their own, and a column of tickets without a default, which rewrites nothing.

The job share_sp4n_ids brings the ids of before into the space that all officers share.
"""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from models.enums import LinkDirection, Sp4nStatus


class Migration(migrations.Migration):
    dependencies = [("models", "0040_clocks_of_older_releases")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Sp4nLink",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "ticket",
                    fields.OneToOneField(
                        "models.Ticket",
                        source_field="ticket_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="sp4n_link",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("tracking_id", fields.BigIntField()),
                ("direction", fields.CharEnumField(enum_type=LinkDirection, max_length=16)),
                ("since", fields.DatetimeField(null=True)),
                ("status_at", fields.DatetimeField(null=True)),
            ],
            options={"table": "sp4n_link", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Sp4nSaid",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "ticket",
                    fields.ForeignKeyField(
                        "models.Ticket",
                        source_field="ticket_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="sp4n_said",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("at", fields.DatetimeField()),
                ("text_id", fields.BigIntField()),
                ("status", fields.CharEnumField(enum_type=Sp4nStatus, max_length=16)),
                ("recorded_by_id", fields.IntField(null=True)),
            ],
            options={"table": "sp4n_said", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Sp4nTerm",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("word", fields.CharField(max_length=100, unique=True)),
                ("status", fields.CharEnumField(enum_type=Sp4nStatus, max_length=16)),
            ],
            options={"table": "sp4n_term", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Ticket",
            name="sp4n_status",
            field=fields.CharEnumField(enum_type=Sp4nStatus, max_length=16, null=True),
        ),
    ]
