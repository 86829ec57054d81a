"""What is open is found by indexes of its own, in every open status that there is and will be."""

import re

import asyncpg
import pytest

from models.enums import CLOSED_STATUSES, OPEN_STATUSES
from models.migrating import LATEST
from services.core.transactions import transaction
from tests.conftest import TEMPLATE, on_server
from tests.models.test_search_migration import migrated

LATER = "HANDED_ON"  # as a release after this one might call it
OLDEST = "SELECT id FROM ticket WHERE {open} ORDER BY received_at, number LIMIT 10"
OF_AGENCY = "SELECT id FROM ticket WHERE {open} AND lead_agency_id = 1 ORDER BY received_at LIMIT 10"
BY_RULES = "SELECT id FROM ticket WHERE {open} AND rules_version < 7 ORDER BY rules_version, id LIMIT 10"


@pytest.mark.parametrize("further", [(), (LATER,)])
@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (OLDEST, "ticket_unclosed_oldest"),
        (OF_AGENCY, "ticket_unclosed_of_agency"),
        (BY_RULES, "ticket_unclosed_by_rules"),
    ],
)
async def test_a_statement_over_open_tickets_uses_their_index(database, statement, index, further):
    statuses = ", ".join(f"'{status}'" for status in sorted((*OPEN_STATUSES, *further)))
    async with transaction() as held:
        await held.execute_script("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        await held.execute_script("SET LOCAL enable_bitmapscan = off")
        rows = await held.execute_query_dict("EXPLAIN " + statement.format(open=f"status IN ({statuses})"))

    assert f"using {index} on ticket" in "\n".join(row["QUERY PLAN"] for row in rows)


async def test_what_is_closed_is_in_none_of_them(database):
    """A closed status that is added needs a migration as 0045, or these indexes grow with it for ever."""
    rows = await database.execute_query_dict(
        "SELECT pg_get_expr(indpred, indrelid) AS condition FROM pg_index "
        "WHERE indexrelid::regclass::text LIKE 'ticket_unclosed_%'"
    )

    assert len(rows) == 3
    for row in rows:
        assert set(re.findall(r"'([A-Z_]+)'", row["condition"])) == CLOSED_STATUSES


@pytest.fixture
async def other(servers, worker_number):
    """A connection to a database of its own, and its address."""
    name = f"surga_test_indexes_gw{worker_number}"
    await on_server(servers, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    opened = await asyncpg.connect(servers.database_url(name))
    yield opened, servers.database_url(name)
    await opened.close()
    await on_server(servers, f"DROP DATABASE {name} WITH (FORCE)")


async def indexes(opened):
    """Which of the two families there are, and whether all of them are whole."""
    rows = await opened.fetch(
        "SELECT indexrelid::regclass::text AS name, indisvalid FROM pg_index "
        "WHERE indexrelid::regclass::text ~ '^ticket_(unclosed|open)_' ORDER BY 1"
    )
    return [(row["name"].split("_")[1], row["indisvalid"]) for row in rows]


@pytest.mark.slow
async def test_a_migration_of_them_that_was_interrupted_is_run_again_in_both_directions(other):
    opened, url = other
    invalid = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{}'::regclass"

    for target, stays, goes in (("0044_index_of_summaries", "open", "unclosed"), (LATEST, "unclosed", "open")):
        # As if it had been cut off while it made the second index, with the first one done.
        await opened.execute(f"CREATE INDEX ticket_{stays}_oldest ON ticket (number)")
        await opened.execute(f"DROP INDEX ticket_{goes}_oldest")
        await opened.execute(f"CREATE INDEX ticket_{stays}_of_agency ON ticket (number)")
        await opened.execute(invalid.format(f"ticket_{stays}_of_agency"))

        await migrated(url, target)

        assert await indexes(opened) == [(stays, True)] * 3
