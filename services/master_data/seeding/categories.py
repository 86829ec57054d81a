"""The categories of a city; what left its folder is retired."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Category
from services.master_data.city import City
from services.master_data.seeding.report import Seeded
from services.master_data.seeding.rows import retire, upsert


async def seed_categories(connection: BaseDBAsyncClient, city: City) -> list[Seeded]:
    rows = {row.code: row for row in await Category.all().using_db(connection)}
    # Only a folder gives a category its national counterpart; those without came with imported records.
    ours = {row.code for row in rows.values() if row.sp4n_code is not None}
    keys = {code: row.id for code, row in rows.items()}
    found = []
    for category in city.categories:
        parent = keys[category.parent] if category.parent else None
        wanted = {"name": category.name, "parent_id": parent, "sp4n_code": category.sp4n, "active": True}
        found.append(await upsert(connection, "category", Category, rows.get(category.code), category.code, wanted))
        if category.code not in keys:
            keys[category.code] = (await Category.get(code=category.code, using_db=connection)).id
    gone = ours - {category.code for category in city.categories}
    return found + await retire(connection, "category", (rows[code] for code in sorted(gone)))
