"""The log knows the server, the timeline and the database that it lives on, and keeps every beginning; docs/adr/0019."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.enums import EpochKind

# The timeline of what is written now: pg_control_checkpoint() tells that of the last checkpoint, which a standby that
# was just promoted has yet to make. The last but one part of the table's path is the database.
HOME = """
CREATE FUNCTION log_home() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT concat_ws('/', (pg_control_system()).system_identifier,
        CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END,
        split_part(pg_relation_filepath('log_head'), '/', -2), 'log_head'::regclass::oid)
$$;
"""

# Volatile, so that no planner asks it for an estimate, or spares itself asking it.
LIVES_HERE = """
CREATE FUNCTION log_lives_here(home text) RETURNS boolean LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $$
BEGIN
    IF home = log_home() THEN
        RETURN true;
    END IF;
    RAISE EXCEPTION 'the log of this database lives elsewhere' USING ERRCODE = 'SU001',
        HINT = 'surga worker, or surga log adopt, begins a new epoch of it here.';
END $$;
"""

HERE = """
CREATE VIEW log_here AS SELECT id, seq, reference_seq, epoch FROM log_head WHERE log_lives_here(home)
"""

MADE = """
UPDATE log_head SET home = log_home();
INSERT INTO log_epoch (epoch, kind, began_at, seq, home, alive_at)
SELECT epoch, 'MADE', clock_timestamp(), seq, home, clock_timestamp() FROM log_head;
"""

# The program may use the sequences, and need not own them.
LEAPS = """
CREATE FUNCTION log_leaps(wide bigint, narrow bigint) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, least(max_value,
        coalesce(last_value, start_value) + CASE WHEN data_type = 'bigint'::regtype THEN wide ELSE narrow END))
    FROM pg_sequences WHERE schemaname = 'public'
$$;
"""

# As in 0009, but for the one condition in the UPDATE.
NUMBERING = """
CREATE OR REPLACE FUNCTION event_takes_its_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM event_waiting WHERE id = NEW.id;
    WITH head AS (
        UPDATE log_head SET seq = seq + NEW.count,
            reference_seq = CASE WHEN NEW.last_reference > 0 THEN seq + NEW.last_reference ELSE reference_seq END
        WHERE id = 1 {condition} RETURNING seq
    )
    INSERT INTO event (seq, at, recorded_at, subject_kind, subject_id, ticket_id, version, kind, actor_kind, actor_id,
        actor_officer_id, actor_agency_id, on_behalf_of_id, visibility, before, after, changed, details, text_id,
        text_digest, client_mutation_id)
    SELECT head.seq - NEW.count + row.place, row.at, clock_timestamp(), row.subject_kind, row.subject_id,
        row.ticket_id, row.version, row.kind, row.actor_kind, row.actor_id, row.actor_officer_id, row.actor_agency_id,
        row.on_behalf_of_id, row.visibility, row.before, row.after, row.changed, row.details, row.text_id,
        decode(row.text_digest, 'hex'), row.client_mutation_id
    FROM head, jsonb_to_recordset(NEW.events) AS row(place bigint, at timestamptz, subject_kind text,
        subject_id bigint, ticket_id bigint, version int, kind text, actor_kind text, actor_id text,
        actor_officer_id int, actor_agency_id int, on_behalf_of_id int, visibility text, before jsonb, after jsonb,
        changed text[], details jsonb, text_id bigint, text_digest text, client_mutation_id text)
    ORDER BY row.place;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0010_secret_salt")]

    initial = False

    operations = [
        ops.CreateModel(
            name="LogEpoch",
            fields=[
                ("epoch", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("kind", fields.CharEnumField(description="EpochKind", enum_type=EpochKind, max_length=16)),
                ("began_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("seq", fields.BigIntField()),
                ("home", fields.CharField(max_length=100)),
                ("alive_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "log_epoch", "app": "models", "pk_attr": "epoch"},
            bases=["Model"],
        ),
        ops.AddField(model_name="LogHead", name="home", field=fields.CharField(max_length=100, db_default="")),
        ops.RunSQL(HOME, reverse_sql="DROP FUNCTION log_home()"),
        ops.RunSQL(LIVES_HERE, reverse_sql="DROP FUNCTION log_lives_here(text)"),
        ops.RunSQL(HERE, reverse_sql="DROP VIEW log_here"),
        ops.RunSQL(LEAPS, reverse_sql="DROP FUNCTION log_leaps(bigint, bigint)"),
        ops.RunSQL(MADE, reverse_sql=""),
        ops.RunSQL(NUMBERING.format(condition="AND log_lives_here(home)"), reverse_sql=NUMBERING.format(condition="")),
    ]
