"""Update single rows to the values of a city's folder, writing only what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import Agency, Category
from services.master_data.seeding.report import Outcome, Seeded

Row = TypeVar("Row", bound=Model)


async def upsert(
    connection: BaseDBAsyncClient, kind: str, model: type[Row], row: Row | None, code: str, wanted: dict[str, Any]
) -> Seeded:
    """Make the row with this code, or update it to the wanted values."""
    if row is None:
        await model.create(using_db=connection, code=code, **wanted)
        return Seeded(kind, code, Outcome.ADDED)
    changed = await update(connection, row, wanted)
    return Seeded(kind, code, outcome_of(changed), changed)


async def update(connection: BaseDBAsyncClient, row: Model, wanted: dict[str, Any]) -> tuple[str, ...]:
    """The columns of the row that differed and were written; nothing is written where none did."""
    changed = tuple(field for field, value in wanted.items() if getattr(row, field) != value)
    if changed:
        row.update_from_dict({field: wanted[field] for field in changed})
        await row.save(using_db=connection, update_fields=list(changed))
    return changed


def outcome_of(changed: tuple[str, ...]) -> Outcome:
    return Outcome.CHANGED if changed else Outcome.UNCHANGED


async def retire(connection: BaseDBAsyncClient, kind: str, rows: Iterable[Agency | Category]) -> list[Seeded]:
    """Take rows out of use without deleting them, as tickets refer to them."""
    found = []
    for row in rows:
        changed = await update(connection, row, {"active": False})
        found.append(Seeded(kind, row.code, Outcome.RETIRED if changed else Outcome.UNCHANGED, changed))
    return found


async def upsert_dated(
    connection: BaseDBAsyncClient,
    model: type[Row],
    kind: str,
    keys: tuple[str, ...],
    rows: Mapping[Any, Row],
    wanted: Mapping[Any, dict[str, Any]],
) -> list[Seeded]:
    """Make the dated rows of a table equal to those of the folder; others are deleted."""
    found = []
    for key, values in wanted.items():
        row = rows.get(key)
        if row is None:
            await model.create(using_db=connection, **dict(zip(keys, key, strict=True)), **values)
        outcome = Outcome.ADDED if row is None else outcome_of(await update(connection, row, values))
        found.append(Seeded(kind, " from ".join(map(str, key)), outcome))
    for key in rows.keys() - wanted.keys():
        await rows[key].delete(using_db=connection)
        found.append(Seeded(kind, " from ".join(map(str, key)), Outcome.RETIRED))
    return found
