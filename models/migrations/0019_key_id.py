"""The database knows its secret by a name that tells nothing of it, and when each background job last went well."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

JOBS = "CREATE TABLE job_success (name varchar(60) PRIMARY KEY, at timestamptz NOT NULL)"


class Migration(migrations.Migration):
    dependencies = [("models", "0018_pasted_inputs")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Installation",
            name="key_id",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.RunSQL(JOBS, reverse_sql="DROP TABLE job_success"),
    ]
