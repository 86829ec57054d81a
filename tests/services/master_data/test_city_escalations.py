"""A city's escalations.yaml: what is wrong is named with its row, a folder without it loads, and the seed keeps it."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from models import EscalationRule, Installation
from services.deadlines.escalation.rules import ladder_of
from services.master_data.cities import CityInvalid, load_city
from services.master_data.seed import give_escalations, seed
from services.master_data.seeding.report import Outcome
from tests.root import ROOT

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    """A copy of Kediri's folder that a test may spoil."""
    return Path(shutil.copytree(ROOT / "cities" / "kediri", tmp_path / "city"))


def rewrite(folder, change):
    path = folder / "escalations.yaml"
    content = yaml.safe_load(path.read_text("utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda c: c[0].update(amount=10**6),
            "entry verifikasi-petugas: amount must be a whole number from -1000 to 1000.",
        ),
        (
            lambda c: c[0].update(amount=1.5),
            "entry verifikasi-petugas: amount must be a whole number from -1000 to 1000.",
        ),
        (
            lambda c: c[0].update(level="MAYOR"),
            "entry verifikasi-petugas: level 'MAYOR' must be one of OFFICER, AGENCY, COORDINATOR, LEADER, OMBUDSMAN.",
        ),
        (
            lambda c: c[0].update(from_start=True),
            "entry verifikasi-petugas: amount must be at least 1 from the start of a clock, not -2.",
        ),
        (
            lambda c: c[0].update(statuses=["DISPATCHED"]),
            "entry verifikasi-petugas: VERIFICATION has stopped in DISPATCHED; statuses may be INCOMPLETE, ON_HOLD, "
            "RECEIVED, VERIFIED only.",
        ),
        (
            lambda c: c[0].update(valid_to=date(2014, 1, 1)),
            "entry verifikasi-petugas: valid_to lies before valid_from.",
        ),
        (lambda c: c.append(c[0]), "entry verifikasi-petugas: begins twice on 2014-10-07."),
        (
            lambda c: c.append({**c[4], "code": "verifikasi-petugas", "valid_from": date(2020, 1, 1)}),
            "entry verifikasi-petugas: names two clocks: another clock needs a code of its own.",
        ),
        (
            lambda c: c.append({**c[1], "code": "z", "unit": "HOURS", "statuses": ["RECEIVED"]}),
            "entry verifikasi-instansi: and z reach AGENCY at the same moment of VERIFICATION while both hold.",
        ),
        (lambda c: c[0].pop("unverified"), "entry verifikasi-petugas: has neither a source nor unverified: true."),
        (lambda c: c[0].update(tingkat="x"), "entry verifikasi-petugas: tingkat is not a known key."),
    ],
)
def test_names_the_row_that_is_wrong(folder, change, problem):
    rewrite(folder, change)

    with pytest.raises(CityInvalid) as refused:
        load_city(folder)

    assert refused.value.problems[0] == f"escalations.yaml: {problem}"


def test_a_folder_without_the_file_escalates_nothing(folder):
    (folder / "escalations.yaml").unlink()

    assert load_city(folder).escalations == ()


async def test_the_seed_keeps_the_rungs_and_raises_the_version_of_the_rules(desk, folder):
    await seed(desk, load_city(folder), NOW)
    first = (await Installation.get(id=1)).rules_version
    rewrite(folder, lambda c: c[0].update(amount=-3))

    report = await seed(desk, load_city(folder), NOW)

    reference = await desk.reference()
    assert (first, reference.rules_version) == (2, 3)
    assert reference.ladder == ladder_of(load_city(folder).escalations)
    assert [(each.code, each.outcome) for each in report.changes] == [
        ("verifikasi-petugas from 2014-10-07", Outcome.CHANGED)
    ]


async def test_a_desk_of_before_is_given_the_ladder_once(desk, folder):
    await seed(desk, load_city(folder), NOW)
    await EscalationRule.all().delete()

    given = [await give_escalations(load_city(folder), NOW) for _ in range(2)]

    assert given == [True, False]
    assert await EscalationRule.all().count() == len(load_city(folder).escalations)
