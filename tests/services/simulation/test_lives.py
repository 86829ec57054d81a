"""The rows that lives become hold what the table needs."""

from models import Ticket
from services.simulation.lives import ROW_COLUMNS


async def test_lives_fill_every_column_that_needs_a_value(database):
    needed = await database.execute_query_dict(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'ticket' AND is_nullable = 'NO' "
        "AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'"
    )

    assert {row["column_name"] for row in needed} - set(ROW_COLUMNS) == set()
    assert set(ROW_COLUMNS) <= set(Ticket._meta.fields_db_projection)
