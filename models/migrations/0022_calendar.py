"""Working calendars with their weeks, and days that say who decreed them; what stands in calendar_day stays.

The release before reads and writes calendar_day as it did: the columns that it does not know have defaults. The table has
a few hundred rows, so that its new key is made in an instant.
"""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from models.calendars import DayKind, DayOrigin

KEYED = """
ALTER TABLE calendar_day
  DROP CONSTRAINT calendar_day_pkey,
  ADD COLUMN id serial PRIMARY KEY,
  ADD COLUMN estimated boolean NOT NULL DEFAULT false,
  ADD COLUMN calendar_code varchar(64),
  ADD COLUMN origin varchar(8) NOT NULL DEFAULT 'LIBRARY'
"""
UNIQUE = "CREATE UNIQUE INDEX calendar_day_of_calendar ON calendar_day (day, calendar_code) NULLS NOT DISTINCT"
MARKED = """
UPDATE calendar_day SET
  estimated = name LIKE '%(perkiraan)%',
  origin = CASE WHEN source LIKE 'PyPI holidays %' THEN 'LIBRARY' ELSE 'DECREE' END,
  kind = CASE WHEN kind = 'HOLIDAY' AND name LIKE 'Hari Pemilihan%' THEN 'ELECTION' ELSE kind END
"""
# The release before knows holidays and joint leave only, one of them a day.
UNKEYED = (
    "DELETE FROM calendar_day WHERE calendar_code IS NOT NULL OR kind = 'WORKING'",
    "UPDATE calendar_day SET kind = 'HOLIDAY' WHERE kind <> 'JOINT_LEAVE'",
    "ALTER TABLE calendar_day DROP COLUMN id, DROP COLUMN estimated, DROP COLUMN calendar_code, DROP COLUMN origin, "
    "ADD PRIMARY KEY (day)",
)


class ForgetModel(ops.DeleteModel):
    """Tells Tortoise that a model has another shape from here on; its table is altered by hand, above."""

    async def database_forward(self, *_: object) -> None:
        pass

    async def database_backward(self, *_: object) -> None:
        pass


class DescribeModel(ops.CreateModel):
    """The new shape of a model whose table stands."""

    async def database_forward(self, *_: object) -> None:
        pass

    async def database_backward(self, *_: object) -> None:
        pass


class Migration(migrations.Migration):
    dependencies = [("models", "0021_short_names")]

    initial = False

    operations = [
        ops.RunSQL([KEYED, UNIQUE, MARKED], reverse_sql=list(UNKEYED)),
        ForgetModel("CalendarDay"),
        DescribeModel(
            name="CalendarDay",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("day", fields.DateField()),
                ("kind", fields.CharEnumField(enum_type=DayKind, max_length=16)),
                ("name", fields.CharField(max_length=200)),
                ("source", fields.CharField(max_length=200)),
                ("estimated", fields.BooleanField(db_default=False)),
                ("calendar_code", fields.CharField(max_length=64, null=True)),
                ("origin", fields.CharEnumField(enum_type=DayOrigin, max_length=8, db_default=DayOrigin.LIBRARY)),
            ],
            options={"table": "calendar_day", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WorkCalendar",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("name", fields.CharField(max_length=200)),
                ("always", fields.BooleanField()),
                ("desk", fields.BooleanField()),
                ("agency_codes", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={"table": "work_calendar", "app": "models", "pk_attr": "code"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OfficeWeek",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("calendar_code", fields.CharField(max_length=64)),
                ("name", fields.CharField(max_length=200)),
                ("valid_from", fields.DateField()),
                ("valid_to", fields.DateField(null=True)),
                ("windows", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("legal_basis", fields.CharField(max_length=300)),
            ],
            options={
                "table": "office_week",
                "app": "models",
                "unique_together": (("calendar_code", "valid_from"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
