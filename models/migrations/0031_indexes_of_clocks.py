"""Indexes of what 0030 added to tickets, made beside writers: they lock nobody out however many tickets there are."""

from tortoise import migrations
from tortoise.migrations import operations as ops

OPEN = "'RECEIVED', 'INCOMPLETE', 'VERIFIED', 'DISPATCHED', 'IN_PROGRESS', 'ON_HOLD', 'ANSWERED', 'REOPENED'"
INDEXES = {
    "ticket_due": "(due_at, number)",
    "ticket_without_clocks": "(id) WHERE rules_version IS NULL",
    "ticket_open_by_rules": f"(rules_version, id) WHERE status IN ({OPEN})",
}


class Migration(migrations.Migration):
    atomic = False  # an index is made beside writers outside of transactions only

    dependencies = [("models", "0030_stored_clocks")]

    initial = False

    # One that was cut off left an index behind that is not valid, so each is dropped first.
    operations = [
        operation
        for name, columns in INDEXES.items()
        for operation in (
            ops.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", reverse_sql="SELECT", atomic=False),
            ops.RunSQL(
                f"CREATE INDEX CONCURRENTLY {name} ON ticket {columns}",
                reverse_sql=f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                atomic=False,
            ),
        )
    ]
