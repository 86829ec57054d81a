"""The areas of a city: what left its folder goes, unless a ticket or another area refers to it."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Area, Ticket
from services.master_data.city import City
from services.master_data.seeding.report import Outcome, Seeded
from services.master_data.seeding.rows import upsert


async def seed_areas(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {row.code: row for row in await Area.all().using_db(connection)}
    found = []
    for area in city.areas:
        wanted = {"name": area.name, "level": area.level, "parent_id": area.parent}
        found.append(await upsert(connection, "area", Area, rows.get(area.code), area.code, wanted))
    gone = rows.keys() - {area.code for area in city.areas}
    # Areas have no history of their own. Longer codes lie inside shorter ones, so they go first.
    for code in sorted(gone, key=lambda code: (-len(code), code)):
        found.append(await _area_gone(connection, code))
    return found


async def _area_gone(connection: BaseDBAsyncClient, code: str) -> Seeded:
    used = await Ticket.filter(kelurahan_id=code).using_db(connection).exists()
    if used or await Area.filter(parent_id=code).using_db(connection).exists():
        return Seeded("area", code, Outcome.KEPT)
    await Area.filter(code=code).using_db(connection).delete()
    return Seeded("area", code, Outcome.RETIRED)
