"""Makes the words of search in the database equal to those of a city's list (docs/adr/0025)."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from services.core.transactions import WRITER
from services.search.word_list import WordList

LOCK = "SELECT pg_advisory_xact_lock(7357103)"  # any constant: two that load a list wait for each other
LOADED = "SELECT digest FROM search_state WHERE id = 1"
# Only what differs is written, so that a new word costs one row.
GONE = "DELETE FROM search_word WHERE NOT word = ANY($1)"
WRITTEN = """
INSERT INTO search_word (word, lexeme, kind) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT (word) DO UPDATE SET lexeme = EXCLUDED.lexeme, kind = EXCLUDED.kind
WHERE (search_word.lexeme, search_word.kind) IS DISTINCT FROM (EXCLUDED.lexeme, EXCLUDED.kind)
"""
# Rows of before the first list are of dictionary 0, or of none where they are of before the migration.
CHANGED = f"""
INSERT INTO search_state (id, dictionary, digest, written_by, built)
VALUES (1, 1, $1, {WRITER}, 0)
ON CONFLICT (id) DO UPDATE
SET dictionary = search_state.dictionary + 1, digest = $1, written_by = {WRITER}
"""


async def load(connection: BaseDBAsyncClient, listed: WordList) -> bool:
    """Make the words of search equal to the list, in the caller's transaction; False where they were.

    What was made with the words of before is then made anew by a job.
    """
    await connection.execute_query(LOCK)
    _, rows = await connection.execute_query(LOADED)
    if rows and rows[0]["digest"] == listed.digest:
        return False
    words = listed.rows()
    await connection.execute_query(GONE, [list(words)])
    lexemes, kinds = [each[0] for each in words.values()], [str(each[1]) for each in words.values()]
    await connection.execute_query(WRITTEN, [list(words), lexemes, kinds])
    await connection.execute_query(CHANGED, [listed.digest])
    return True
