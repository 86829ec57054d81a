"""A city's deadlines.yaml: what is wrong is named with its row, and rows of before are read as they were meant."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from models import Installation
from models.enums import Classification, ClockKind, DeadlineUnit
from services.master_data.cities import CityInvalid, load_city
from services.master_data.seed import seed
from services.master_data.seeding.report import Outcome
from tests.root import ROOT

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
OF_BEFORE = """
- {code: a, classification: none, working_days: 3, valid_from: 2014-10-07, legal_basis: SK 1, unverified: true}
- {code: b, classification: COMPLAINT, working_days: 14, valid_from: 2014-10-07, legal_basis: SK 2, unverified: true}
- {code: c, classification: COMPLAINT, working_days: 10, valid_from: 2026-01-01, legal_basis: SK 3, unverified: true}
"""


@pytest.fixture
def folder(tmp_path):
    """A copy of Kediri's folder that a test may spoil."""
    return Path(shutil.copytree(ROOT / "cities" / "kediri", tmp_path / "city"))


def rewrite(folder, change):
    """Replace the content of the file by what change makes of it."""
    path = folder / "deadlines.yaml"
    content = yaml.safe_load(path.read_text("utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda c: c[0].update(amount=-1), "entry verifikasi: amount must be a whole number from 0 to 1000."),
        (lambda c: c[0].update(amount=10**6), "entry verifikasi: amount must be a whole number from 0 to 1000."),
        (lambda c: c[0].update(amount="3"), "entry verifikasi: amount must be a whole number from 0 to 1000."),
        (
            lambda c: c[0].update(unit="WEEKS"),
            "entry verifikasi: unit 'WEEKS' must be one of WORKING_HOURS, WORKING_DAYS, HOURS, DAYS.",
        ),
        (
            lambda c: c[0].update(rests=["RESOLVED"]),
            "entry verifikasi: VERIFICATION stops in RESOLVED; it may rest in INCOMPLETE, ON_HOLD, RECEIVED, VERIFIED "
            "only.",
        ),
        (
            lambda c: c.append({**c[0], "code": "verifikasi-2"}),
            "entry verifikasi: and verifikasi-2 hold at the same time for the same properties (all of them).",
        ),
        (lambda c: c.append(c[0]), "entry verifikasi: begins twice on 2014-10-07."),
        (lambda c: c[0].update(agency="SAR"), "entry verifikasi: agency SAR is not in agencies.yaml."),
        (lambda c: c[0].update(category="BULAN"), "entry verifikasi: category BULAN is not in categories.yaml."),
        (lambda c: c[0].update(working_days=3), "entry verifikasi: working_days is not a known key."),
        (
            lambda c: c[6].update(extensions=0),
            "entry informasi-ringan: extension says how much at once and extensions how often: both or neither.",
        ),
    ],
)
def test_a_mistake_is_named_with_its_row(folder, change, problem):
    rewrite(folder, change)

    with pytest.raises(CityInvalid) as refused:
        load_city(folder)

    assert refused.value.problems[0] == f"deadlines.yaml: {problem}"


def test_rows_of_before_are_policies_whose_codes_end_each_other(folder):
    (folder / "deadlines.yaml").write_text(OF_BEFORE)

    found = load_city(folder).deadlines

    assert [(each.code, each.clock, each.classification, each.amount, each.valid_from) for each in found] == [
        ("verification", ClockKind.VERIFICATION, None, 3, date(2014, 10, 7)),
        ("complaint", ClockKind.RESOLUTION, Classification.COMPLAINT, 14, date(2014, 10, 7)),
        ("complaint", ClockKind.RESOLUTION, Classification.COMPLAINT, 10, date(2026, 1, 1)),
    ]
    assert {each.unit for each in found} == {DeadlineUnit.WORKING_DAYS}


async def test_a_seed_that_changes_calendar_or_policies_raises_their_version(desk, folder):
    await seed(desk, load_city(folder), NOW)
    first = (await Installation.get(id=1)).rules_version
    await seed(desk, load_city(folder), NOW)
    same = (await Installation.get(id=1)).rules_version
    rewrite(folder, lambda c: c[0].update(amount=4))

    report = await seed(desk, load_city(folder), NOW)

    assert (first, same, (await desk.reference()).rules_version) == (2, 2, 3)
    assert [(each.code, each.outcome) for each in report.changes] == [("verifikasi from 2014-10-07", Outcome.CHANGED)]
