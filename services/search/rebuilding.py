"""Makes the searched words of tickets anew after the rules or the list of words changed, a few rows at a time.

Every row says with which list it was made. Nobody waits: rows that somebody holds are left for the next pass, and a
run that was stopped is gone on with by the next one. Source: docs/adr/0025.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from models.database import connection
from services.core.refusals import EdgeRefusal
from services.core.transactions import SETTLED, transaction

BATCH = 50  # rows that are locked at once, for some 0.1 s; our choice
STATE = f"SELECT dictionary, built, {SETTLED} AS settled FROM search_state WHERE id = 1"
NEXT = """
SELECT id FROM ticket WHERE id > $1 AND search_dictionary IS DISTINCT FROM $2 ORDER BY id LIMIT $3
FOR NO KEY UPDATE SKIP LOCKED
"""
# The trigger of the table makes the words.
MAKE = "UPDATE ticket SET search = search WHERE id = ANY($1)"
LEFT = "SELECT count(*) AS n FROM ticket WHERE search_dictionary IS DISTINCT FROM $1"
BUILT = "UPDATE search_state SET built = dictionary WHERE id = 1 AND dictionary = $1"


async def rebuild(progress: Callable[[int], None] = lambda done: None) -> tuple[int, bool]:
    """Make what is outdated anew; gives the number of rows, and whether nothing is left since this run.

    progress is told how many are done. Where a transaction is open that began before the list changed, what it writes
    is looked for by a later run.
    """
    _, found = await connection().execute_query(STATE)
    if not found or found[0]["built"] == found[0]["dictionary"]:
        return 0, False
    dictionary, total = found[0]["dictionary"], 0
    try:
        async for done in _batches(dictionary):
            total += done
            progress(total)
    except EdgeRefusal as refusal:  # the next run begins where this one was stopped
        if refusal.code != "BUSY":
            raise
        return total, False
    return total, found[0]["settled"] and await _is_built(dictionary)


async def outdated() -> int:
    """How many tickets wait to be made anew."""
    _, found = await connection().execute_query(STATE)
    if not found or found[0]["built"] == found[0]["dictionary"]:
        return 0
    return int((await connection().execute_query(LEFT, [found[0]["dictionary"]]))[1][0]["n"])


async def _batches(dictionary: int) -> AsyncIterator[int]:
    """The number of rows of each batch, one transaction each."""
    last = 0
    while True:
        async with transaction() as held:
            _, rows = await held.execute_query(NEXT, [last, dictionary, BATCH])
            ids = [row["id"] for row in rows]
            if ids:
                await held.execute_query(MAKE, [ids])
        if not ids:
            return
        last = ids[-1]
        yield len(ids)


async def _is_built(dictionary: int) -> bool:
    _, rows = await connection().execute_query(LEFT, [dictionary])
    if rows[0]["n"]:
        return False
    return bool((await connection().execute_query(BUILT, [dictionary]))[0])
