"""Rows for the words that events only digest, and what is append-only is not emptied either; docs/adr/0022."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

# What nobody may empty: the log with its head and epochs, the audit log with what waits to enter it. Statement
# triggers fire for whoever empties them, the owner and CASCADE included.
KEPT = ("event", "log_head", "log_epoch", "audit_waiting", "audit_tally")

NEVER_EMPTIED = """
CREATE FUNCTION log_is_never_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % is not emptied', TG_TABLE_NAME;
END $$;
"""
GUARD = """
CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION log_is_never_emptied()
"""

# As 0012 left it, but for the digests of words; releases that do not know them give none.
CHANGES = (
    ("INSERT INTO event (format,", "INSERT INTO event (words, format,"),
    ("SELECT coalesce(row.format, 1),", "SELECT row.words, coalesce(row.format, 1),"),
    ("AS row(format smallint,", "AS row(words jsonb, format smallint,"),
)

REWRITING = """
DO $do$
DECLARE
    written text := pg_get_functiondef('event_takes_its_place()'::regprocedure);
    change text[];
BEGIN
    FOREACH change SLICE 1 IN ARRAY ARRAY[{changes}] LOOP
        IF strpos(written, change[1]) = 0 THEN
            RAISE EXCEPTION 'event_takes_its_place is not the function that is known here';
        END IF;
        written := replace(written, change[1], change[2]);
    END LOOP;
    EXECUTE written;
END $do$;
"""


def rewriting(changes: list[tuple[str, str]]) -> str:
    """The statement that puts new pieces for old ones into the function."""
    return REWRITING.format(changes=", ".join(f"['{old}', '{new}']" for old, new in changes))


class Migration(migrations.Migration):
    dependencies = [("models", "0013_oversight")]

    initial = False

    operations = [
        ops.CreateModel(
            name="MutationId",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "ticket",
                    fields.ForeignKeyField(
                        "models.Ticket",
                        source_field="ticket_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="mutation_ids",
                        on_delete=fields.RESTRICT,
                    ),
                ),
                ("digest", fields.CharField(max_length=100)),
                ("value", fields.CharField(max_length=100)),
                ("at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "mutation_id",
                "app": "models",
                "unique_together": (("ticket_id", "digest"),),
                "pk_attr": "id",
                "table_description": "What a client called its change of a ticket; the event of that change holds the digest.",
            },
            bases=["Model"],
        ),
        # A table that was emptied keeps its samples, whoever analyses it.
        ops.RunSQL("ALTER TABLE mutation_id ALTER value SET STATISTICS 0", reverse_sql=""),
        ops.CreateModel(
            name="PendingReindex",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("written_by", fields.BigIntField()),
            ],
            options={
                "table": "pending_reindex",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Words were taken away, by the transaction written_by, that indexes and the free space of tables still hold.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WordBinding",
            fields=[
                ("id", fields.IntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("seq", fields.BigIntField()),
            ],
            options={
                "table": "word_binding",
                "app": "models",
                "pk_attr": "id",
                "table_description": "The one row that says up to which event the words in the log were replaced by digests.",
            },
            bases=["Model"],
        ),
        ops.RunSQL("ALTER TABLE word_binding ALTER id DROP DEFAULT", reverse_sql=""),
        ops.AddField(model_name="Event", name="words", field=fields.JSONField(null=True)),
        ops.RunSQL(rewriting(list(CHANGES)), reverse_sql=rewriting([(new, old) for old, new in CHANGES])),
        ops.RunSQL(NEVER_EMPTIED, reverse_sql="DROP FUNCTION log_is_never_emptied() CASCADE"),
        ops.RunSQL([GUARD.format(table=table) for table in KEPT], reverse_sql=""),
    ]
