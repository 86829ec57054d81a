"""Where an imported record belongs: the desk's own agency and category of that name, else new ones (decided here)."""

from __future__ import annotations

import hashlib
import re

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Agency, Category
from models.enums import AgencyKind

ROOT_CODE = "OPEN311"
ROOT_NAME = "Open311"
CODE_LIMIT = 64
# Two imports must not make the same agency at once; any constant, held until the transaction ends.
LOCK = 7_357_102

FIND_AGENCY = """
SELECT agency.id FROM agency LEFT JOIN agency_name ON agency_name.agency_id = agency.id
WHERE lower(agency.name) = lower($1) OR lower(agency.code) = lower($1) OR lower(agency_name.name) = lower($1)
ORDER BY agency.id LIMIT 1
"""
FIND_CATEGORY = """
SELECT id FROM category WHERE code IN ($1, $3) OR ($2::text <> '' AND lower(name) = lower($2))
ORDER BY (code IN ($1, $3)) DESC, id LIMIT 1
"""


class Matcher:
    """Looks up or makes what one record needs, inside that record's transaction; made tells whether anything is new."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        self._connection = connection
        self.made = False

    async def agency(self, name: str | None) -> int | None:
        """The agency of this name or code, past names included; an unknown one becomes EXTERNAL."""
        if name is None:
            return None
        found = await self._id(FIND_AGENCY, [name])
        if found is None:
            await self._lock()
            found = await self._id(FIND_AGENCY, [name])
        return found or await self._new_agency(name)

    async def category(self, code: str | None, name: str | None) -> int | None:
        """The category of this code or name; an unknown one is filed under Open311."""
        if code is None and name is None:
            return None
        key = code_for(ROOT_CODE + ".", code or name or "")
        found = await self._id(FIND_CATEGORY, [key, name or "", code or ""])
        if found is None:
            await self._lock()
            found = await self._id(FIND_CATEGORY, [key, name or "", code or ""])
        return found or await self._new_category(key, name or code or "")

    async def _new_agency(self, name: str) -> int:
        self.made = True
        code = code_for("EXT-", name)
        if await Agency.filter(code=code).using_db(self._connection).exists():
            code = _marked(code, name)
        made = await Agency.create(
            using_db=self._connection, code=code, name=name, kind=AgencyKind.EXTERNAL, active=True
        )
        return made.id

    async def _new_category(self, code: str, name: str) -> int:
        self.made = True
        root = await Category.filter(code=ROOT_CODE).using_db(self._connection).first()
        if root is None:
            root = await Category.create(using_db=self._connection, code=ROOT_CODE, name=ROOT_NAME, active=True)
        made = await Category.create(using_db=self._connection, code=code, name=name, parent_id=root.id, active=True)
        return made.id

    async def _lock(self) -> None:
        await self._connection.execute_query("SELECT pg_advisory_xact_lock($1)", [LOCK])

    async def _id(self, statement: str, values: list[str]) -> int | None:
        rows = await self._connection.execute_query_dict(statement, values)
        return int(rows[0]["id"]) if rows else None


def code_for(prefix: str, words: str) -> str:
    """Words as a code of capital letters, digits and dashes, at most 64 long; what is too long ends in a digest."""
    code = prefix + (re.sub(r"[^A-Z0-9]+", "-", words.upper()).strip("-") or "X")
    return code if len(code) <= CODE_LIMIT else _marked(code, words)


def _marked(code: str, words: str) -> str:
    return f"{code[: CODE_LIMIT - 9]}-{hashlib.sha256(words.encode()).hexdigest()[:8].upper()}"
