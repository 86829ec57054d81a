"""What is open is found by indexes of its own, in every open status that there is and will be."""

import pytest

from models.enums import OPEN_STATUSES
from services.core.transactions import transaction

LATER = "HANDED_ON"  # as a release after this one might call it
OLDEST = "SELECT id FROM ticket WHERE {open} ORDER BY received_at, number LIMIT 10"
OF_AGENCY = "SELECT id FROM ticket WHERE {open} AND lead_agency_id = 1 ORDER BY received_at LIMIT 10"
BY_RULES = "SELECT id FROM ticket WHERE {open} AND rules_version < 7 ORDER BY rules_version, id LIMIT 10"


@pytest.mark.parametrize("further", [(), (LATER,)])
@pytest.mark.parametrize(
    ("statement", "index"),
    [(OLDEST, "ticket_open_oldest"), (OF_AGENCY, "ticket_open_of_agency"), (BY_RULES, "ticket_open_by_rules")],
)
async def test_a_statement_over_open_tickets_uses_their_index(database, statement, index, further):
    statuses = ", ".join(f"'{status}'" for status in sorted((*OPEN_STATUSES, *further)))
    async with transaction() as held:
        await held.execute_script("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        await held.execute_script("SET LOCAL enable_bitmapscan = off")
        rows = await held.execute_query_dict("EXPLAIN " + statement.format(open=f"status IN ({statuses})"))

    assert f"using {index} on ticket" in "\n".join(row["QUERY PLAN"] for row in rows)
