"""Indexes by which lists find tickets by their clocks and order them by their deadlines, made beside writers."""

from tortoise import migrations
from tortoise.migrations import operations as ops

INDEXES = {
    "ticket_due_first": "ON ticket (coalesce(due_at, '9999-12-31T00:00:00Z'::timestamptz), number)",
    "ticket_clock_standings": "ON ticket USING gin (clock_standings)",
}


class Migration(migrations.Migration):
    atomic = False  # an index is made beside writers outside of transactions only

    dependencies = [("models", "0032_standings_of_clocks")]

    initial = False

    # One that was cut off left an index behind that is not valid, so each is dropped first.
    operations = [
        operation
        for name, place in INDEXES.items()
        for operation in (
            ops.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", reverse_sql="SELECT", atomic=False),
            ops.RunSQL(
                f"CREATE INDEX CONCURRENTLY {name} {place}",
                reverse_sql=f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                atomic=False,
            ),
        )
    ]
