"""Policies of deadlines, by clock and by what they name of a ticket; the rules of before are carried over.

deadline_rule stays: the release before counts by it, and so do boards.
"""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from models.enums import Channel, Classification, ClockKind, DeadlineUnit, HandlingClass

CARRIED = """
INSERT INTO deadline_policy (code, clock, classification, amount, unit, rests, extension, extensions, valid_from,
  legal_basis, verified)
SELECT lower(replace(coalesce(classification, 'verification'), '_', '-')),
  CASE WHEN classification IS NULL THEN 'VERIFICATION' ELSE 'RESOLUTION' END, classification, working_days,
  'WORKING_DAYS',
  CASE WHEN classification IS NULL THEN '["INCOMPLETE", "ON_HOLD"]'::jsonb
    ELSE '["ANSWERED", "INCOMPLETE", "ON_HOLD"]'::jsonb END,
  0, 0, valid_from, legal_basis, false
FROM deadline_rule
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0025_no_title_likeness")]

    initial = False

    operations = [
        ops.CreateModel(
            name="DeadlinePolicy",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("code", fields.CharField(max_length=64)),
                ("clock", fields.CharEnumField(enum_type=ClockKind, max_length=16)),
                ("classification", fields.CharEnumField(enum_type=Classification, max_length=24, null=True)),
                ("handling_class", fields.CharEnumField(enum_type=HandlingClass, max_length=16, null=True)),
                ("channel", fields.CharEnumField(enum_type=Channel, max_length=16, null=True)),
                ("agency_code", fields.CharField(max_length=64, null=True)),
                ("category_code", fields.CharField(max_length=64, null=True)),
                ("amount", fields.IntField()),
                ("unit", fields.CharEnumField(enum_type=DeadlineUnit, max_length=16)),
                ("rests", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("extension", fields.IntField()),
                ("extensions", fields.IntField()),
                ("valid_from", fields.DateField()),
                ("valid_to", fields.DateField(null=True)),
                ("legal_basis", fields.CharField(max_length=300)),
                ("verified", fields.BooleanField()),
            ],
            options={
                "table": "deadline_policy",
                "app": "models",
                "unique_together": (("code", "valid_from"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.RunSQL(CARRIED, reverse_sql="SELECT 1"),
        ops.AddField(model_name="Installation", name="rules_version", field=fields.IntField(db_default=1)),
    ]
