"""A reporter says in which form its telephone, address and NIK are kept; those of before are brought into that of now
by a job of the worker, as they are sealed.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

OLDER = "CREATE INDEX reporter_form ON reporter (id) WHERE form < 2"


class Migration(migrations.Migration):
    dependencies = [("models", "0017_search")]

    initial = False

    operations = [
        ops.AddField(model_name="Reporter", name="form", field=fields.SmallIntField(db_default=1)),
        ops.RunSQL(OLDER, "DROP INDEX reporter_form"),
    ]
