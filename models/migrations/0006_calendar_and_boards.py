"""The working calendar, the times that reports are allowed, and what a board looks up at every change."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.calendars import DayKind
from models.enums import Classification

# A statement uses a partial index only if it repeats the condition.
OPEN = "'ANSWERED', 'DISPATCHED', 'INCOMPLETE', 'IN_PROGRESS', 'ON_HOLD', 'RECEIVED', 'REOPENED', 'VERIFIED'"


class Migration(migrations.Migration):
    dependencies = [("models", "0005_partner_grants")]

    initial = False

    operations = [
        ops.CreateModel(
            name="CalendarDay",
            fields=[
                ("day", fields.DateField(primary_key=True, unique=True, db_index=True)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="HOLIDAY: HOLIDAY\nJOINT_LEAVE: JOINT_LEAVE", enum_type=DayKind, max_length=16
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("source", fields.CharField(max_length=200)),
            ],
            options={
                "table": "calendar_day",
                "app": "models",
                "pk_attr": "day",
                "table_description": "A day off beside the weekends; source is the decree or the library that says so.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DeadlineRule",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "classification",
                    fields.CharEnumField(
                        null=True,
                        description="COMPLAINT: COMPLAINT\nASPIRATION: ASPIRATION\nINFORMATION_REQUEST: INFORMATION_REQUEST",
                        enum_type=Classification,
                        max_length=24,
                    ),
                ),
                ("working_days", fields.IntField()),
                ("valid_from", fields.DateField()),
                ("legal_basis", fields.CharField(max_length=300)),
            ],
            options={
                "table": "deadline_rule",
                "app": "models",
                "unique_together": (("classification", "valid_from"),),
                "pk_attr": "id",
                "table_description": "How many working days a report of this classification may take, if received on valid_from or later.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            f"CREATE INDEX ticket_open_oldest ON ticket (received_at, number) WHERE status IN ({OPEN})",
            reverse_sql="DROP INDEX ticket_open_oldest",
        ),
        ops.RunSQL(
            f"CREATE INDEX ticket_open_of_agency ON ticket (lead_agency_id, received_at) WHERE status IN ({OPEN})",
            reverse_sql="DROP INDEX ticket_open_of_agency",
        ),
        ops.RunSQL(
            "CREATE INDEX event_resolved ON event (at) WHERE after->>'status' = 'RESOLVED' "
            "AND (before IS NULL OR before->>'status' <> 'RESOLVED')",
            reverse_sql="DROP INDEX event_resolved",
        ),
    ]
