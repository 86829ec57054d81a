"""The audit log with its seals, guarded by the database itself: rows are added and never changed, removed or emptied."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import AuditKind

GIVEN_KEYS = (("audit_seal", "position"), ("audit_waiting", "entry_id"))

APPEND_ONLY = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
"""

# A sealer that looked for "everything after the last sealed id" would miss a transaction that commits later with a
# lower id: so every entry waits in a row of its own, whoever wrote it.
WAITS = """
CREATE FUNCTION audit_entry_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_waiting (entry_id) SELECT id FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_entry_waits AFTER INSERT ON audit_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_waits();
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0006_calendar_and_boards")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("kind", fields.CharEnumField(description="AuditKind", enum_type=AuditKind, max_length=32)),
                ("principal", fields.CharField(max_length=100)),
                ("subject", fields.CharField(null=True, max_length=100)),
                ("reason_digest", fields.CharField(null=True, max_length=64)),
                ("details", fields.TextField(unique=False)),
                ("address", fields.CharField(null=True, max_length=64)),
                ("count", fields.BigIntField()),
                ("nonce", fields.CharField(unique=True, max_length=32)),
                ("key_id", fields.CharField(max_length=8)),
                ("mac", fields.CharField(max_length=64)),
            ],
            options={
                "table": "audit_entry",
                "app": "models",
                "indexes": [
                    Index(fields=["at", "id"]),
                    Index(fields=["principal", "at", "id"]),
                    Index(fields=["subject", "at", "id"]),
                    Index(fields=["kind", "at", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "One thing that must be proven: codes, numbers and counts only, as it can neither be changed nor erased.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditSeal",
            fields=[
                ("position", fields.BigIntField(primary_key=True, unique=True, db_index=True)),
                ("entry_id", fields.BigIntField(unique=True)),
                ("sealed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("digest", fields.CharField(max_length=64)),
                ("head", fields.CharField(max_length=64)),
            ],
            options={
                "table": "audit_seal",
                "app": "models",
                "pk_attr": "position",
                "table_description": "The place of an entry in the chain, from 1 without holes, and the chain's head there; see docs/adr/0013.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditTally",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("minute", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("kind", fields.CharEnumField(description="AuditKind", enum_type=AuditKind, max_length=32)),
                ("principal", fields.CharField(max_length=100)),
                ("count", fields.BigIntField()),
            ],
            options={
                "table": "audit_tally",
                "app": "models",
                "unique_together": (("minute", "kind", "principal"),),
                "pk_attr": "id",
                "table_description": "How often a principal was seen doing one thing in one minute, by all processes; it becomes one entry.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditWaiting",
            fields=[("entry_id", fields.BigIntField(primary_key=True, unique=True, db_index=True))],
            options={
                "table": "audit_waiting",
                "app": "models",
                "pk_attr": "entry_id",
                "table_description": "An entry that is not sealed yet; a trigger puts it here, whoever wrote the entry.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [f"ALTER TABLE {table} ALTER {column} DROP DEFAULT" for table, column in GIVEN_KEYS], reverse_sql=""
        ),
        ops.RunSQL(
            APPEND_ONLY,
            reverse_sql="DROP TRIGGER audit_entry_append_only ON audit_entry; "
            "DROP TRIGGER audit_seal_append_only ON audit_seal; DROP FUNCTION audit_is_append_only()",
        ),
        ops.RunSQL(
            WAITS, reverse_sql="DROP TRIGGER audit_entry_waits ON audit_entry; DROP FUNCTION audit_entry_waits()"
        ),
    ]
