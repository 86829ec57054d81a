"""What Tortoise has no words for: the log's head, its append-only guard, and the indexes for search by likeness."""

from tortoise import migrations
from tortoise.migrations import operations as ops

GIVEN_KEYS = (("event", "seq"), ("log_head", "id"), ("installation", "id"), ("ticket_counter", "year"))

APPEND_ONLY = """
CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only';
END $$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION event_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]

    initial = False

    operations = [
        ops.RunSQL(
            [f"ALTER TABLE {table} ALTER {column} DROP DEFAULT" for table, column in GIVEN_KEYS], reverse_sql=""
        ),
        ops.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", reverse_sql="DROP EXTENSION IF EXISTS pg_trgm"),
        ops.RunSQL(
            "CREATE INDEX ticket_title_trgm ON ticket USING gin (title gin_trgm_ops)",
            reverse_sql="DROP INDEX ticket_title_trgm",
        ),
        ops.RunSQL(
            "CREATE INDEX ticket_number_trgm ON ticket USING gin (number gin_trgm_ops)",
            reverse_sql="DROP INDEX ticket_number_trgm",
        ),
        ops.RunSQL(
            "INSERT INTO log_head (id, seq, reference_seq, epoch) "
            "VALUES (1, 0, 0, replace(gen_random_uuid()::text, '-', ''))",
            reverse_sql="DELETE FROM log_head",
        ),
        ops.RunSQL(
            APPEND_ONLY,
            reverse_sql="DROP TRIGGER event_append_only ON event; DROP FUNCTION event_is_append_only()",
        ),
    ]
