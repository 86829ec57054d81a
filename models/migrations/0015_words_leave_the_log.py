"""An event may lose words that it should never have held, and nothing else; docs/adr/0022.

The digests are written by `surga worker`, as only the program has the key. What the database lets pass closes by
itself: a digest is never replaced, so an event without words is as append-only as before.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

# The forms of services/core/keys.py: a digest begins with a word and a blank, which no client's mutation id has.
LOSES = """
CREATE FUNCTION is_word_digest(word text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT word ~ '^hmac [0-9a-f]{64}$'
$$;
CREATE FUNCTION word_or_its_digest(old_word text, new_word text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT new_word IS NOT DISTINCT FROM old_word OR (NOT is_word_digest(old_word) AND is_word_digest(new_word))
$$;
CREATE FUNCTION state_loses_words(old_state jsonb, new_state jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT new_state IS NOT DISTINCT FROM old_state OR (
        new_state - 'external' = old_state - 'external'
        AND jsonb_array_length(new_state->'external') = jsonb_array_length(old_state->'external')
        AND (SELECT bool_and(
                split_part(was.key, '|', 1) = split_part(now.key, '|', 1)
                AND word_or_its_digest(substr(was.key, strpos(was.key, '|') + 1), substr(now.key, strpos(now.key, '|') + 1)))
            FROM jsonb_array_elements_text(old_state->'external') WITH ORDINALITY AS was(key, place)
            JOIN jsonb_array_elements_text(new_state->'external') WITH ORDINALITY AS now(key, place) USING (place)))
$$;
CREATE FUNCTION details_lose_words(old_details jsonb, new_details jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT new_details = old_details OR (
        new_details - 'type' - 'texts' = old_details - 'type' - 'texts'
        AND (new_details->'texts' IS NOT DISTINCT FROM old_details->'texts' OR (
            old_details ? 'type' AND new_details->'texts' @> coalesce(old_details->'texts', '[]')))
        AND (new_details->'type' IS NOT DISTINCT FROM old_details->'type' OR NOT new_details ? 'type'))
$$;
CREATE FUNCTION event_loses_words(was event, becomes event) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(was) - '{before,after,details,client_mutation_id,words}'::text[]
            = to_jsonb(becomes) - '{before,after,details,client_mutation_id,words}'::text[]
        AND (was.words IS NULL OR becomes.words = was.words)
        AND word_or_its_digest(was.client_mutation_id, becomes.client_mutation_id)
        AND state_loses_words(was.before, becomes.before)
        AND state_loses_words(was.after, becomes.after)
        AND details_lose_words(was.details, becomes.details)
$$;
"""
GUARD = """
CREATE OR REPLACE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD IS DISTINCT FROM NEW AND event_loses_words(OLD, NEW) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the event log is append-only';
END $$;
"""
FORMER = """
CREATE OR REPLACE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only';
END $$;
DROP FUNCTION event_loses_words(event, event);
DROP FUNCTION details_lose_words(jsonb, jsonb);
DROP FUNCTION state_loses_words(jsonb, jsonb);
DROP FUNCTION word_or_its_digest(text, text);
DROP FUNCTION is_word_digest(text);
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0014_words_beside_the_log")]

    initial = False

    operations = [
        ops.RunSQL(LOSES, reverse_sql=""),
        ops.RunSQL(GUARD, reverse_sql=FORMER),
    ]
