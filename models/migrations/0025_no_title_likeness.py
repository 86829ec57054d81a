"""The index by which a release of before compared titles goes, without a lock that anybody waits for.

Likeness asks for plain_title since 0017. A server of a release before that compares titles without an index while both
run: more slowly, and only where nothing holds the searched words.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0024_search_joins")]

    initial = False
    atomic = False  # an index is dropped beside writers outside of transactions only

    operations = [
        ops.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS ticket_title_trgm",
            reverse_sql="CREATE INDEX CONCURRENTLY IF NOT EXISTS ticket_title_trgm ON ticket USING gin (title gin_trgm_ops)",
            atomic=False,
        ),
    ]
