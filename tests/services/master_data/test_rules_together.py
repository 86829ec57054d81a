"""A seed beside what was decreed since: rules of which nobody could tell which counts are refused by name."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from models import DeadlinePolicy, Event, Installation, OfficeWeek
from models.calendars import DayOrigin
from models.enums import ClockKind, DeadlineUnit
from services.master_data.cities import CityInvalid, load_city
from services.master_data.seed import SeedRefused, seed
from tests.root import ROOT

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
KEDIRI = ROOT / "cities" / "kediri"
MARKS = {"legal_basis": "SK 2", "unverified": True}
BY_LETTER = {"clock": "FIRST_RESPONSE", "channel": "LETTER"}
ROW = {**BY_LETTER, "amount": 9, "unit": "DAYS", "valid_from": date(2026, 1, 1), **MARKS}
MINUTE = [{"days": "Mon", "hours": ["08:00-08:01"]}]
HIDING = {"name": "Jam baru", "valid_from": date(2027, 2, 20), "windows": MINUTE, **MARKS}
FIT = "The rules of deadlines do not fit together: "


@pytest.fixture
def folder(tmp_path):
    """A copy of Kediri's folder that a test may spoil."""
    return Path(shutil.copytree(KEDIRI, tmp_path / "city"))


def spoilt(folder, name, change):
    """The city with one file changed."""
    content = yaml.safe_load((KEDIRI / name).read_text("utf-8"))
    change(content)
    (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return load_city(folder)


async def decree():
    """A policy and a week of Ramadan that somebody decreed."""
    await DeadlinePolicy.create(
        code="surat",
        clock=ClockKind.FIRST_RESPONSE,
        channel="LETTER",
        amount=8,
        unit=DeadlineUnit.DAYS,
        rests=[],
        extension=0,
        extensions=0,
        valid_from=date(2026, 2, 1),
        legal_basis="SK 1",
        verified=True,
        origin=DayOrigin.DECREE,
    )
    await OfficeWeek.create(
        calendar_code="KEDIRI",
        name="Ramadan 1448 H",
        valid_from=date(2027, 2, 8),
        valid_to=date(2027, 3, 9),
        windows=[(weekday, "08:00", "15:00") for weekday in range(1, 6)],
        legal_basis="SE 1",
        origin=DayOrigin.DECREE,
    )


@pytest.mark.slow
async def test_rules_that_do_not_fit_what_was_decreed_are_refused_by_name_and_change_nothing(desk, folder):
    await seed(desk, load_city(KEDIRI), NOW)
    await decree()
    before = [await Event.all().count(), await Installation.all().values_list(), await OfficeWeek.all().values_list()]
    cases = [
        (
            ("deadlines.yaml", lambda rows: rows.append({**ROW, "code": "surat-folder"})),
            "policy surat and surat-folder hold at the same time for the same properties (channel LETTER).",
        ),
        (
            ("deadlines.yaml", lambda rows: rows.append({**ROW, "code": "surat", "clock": "NATIONAL"})),
            "policy surat names two clocks: another clock needs a code of its own.",
        ),
        (
            ("calendar.yaml", lambda given: given["calendars"][0]["weeks"].append(HIDING)),
            "calendar KEDIRI: the week Jam baru from 2027-02-20 begins while the week Ramadan 1448 H from 2027-02-08, "
            "which is decreed, lasts.",
        ),
        (
            (
                "deadlines.yaml",
                lambda rows: rows[4].update(amount=1_000, unit="WORKING_DAYS", extension=1_000, extensions=10),
            ),
            "tidak-berkadar from 2014-10-07: 11000 WORKING_DAYS are never reached by the calendar KEDIRI in its week "
            "Jam kerja, within 10000 days;",
        ),
    ]

    for (name, change), told in cases:
        city = spoilt(folder, name, change)
        with pytest.raises(SeedRefused) as refused:
            await seed(desk, city, NOW)
        assert str(refused.value).startswith(FIT + told)
        spoilt(folder, name, lambda _: None)

    after = [await Event.all().count(), await Installation.all().values_list(), await OfficeWeek.all().values_list()]
    assert after == before


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("deadlines.yaml", lambda rows: rows[0].update(valid_to=date(9999, 12, 31)), "entry verifikasi: valid_to"),
        (
            "calendar.yaml",
            lambda given: given["days"][0].update(day=date(9999, 12, 31)),
            "entry 9999-12-31: day",
        ),
        (
            "escalations.yaml",
            lambda rows: rows[0].update(valid_from=date(1, 1, 1)),
            "entry verifikasi-petugas: valid_from",
        ),
    ],
)
def test_a_day_far_from_all_others_is_refused_by_name(folder, name, change, told):
    with pytest.raises(CityInvalid) as refused:
        spoilt(folder, name, change)

    problem = refused.value.problems[0]
    assert problem.startswith(f"{name}: {told} must be a day from 1900-01-01 to 2199-12-31, not ")
