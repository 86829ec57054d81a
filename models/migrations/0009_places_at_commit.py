"""Events get their places at COMMIT: whoever appends leaves them in event_waiting, and a deferred trigger numbers them.

Building event_not_of_tickets reads the whole log once and lets nobody write to it meanwhile.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

# Unlogged: a row is added and removed in one transaction, so there is never anything to bring back after a crash.
WAITING = """
CREATE UNLOGGED TABLE event_waiting (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    events jsonb NOT NULL,
    count bigint NOT NULL,
    last_reference bigint NOT NULL
);
"""

# A plain UPDATE waits for the transaction before it and then reads that one's number; max(seq) + 1 would read an older
# snapshot, and a sequence would leave holes.
NUMBERING = """
CREATE FUNCTION event_takes_its_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM event_waiting WHERE id = NEW.id;
    WITH head AS (
        UPDATE log_head SET seq = seq + NEW.count,
            reference_seq = CASE WHEN NEW.last_reference > 0 THEN seq + NEW.last_reference ELSE reference_seq END
        WHERE id = 1 RETURNING seq
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
CREATE CONSTRAINT TRIGGER event_takes_its_place AFTER INSERT ON event_waiting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION event_takes_its_place();
ALTER TABLE event_waiting ENABLE ALWAYS TRIGGER event_takes_its_place;
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0008_officer_version")]

    initial = False

    operations = [
        ops.RunSQL(WAITING, reverse_sql="DROP TABLE event_waiting"),
        ops.RunSQL(NUMBERING, reverse_sql="DROP FUNCTION event_takes_its_place() CASCADE"),
        ops.RunSQL(
            "CREATE INDEX event_not_of_tickets ON event (seq) WHERE subject_kind <> 'TICKET'",
            reverse_sql="DROP INDEX event_not_of_tickets",
        ),
    ]
