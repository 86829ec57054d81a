"""What makes the database of a worker as if just installed, between two tests."""

# To truncate costs 40 ms for one ticket, as every file of every table behind it is made anew; to delete costs 2 ms.
EMPTYING = """
CREATE FUNCTION surga_test_empty() RETURNS void LANGUAGE plpgsql
SET session_replication_role = replica AS $$ -- past the guards of what is append-only
DECLARE
    one record;
    large text[] := '{}';
BEGIN
    FOR one IN SELECT t.oid, quote_ident(t.relname) AS name, s.oid AS sequence
        FROM pg_class t LEFT JOIN pg_class s
            ON s.relkind = 'S' AND s.relname = t.relname || '_id_seq' AND s.relnamespace = t.relnamespace
        WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace
            AND t.relname NOT IN ('log_head', 'log_epoch', 'tortoise_migrations',
                'search_word', 'search_state') -- the city's words are loaded once
    LOOP
        IF pg_relation_size(one.oid) > 65536 THEN large := large || one.name;
        ELSIF pg_relation_size(one.oid) > 0 THEN EXECUTE 'DELETE FROM ' || one.name;
        END IF;
        IF one.sequence IS NOT NULL AND pg_sequence_last_value(one.sequence) IS NOT NULL
        THEN EXECUTE 'ALTER SEQUENCE ' || one.sequence::regclass || ' RESTART';
        END IF;
    END LOOP;
    IF large <> '{}' THEN
        EXECUTE 'TRUNCATE ' || array_to_string(large, ', ') || ' CASCADE';
    END IF;
END $$;
"""
FRESH = """
UPDATE log_head SET seq = 0, reference_seq = 0, epoch = replace(gen_random_uuid()::text, '-', ''), home = log_home();
DELETE FROM log_epoch;
INSERT INTO log_epoch (epoch, kind, began_at, seq, home, alive_at)
SELECT epoch, 'MADE', clock_timestamp(), 0, home, clock_timestamp() FROM log_head;
INSERT INTO notification_position (id, seq) VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET seq = 0;
INSERT INTO installation (id, purpose, city_code, city_name, number_prefix, created_at)
VALUES (1, 'test', '35.71', 'Kota Kediri', 'KDR', '2026-01-01T00:00:00Z');
"""
