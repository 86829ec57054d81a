"""Indexes of open tickets that name what is closed: a further open status is in them by itself.

A statement that asks for some open statuses implies this condition, so it uses these indexes as the release before did.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

OPEN = "'RECEIVED', 'INCOMPLETE', 'VERIFIED', 'DISPATCHED', 'IN_PROGRESS', 'ON_HOLD', 'ANSWERED', 'REOPENED'"
CLOSED = "'RESOLVED', 'UNRESOLVED', 'OUT_OF_JURISDICTION', 'DIVERTED_TO_EMERGENCY', 'ARCHIVED'"
INDEXES = {
    "oldest": "(received_at, number)",
    "of_agency": "(lead_agency_id, received_at)",
    "by_rules": "(rules_version, id)",
}
# What was cut off left an index behind that is not valid; one that is whole stays, as it may be the only one.
UNFINISHED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('{name}') AND NOT indisvalid) THEN
    DROP INDEX {name};
  END IF;
END $$
"""


def run(statement: str, reverse: str) -> ops.RunSQL:
    return ops.RunSQL(statement or "SELECT", reverse_sql=reverse or "SELECT", atomic=False)


class Migration(migrations.Migration):
    atomic = False  # an index is made beside writers outside of transactions only

    dependencies = [("models", "0044_index_of_summaries")]

    initial = False

    operations = [
        operation
        for name, columns in INDEXES.items()
        for before, after in ((f"ticket_open_{name}", f"ticket_unclosed_{name}"),)
        for operation in (
            run(UNFINISHED.format(name=after), ""),
            run(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {after} ON ticket {columns} WHERE status NOT IN ({CLOSED})",
                f"DROP INDEX CONCURRENTLY IF EXISTS {after}",
            ),
            run("", f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {before} ON ticket {columns} WHERE status IN ({OPEN})"),
            run(f"DROP INDEX CONCURRENTLY IF EXISTS {before}", UNFINISHED.format(name=before)),
        )
    ]
