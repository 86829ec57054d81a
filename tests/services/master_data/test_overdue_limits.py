"""Above how many overdue reports a board alarms, from the city's folder: dated rows, brought in by the seed."""

from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copytree

import pytest

from models import OverdueLimit
from services.master_data.cities import load_city
from services.master_data.city_entries import CityInvalid
from services.master_data.city_holds import WALLBOARD as FILE
from services.master_data.seed import seed
from tests.root import ROOT

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
KEDIRI = ROOT / "cities" / "kediri"
ROW = '- {code: a, overdue_reports: 5, valid_from: 2026-01-01, legal_basis: "SK", unverified: true}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(copytree(KEDIRI, tmp_path / "kediri"))


async def test_kediri_s_limit_is_a_row_that_nobody_has_verified_and_is_in_force_once_seeded(desk) -> None:
    await seed(desk, load_city(KEDIRI), NOW)

    assert (KEDIRI / FILE).read_text("utf-8").count("unverified: true") == 1
    assert await OverdueLimit.all().values_list("tickets", "valid_from") == [(20, date(2014, 10, 7))]
    assert (await desk.reference()).overdue_limit == 20


async def test_a_city_without_the_file_has_no_limit(desk, folder: Path) -> None:
    (folder / FILE).unlink()

    await seed(desk, load_city(folder), NOW)

    assert (await desk.reference()).overdue_limit is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ROW.replace("5", "-1"), "overdue_reports must be"),
        (ROW.replace("5", "many"), "overdue_reports must be"),
        (ROW.replace("2026-01-01", "soon"), "valid_from must be a day"),
        (ROW.replace("code: a,", "code: a, until: x,"), "until is not a known key"),
        (ROW.replace(", unverified: true", ""), "has neither a source nor unverified: true"),
        (ROW + ROW, "from 2026-01-01: stands in the file more than once"),
        ("a: b", "must hold a list"),
    ],
)
def test_what_the_file_can_not_mean_is_told_with_its_entry(folder: Path, text: str, said: str) -> None:
    (folder / FILE).write_text(text, "utf-8")

    with pytest.raises(CityInvalid) as wrong:
        load_city(folder)

    assert any(line.startswith(FILE) and said in line for line in wrong.value.problems)
