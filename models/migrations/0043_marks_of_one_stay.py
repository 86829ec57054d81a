"""What a ticket carries of one stay in a status ends with it, also where a release that knows nothing of it moves it.

Such a release leaves `case_done` and `closed_by_silence` as they were; whoever knows them sets them by itself. The few
tickets that were left so before are put right.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

END = """
CREATE FUNCTION stay_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.case_done := NEW.case_done AND NOT OLD.case_done;
    NEW.closed_by_silence := NEW.closed_by_silence AND NOT OLD.closed_by_silence;
    RETURN NEW;
END $$;
CREATE TRIGGER stay_ends BEFORE UPDATE OF status ON ticket FOR EACH ROW
    WHEN (NEW.status <> OLD.status AND (OLD.case_done OR OLD.closed_by_silence))
    EXECUTE FUNCTION stay_ends();
UPDATE ticket SET case_done = FALSE WHERE case_done AND status <> 'UNRESOLVED';
UPDATE ticket SET closed_by_silence = FALSE WHERE closed_by_silence AND status NOT IN ('RESOLVED', 'ARCHIVED');
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0042_overdue_limit")]

    initial = False

    operations = [
        ops.RunSQL(END, reverse_sql="DROP FUNCTION stay_ends() CASCADE"),
    ]
