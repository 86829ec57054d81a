"""Telephones, addresses and NIK in the form that they are found by, those of earlier releases too (decided here)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import Reporter
from models.reporters import FORM
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.transactions import transaction
from services.inputs import emails, numbers, signs
from services.reporters.sealing import FIELDS, CannotUnseal, sealed_columns, unseal

BATCH = 200  # rows in one transaction; our choice
FORMS = {"name": signs.one_line, "phone": numbers.telephone, "email": emails.email, "nik": numbers.nik}
OLDER = f"""
SELECT id, ticket_id, name, phone, email, nik FROM reporter WHERE form < {FORM} AND id > $1
ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""


def normalised(values: Mapping[str, str | None]) -> dict[str, str]:
    """Values that were kept, in the form of now; what nobody understands stays as it was typed."""
    return {name: FORMS[name](value) or value for name, value in values.items() if value is not None}


async def normalise_contacts(desk: Desk) -> int:
    """Convert the reporters of earlier releases to the current form, batch by batch; gives their number.

    What is sealed under a key that this process was not told of waits for one that was.
    """
    done, last = 0, 0
    while True:
        async with transaction() as using:
            rows = await using.execute_query_dict(OLDER, [last, BATCH])
            for row in rows:
                columns = _columns(desk.keys, row)
                if columns is not None:
                    await Reporter.filter(id=row["id"]).using_db(using).update(**columns)
                    done += 1
        if not rows:
            return done
        last = rows[-1]["id"]


def _columns(keys: Keys, row: Mapping[str, Any]) -> dict[str, object] | None:
    """What a row shall hold: sealed again only where a value differs; None where it can not be read."""
    try:
        values = {name: unseal(keys, row["ticket_id"], name, row[name]) for name in FIELDS}
    except CannotUnseal:
        return None
    given = {name: value for name, value in values.items() if value is not None}
    found = normalised(given)
    return {"form": FORM} if found == given else sealed_columns(keys, row["ticket_id"], found)
