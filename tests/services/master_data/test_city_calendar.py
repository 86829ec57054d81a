"""A city's calendar.yaml: what is wrong is named with its entry, and a city may go without."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from services.master_data.cities import CityInvalid, load_city
from services.master_data.seed import seed
from services.master_data.seeding.report import Outcome
from tests.root import ROOT

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY = {"day": date(2026, 7, 27), "kind": "LOCAL", "name": "x", "decree": "SK", "calendar": "X", "unverified": True}


@pytest.fixture
def folder(tmp_path):
    """A copy of Kediri's folder that a test may spoil."""
    return Path(shutil.copytree(ROOT / "cities" / "kediri", tmp_path / "city"))


def rewrite(folder, change):
    """Replace the content of the file by what change makes of it."""
    path = folder / "calendar.yaml"
    content = yaml.safe_load(path.read_text("utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


async def test_a_folder_without_a_calendar_works_monday_to_friday(desk, folder):
    (folder / "calendar.yaml").unlink()

    report = await seed(desk, load_city(folder), NOW)

    assert report.count(Outcome.ADDED, "calendar") == 0
    assert (await desk.reference()).calendar.desk.after(date(2026, 3, 16), 5) == date(2026, 3, 30)


def first_week(calendars):
    return calendars["calendars"][0]["weeks"][0]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda c: first_week(c)["windows"].append({"days": "Thu-Fri", "hours": ["11:00-12:00"]}),
            "entry KEDIRI, entry Jam kerja: weekday 4: 07:30-12:00 and 11:00-12:00 overlap.",
        ),
        (
            lambda c: first_week(c)["windows"].append({"days": "Sat", "hours": ["08:00-24:01"]}),
            "entry KEDIRI, entry Jam kerja: hours '08:00-24:01' must be such as '07:30-12:00', up to 24:00, "
            "in quotation marks.",
        ),
        (
            lambda c: first_week(c).update(windows=[{"days": "Fri-Mon", "hours": ["08:00-12:00"]}]),
            "entry KEDIRI, entry Jam kerja: windows {'days': 'Fri-Mon', 'hours': ['08:00-12:00']} must be such as "
            "{days: Mon-Thu, hours: ['07:30-12:00', '13:00-16:00']}.",
        ),
        (
            lambda c: c["calendars"][0]["weeks"][1].update(valid_to=date(2025, 3, 1)),
            "entry KEDIRI: the week Ramadan 1445 H from 2024-03-12 and the week Ramadan 1446 H from 2025-03-01 "
            "overlap.",
        ),
        (lambda c: c["calendars"][1].update(weeks=[]), "entry SELALU: has no weeks."),
        (lambda c: c["calendars"][1].update(always="ya"), "entry SELALU: always must be true or false."),
        (
            lambda c: c["calendars"][1].update(desk=True),
            "the file: exactly one calendar must say desk: true, not 2.",
        ),
        (
            lambda c: c["calendars"][1].update(agencies=["BPBD", "SAR"]),
            "entry SELALU: agency SAR is not in agencies.yaml.",
        ),
        (
            lambda c: c["calendars"][0].update(agencies=["BPBD"]),
            "agency BPBD: works by more than one calendar.",
        ),
        (
            lambda c: c["days"].append(DAY),
            "entry 2026-07-27: calendar X is not in the file.",
        ),
        (lambda c: c["days"].append({"kind": "FEAST"}), "entry number 36: has neither a source nor unverified: true."),
        (lambda c: c.update(days="none"), "the file: days must be a list."),
    ],
)
def test_a_mistake_of_the_calendar_is_named_with_its_entry(folder, change, problem):
    rewrite(folder, change)

    with pytest.raises(CityInvalid) as refused:
        load_city(folder)

    assert refused.value.problems[0] == f"calendar.yaml: {problem}"
