"""Weeks and policies say who decreed them, and days off that a decree took away stay away.

Small tables, and constant defaults: nothing is rewritten, and the release before writes them as it did.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.calendars import DayOrigin


class Migration(migrations.Migration):
    dependencies = [("models", "0033_lists_by_clocks")]

    initial = False

    operations = [
        ops.AddField(
            model_name="OfficeWeek",
            name="origin",
            field=fields.CharEnumField(enum_type=DayOrigin, max_length=8, db_default=DayOrigin.FOLDER),
        ),
        ops.AddField(
            model_name="DeadlinePolicy",
            name="origin",
            field=fields.CharEnumField(enum_type=DayOrigin, max_length=8, db_default=DayOrigin.FOLDER),
        ),
        ops.AlterField(model_name="CalendarDay", name="source", field=fields.CharField(max_length=300)),
        ops.CreateModel(
            name="WithdrawnDay",
            fields=[
                ("day", fields.DateField(primary_key=True, unique=True, db_index=True)),
                ("legal_basis", fields.CharField(max_length=300)),
            ],
            options={"table": "withdrawn_day", "app": "models", "pk_attr": "day"},
            bases=["Model"],
        ),
    ]
