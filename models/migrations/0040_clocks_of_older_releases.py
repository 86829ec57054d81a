"""What a release of before does to a ticket leaves its clocks behind: they are counted anew, as if never started.

Its events lack the field `standing` in their states; whoever keeps clocks writes it. The job of services/clocks finds
such a ticket by rules_version, which is empty again.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

FOLLOW = """
CREATE FUNCTION clocks_fall_behind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket SET rules_version = NULL WHERE id = NEW.ticket_id AND rules_version IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER clocks_fall_behind AFTER INSERT ON event FOR EACH ROW
    WHEN (NEW.ticket_id IS NOT NULL AND NEW.after IS NOT NULL AND NOT NEW.after ? 'standing')
    EXECUTE FUNCTION clocks_fall_behind();
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0039_unresolved_cases")]

    initial = False

    operations = [
        ops.RunSQL(FOLLOW, reverse_sql="DROP FUNCTION clocks_fall_behind() CASCADE"),
    ]
