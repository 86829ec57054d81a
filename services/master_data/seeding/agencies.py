"""The agencies of a city with their dated names; what left its folder is retired."""

from __future__ import annotations

from datetime import date

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Agency, AgencyName
from services.master_data.city import City, CityAgency, DatedName
from services.master_data.seeding.report import Outcome, Seeded
from services.master_data.seeding.rows import retire, upsert


async def seed_agencies(connection: BaseDBAsyncClient, city: City, today: date) -> list[Seeded]:
    rows = {row.code: row for row in await Agency.all().using_db(connection)}
    names: dict[int, list[AgencyName]] = {}
    for name in await AgencyName.all().using_db(connection).order_by("valid_from"):
        names.setdefault(name.agency_id, []).append(name)
    ours = {row.code for row in rows.values() if row.id in names}
    keys = {code: row.id for code, row in rows.items()}
    found = []
    for agency in city.agencies:
        parent = keys[agency.parent] if agency.parent else None
        wanted = {
            "name": agency.name_on(today),
            "short_name": agency.short_name,
            "kind": agency.kind,
            "parent_id": parent,
            "active": True,
        }
        seeded = await upsert(connection, "agency", Agency, rows.get(agency.code), agency.code, wanted)
        if agency.code not in keys:
            keys[agency.code] = (await Agency.get(code=agency.code, using_db=connection)).id
        renamed = await _names(connection, keys[agency.code], agency, names.get(keys[agency.code], []))
        if renamed and seeded.outcome is Outcome.UNCHANGED:
            seeded = Seeded("agency", agency.code, Outcome.CHANGED, ("names",))
        found.append(seeded)
    # Agencies without dated names came with imported records: no folder made them, so none retires them.
    gone = ours - {agency.code for agency in city.agencies}
    return found + await retire(connection, "agency", (rows[code] for code in sorted(gone)))


async def _names(connection: BaseDBAsyncClient, agency_id: int, agency: CityAgency, rows: list[AgencyName]) -> bool:
    if tuple(DatedName(row.name, row.valid_from, row.valid_to) for row in rows) == agency.names:
        return False
    await AgencyName.filter(agency_id=agency_id).using_db(connection).delete()
    await AgencyName.bulk_create(
        [
            AgencyName(agency_id=agency_id, name=name.name, valid_from=name.valid_from, valid_to=name.valid_to)
            for name in agency.names
        ],
        using_db=connection,
    )
    return True
