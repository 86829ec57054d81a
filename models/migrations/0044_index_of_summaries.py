"""The index by which a summary is found whose tickets leave a sight, made beside writers."""

from tortoise import migrations
from tortoise.migrations import operations as ops

NAME = "notification_summary_tickets"


class Migration(migrations.Migration):
    atomic = False  # an index is made beside writers outside of transactions only

    dependencies = [("models", "0043_marks_of_one_stay")]

    initial = False

    # One that was cut off left an index behind that is not valid, so it is dropped first.
    operations = [
        ops.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}", reverse_sql="SELECT", atomic=False),
        ops.RunSQL(
            f"CREATE INDEX CONCURRENTLY {NAME} ON notification USING gin (tickets) WHERE kind = 'SUMMARY'",
            reverse_sql=f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
            atomic=False,
        ),
    ]
