"""The index by which a worklist finds what was escalated to somebody, made beside writers."""

from tortoise import migrations
from tortoise.migrations import operations as ops

NAME = "ticket_escalated_to"


class Migration(migrations.Migration):
    atomic = False  # an index is made beside writers outside of transactions only

    dependencies = [("models", "0035_escalations")]

    initial = False

    # One that was cut off left an index behind that is not valid, so it is dropped first.
    operations = [
        ops.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}", reverse_sql="SELECT", atomic=False),
        ops.RunSQL(
            f"CREATE INDEX CONCURRENTLY {NAME} ON ticket USING gin (escalated_to)",
            reverse_sql=f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
            atomic=False,
        ),
    ]
