"""The database keeps the name of the secret that it was made with, and is opened under no other one (decided here)."""

from __future__ import annotations

from typing import Any

from models.database import connection
from services.audit.audit import key_id
from services.core.keys import Keys

KNOWN = "SELECT key_id FROM installation WHERE id = 1"
# Who starts first names the secret; of two at once one waits for the other's row, and then finds it named.
NAME = "UPDATE installation SET key_id = $1 WHERE id = 1 AND key_id IS NOT DISTINCT FROM $2"
# Entries from before the database kept a name: they tell under which secrets it was written to.
WRITTEN = "SELECT DISTINCT key_id FROM audit_entry LIMIT 100"


class WrongKey(Exception):
    """The secret is not the one of this database; the message is one line that says what to do, and no secret."""


def key_name(keys: Keys) -> str:
    """A public name of a secret, which tells nothing of it: a digest under a key that is derived from it."""
    return keys.digest("installation key id").hex()[:32]


async def require_key(keys: Keys) -> None:
    """Go on only under the secret of this database, whose name is kept at its first use.

    After a rotation the secret of before stands among the identity secrets: then the new one takes its place. Raises
    WrongKey.
    """
    name = key_name(keys)
    while (rows := await _rows(KNOWN)) and rows[0]["key_id"] != name:
        if not await _may_follow(keys, rows[0]["key_id"]):
            raise WrongKey(
                "SURGA_SECRET_KEY: this database was begun under another key, and under this one its audit log, "
                "citizens' secrets and sealed reporters could not be read. Give the key of before; to change it, name "
                "the old one last in SURGA_IDENTITY_SECRETS (docs/security.md)"
            )
        await connection().execute_query(NAME, [name, rows[0]["key_id"]])


async def _may_follow(keys: Keys, known: str | None) -> bool:
    """Whether this secret may be named: nobody was before it, or it is told who was."""
    each = [Keys(secret) for secret in (keys.secret, *keys.identity)]
    if known is not None:
        return known in {key_name(one) for one in each}
    written = {row["key_id"] for row in await _rows(WRITTEN)}
    return not written or bool(written & {key_id(one) for one in each})


async def _rows(statement: str) -> Any:
    return (await connection().execute_query(statement))[1]
