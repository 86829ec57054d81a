"""Who resolves, from the city's folder: dated rows, held against the city's agencies, kept by seed and by migrate."""

from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest

from models import Installation, ResolvingRule
from models.enums import Role
from services.master_data.cities import load_city
from services.master_data.city_entries import CityInvalid
from services.master_data.city_resolving import FILE
from services.master_data.seed import give_resolving, seed
from tests.root import ROOT

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
KEDIRI = ROOT / "cities" / "kediri"
ROW = '- {code: a, agency: DISHUB, by: LIAISON, valid_from: 2026-01-01, legal_basis: "SK", unverified: true}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(copytree(KEDIRI, tmp_path / "kediri"))


def test_today_s_way_is_a_row_of_kediri_that_nobody_has_verified() -> None:
    text = (KEDIRI / FILE).read_text("utf-8")

    assert [(rule.agency, rule.role) for rule in load_city(KEDIRI).resolving] == [(None, Role.OFFICER)]
    assert text.count("unverified: true") == 1


def test_a_city_without_the_file_has_no_row(folder: Path) -> None:
    (folder / FILE).unlink()

    assert load_city(folder).resolving == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ROW.replace("LIAISON", "COORDINATOR"), "by must be one of OFFICER, LIAISON"),
        (ROW.replace("LIAISON", "NOBODY"), "by 'NOBODY' must be one of"),
        (ROW.replace("DISHUB", "NO-SUCH"), "agency NO-SUCH is not in agencies.yaml"),
        (ROW.replace("2026-01-01", "soon"), "valid_from must be a day"),
        (ROW.replace("code: a,", "code: a, until: x,"), "until is not a known key"),
        (ROW.replace(", unverified: true", ""), "has neither a source nor unverified: true"),
        (ROW + ROW, "DISHUB from 2026-01-01: stands in the file more than once"),
        ("- [", "is not YAML"),
        ("a: b", "must hold a list"),
    ],
)
def test_what_the_file_can_not_mean_is_told_with_its_entry(folder: Path, text: str, said: str) -> None:
    (folder / FILE).write_text(text, "utf-8")

    with pytest.raises(CityInvalid) as wrong:
        load_city(folder)

    assert any(line.startswith(FILE) and said in line for line in wrong.value.problems)


async def test_the_seed_makes_the_rows_those_of_the_folder(desk, folder: Path) -> None:
    await seed(desk, load_city(folder), NOW)
    first = (await desk.reference()).reasons.resolving
    (folder / FILE).write_text(ROW, "utf-8")
    report = await seed(desk, load_city(folder), NOW)
    second = (await desk.reference()).reasons.resolving

    dishub = (await desk.reference()).agency_codes["DISHUB"].pk
    assert (first.by_officers(None), first.by_officers(dishub)) == (True, True)
    assert (second.by_officers(None), second.by_officers(dishub)) == (False, False)
    assert [(row.agency_id, row.role) for row in await ResolvingRule.all()] == [(dishub, Role.LIAISON)]
    assert report.seq is not None


async def test_a_migration_gives_the_rows_to_a_desk_of_this_city_that_has_none(desk) -> None:
    city = load_city(KEDIRI)
    await seed(desk, city, NOW)
    await ResolvingRule.all().delete()

    given = [await give_resolving(city, NOW) for _ in range(2)]

    assert given == [True, False]
    assert (await desk.reference()).reasons.resolving.by_officers(1)


@pytest.mark.parametrize("other", ["99.99", None])
async def test_a_migration_gives_nothing_to_another_city_or_to_a_desk_that_says_otherwise(desk, other) -> None:
    city = load_city(KEDIRI)
    await seed(desk, city, NOW)
    if other is not None:
        await Installation.filter(id=1).update(city_code=other)
        await ResolvingRule.all().delete()
    before = await ResolvingRule.all().values()

    assert not await give_resolving(city, NOW)

    assert await ResolvingRule.all().values() == before
