"""Events say themselves in which format their states are; those of releases that say nothing are of the first.

What stands in the trigger's function besides is left as it is found.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

CHANGES = (
    ("INSERT INTO event (seq,", "INSERT INTO event (format, seq,"),
    ("SELECT head.seq - NEW.count", "SELECT coalesce(row.format, 1), head.seq - NEW.count"),
    ("AS row(place bigint,", "AS row(format smallint, place bigint,"),
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
    dependencies = [("models", "0011_home_of_the_log")]

    initial = False

    operations = [
        ops.RunSQL(
            rewriting(list(CHANGES)),
            reverse_sql=rewriting([(new, old) for old, new in CHANGES]),
        ),
    ]
