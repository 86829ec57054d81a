"""Indexes of open tickets that name what is closed: a further open status is in them by itself.

A statement that asks for some open statuses implies this condition, so it uses these indexes as the release before did.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

OPEN = "'RECEIVED', 'INCOMPLETE', 'VERIFIED', 'DISPATCHED', 'IN_PROGRESS', 'ON_HOLD', 'ANSWERED', 'REOPENED'"
CLOSED = "'RESOLVED', 'UNRESOLVED', 'OUT_OF_JURISDICTION', 'DIVERTED_TO_EMERGENCY', 'ARCHIVED'"
INDEXES = {
    "ticket_open_oldest": "(received_at, number)",
    "ticket_open_of_agency": "(lead_agency_id, received_at)",
    "ticket_open_by_rules": "(rules_version, id)",
}


class Migration(migrations.Migration):
    atomic = False  # an index is made beside writers outside of transactions only

    dependencies = [("models", "0044_index_of_summaries")]

    initial = False

    # The next one is made beside the one that is used, and then has its name; what was cut off is dropped first.
    operations = [
        operation
        for name, columns in INDEXES.items()
        for operation in (
            ops.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {name}_next", reverse_sql="SELECT", atomic=False),
            ops.RunSQL(
                f"CREATE INDEX CONCURRENTLY {name}_next ON ticket {columns} WHERE status NOT IN ({CLOSED})",
                reverse_sql=f"DROP INDEX CONCURRENTLY IF EXISTS {name}_next",
                atomic=False,
            ),
            ops.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                reverse_sql=f"CREATE INDEX CONCURRENTLY {name} ON ticket {columns} WHERE status IN ({OPEN})",
                atomic=False,
            ),
            ops.RunSQL(
                f"ALTER INDEX {name}_next RENAME TO {name}",
                reverse_sql=f"ALTER INDEX IF EXISTS {name} RENAME TO {name}_next",
                atomic=False,
            ),
        )
    ]
