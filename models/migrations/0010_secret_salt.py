"""Every new tracking secret gets a salt of its own, and the counters of tracking numbers never fall."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

# Tickets are never deleted, so a counter that stood behind them would give numbers that citizens hold already.
NEVER_FALLS = """
CREATE FUNCTION ticket_counter_never_falls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.year = OLD.year AND NEW.issued >= OLD.issued THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a tracking number that was given is never given again';
END $$;
CREATE TRIGGER ticket_counter_never_falls BEFORE UPDATE OR DELETE ON ticket_counter
    FOR EACH ROW EXECUTE FUNCTION ticket_counter_never_falls();
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0009_places_at_commit")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Ticket",
            name="secret_salt",
            field=fields.BinaryField(null=True),
        ),
        ops.RunSQL(
            NEVER_FALLS,
            reverse_sql="DROP TRIGGER ticket_counter_never_falls ON ticket_counter; "
            "DROP FUNCTION ticket_counter_never_falls()",
        ),
    ]
