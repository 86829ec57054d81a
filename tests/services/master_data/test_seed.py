"""A city's folder and the master data that it makes."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from models import (
    Agency,
    AgencyName,
    Area,
    Category,
    DeadlinePolicy,
    Event,
    Installation,
    LogHead,
    OversightRule,
    WorkCalendar,
)
from models.enums import AgencyKind, Channel, Classification, EventKind, Role, TicketStatus
from services.credentials.identify import anonymous
from services.intake import forms, submissions
from services.master_data.cities import CityInvalid, load_city
from services.master_data.seed import SeedRefused, seed
from services.master_data.seeding.report import Outcome
from services.tickets import location
from tests.root import ROOT

KEDIRI = ROOT / "cities" / "kediri"
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    """A copy of Kediri's folder that a test may spoil."""
    return Path(shutil.copytree(KEDIRI, tmp_path / "city"))


def rewrite(folder, name, change):
    """Replace the content of a file by what change makes of it."""
    path = folder / name
    content = yaml.safe_load(path.read_text())
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True))


def test_kediri_has_three_kecamatan_with_14_17_and_15_kelurahan():
    areas = load_city(KEDIRI).areas

    assert Counter(area.parent for area in areas) == {None: 3, "35.71.01": 14, "35.71.02": 17, "35.71.03": 15}
    assert {area.code: area.name for area in areas}["35.71.01.1011"] == "Mojoroto"
    assert len({area.code for area in areas}) == 49


def test_kediri_speaks_of_every_channel():
    city = load_city(KEDIRI)

    assert {channel.code for channel in city.channels} == set(Channel)
    assert (city.code, city.name, city.number_prefix, city.timezone) == ("35.71", "Kota Kediri", "KDR", "Asia/Jakarta")


def test_bappeda_was_called_barenlitbang_before():
    bappeda = next(agency for agency in load_city(KEDIRI).agencies if agency.code == "BAPPEDA")

    assert bappeda.name_on(date(2022, 7, 20)) == "Badan Perencanaan Pembangunan, Penelitian dan Pengembangan"
    assert bappeda.name_on(date(2026, 3, 2)) == "Badan Perencanaan Pembangunan Daerah"


def test_every_entry_of_kediri_names_its_source_or_says_that_it_is_unverified():
    def entries(value):
        if isinstance(value, dict):
            yield value
            value = [item for item in value.values() if isinstance(item, list)]
        for item in value:
            if isinstance(item, dict | list):
                yield from entries(item)

    for name in ("agencies.yaml", "areas.yaml", "categories.yaml", "channels.yaml", "city.yaml"):
        for entry in entries(yaml.safe_load((KEDIRI / name).read_text())):
            assert entry.get("source") or entry.get("unverified") is True, (name, entry)


async def test_seeding_an_empty_database_makes_all_of_the_folder(database):
    city = load_city(KEDIRI)
    report = await seed(None, city, NOW)

    assert await Area.all().count() == 49
    assert await Agency.all().count() == len(city.agencies)
    assert await AgencyName.all().count() == len(city.agencies) + 1
    assert await Category.all().count() == len(city.categories)
    assert await Category.filter(sp4n_code=None).count() == 0
    assert report.count(Outcome.ADDED, "deadline") == await DeadlinePolicy.all().count() == len(city.deadlines)
    assert report.count(Outcome.ADDED, "calendar") == await WorkCalendar.all().count() == 2
    assert report.count(Outcome.ADDED, "days off") == 1
    assert report.count(Outcome.ADDED, "oversight") == await OversightRule.all().count() == len(city.oversight) == 1
    assert report.count(Outcome.ADDED) == 49 + len(city.agencies) + len(city.categories) + len(
        city.deadlines
    ) + 5 + len(city.reasons) + 4 + len(city.escalations) + len(city.sp4n)
    assert report.count(Outcome.RETIRED) == report.count(Outcome.CHANGED) == 0


async def test_a_kelurahan_is_an_agency_below_its_kecamatan(database):
    await seed(None, load_city(KEDIRI), NOW)

    kelurahan = await Agency.get(code="KEL-35.71.03.1013").select_related("parent")

    assert (kelurahan.name, kelurahan.kind, kelurahan.parent.code) == (
        "Kelurahan Pesantren",
        AgencyKind.KELURAHAN,
        "KEC-PESANTREN",
    )


async def test_seeding_announces_itself_once_in_the_log(database):
    report = await seed(None, load_city(KEDIRI), NOW)

    assert await Event.all().values_list("seq", "kind", "at") == [(1, EventKind.REFERENCE_CHANGED, NOW)]
    assert (report.seq, (await LogHead.get()).reference_seq) == (1, 1)


async def test_a_second_seed_changes_nothing_and_says_so(database):
    first = await seed(None, load_city(KEDIRI), NOW)

    second = await seed(None, load_city(KEDIRI), NOW)

    assert second.changes == ()
    assert second.seq is None
    assert second.count(Outcome.UNCHANGED) == len(first.entries)
    assert await Event.all().count() == 1


async def test_a_renamed_agency_is_changed_and_named(database, folder):
    await seed(None, load_city(KEDIRI), NOW)
    rewrite(folder, "agencies.yaml", lambda agencies: agencies[6].update(name="Dinas Perhubungan Baru"))

    report = await seed(None, load_city(folder), NOW)

    assert [(each.kind, each.code, each.outcome) for each in report.changes] == [("agency", "DISHUB", Outcome.CHANGED)]
    assert (await Agency.get(code="DISHUB")).name == "Dinas Perhubungan Baru"
    assert report.seq == 2


async def test_a_short_name_comes_with_the_folder_changes_and_goes(database, folder):
    await seed(None, load_city(KEDIRI), NOW)
    before = (await Agency.get(code="DISHUB")).short_name
    rewrite(folder, "agencies.yaml", lambda agencies: agencies[6].update(short="Hubungan"))
    changed = await seed(None, load_city(folder), NOW)
    rewrite(folder, "agencies.yaml", lambda agencies: agencies[6].pop("short"))

    gone = await seed(None, load_city(folder), NOW)

    assert before == "Dishub"
    assert [(each.code, each.fields) for each in (*changed.changes, *gone.changes)] == [("DISHUB", ("short_name",))] * 2
    assert (await Agency.get(code="DISHUB")).short_name is None


async def test_every_office_of_kediri_with_a_long_name_has_a_short_one_of_its_own(database):
    names = [agency.short_name or agency.name_on(NOW.date()) for agency in load_city(KEDIRI).agencies]

    assert max(len(name) for name in names) == len("Polres Kediri Kota")
    assert len(set(names)) == len(names)


async def test_a_new_dated_name_counts_from_its_day(database, folder):
    await seed(None, load_city(KEDIRI), NOW)
    names = [
        {"name": "Dinas Perhubungan", "valid_from": date(2014, 10, 7), "valid_to": date(2026, 3, 31), "source": ["S5"]},
        {"name": "Dinas Transportasi", "valid_from": date(2026, 4, 1), "unverified": True},
    ]
    rewrite(folder, "agencies.yaml", lambda agencies: agencies[6].update(names=names) or agencies[6].pop("name"))

    before = await seed(None, load_city(folder), NOW)
    after = await seed(None, load_city(folder), datetime(2026, 3, 31, 17, 0, tzinfo=UTC))

    assert [each.fields for each in before.changes] == [("names",)]
    assert [each.fields for each in after.changes] == [("name",)]
    assert (await Agency.get(code="DISHUB")).name == "Dinas Transportasi"


async def test_what_left_the_folder_is_retired_and_comes_back(database, folder):
    await seed(None, load_city(KEDIRI), NOW)
    rewrite(folder, "agencies.yaml", lambda agencies: agencies.pop(6))

    gone = await seed(None, load_city(folder), NOW)
    again = await seed(None, load_city(folder), NOW)
    back = await seed(None, load_city(KEDIRI), NOW)

    assert [(each.code, each.outcome) for each in gone.changes] == [("DISHUB", Outcome.RETIRED)]
    assert again.changes == ()
    assert [(each.code, each.outcome) for each in back.changes] == [("DISHUB", Outcome.CHANGED)]
    assert (await Agency.get(code="DISHUB")).active is True


async def test_agencies_and_categories_of_imports_are_left_alone(database):
    await seed(None, load_city(KEDIRI), NOW)
    await Agency.create(code="OPEN311-X", name="X", kind=AgencyKind.EXTERNAL)
    await Category.create(code="OPEN311.X", name="X")

    report = await seed(None, load_city(KEDIRI), NOW)

    assert report.changes == ()
    assert (await Agency.get(code="OPEN311-X")).active is True


async def test_an_area_that_left_the_folder_goes_unless_a_ticket_lies_there(desk, folder):
    await seed(desk, load_city(KEDIRI), NOW)
    place = location.Place(kelurahan_code="35.71.03.1001")
    form = forms.Submission("Jalan rusak", "Di sini.", Channel.SURGA_WEB, place=place)
    await submissions.submit(desk, anonymous("somebody"), form)
    rewrite(folder, "areas.yaml", lambda areas: areas.pop(2))
    rewrite(folder, "agencies.yaml", lambda agencies: agencies.__setitem__(slice(None), agencies[:20]))
    (folder / "calendar.yaml").unlink()

    report = await seed(desk, load_city(folder), NOW)

    areas = {each.code: each.outcome for each in report.entries if each.kind == "area"}
    assert Counter(areas.values()) == {Outcome.UNCHANGED: 33, Outcome.RETIRED: 14, Outcome.KEPT: 2}
    assert (areas["35.71.03"], areas["35.71.03.1001"]) == (Outcome.KEPT, Outcome.KEPT)
    assert await Area.all().count() == 35


async def test_a_desk_with_tickets_stays_with_its_city(desk, folder):
    await seed(desk, load_city(KEDIRI), NOW)
    form = forms.Submission("Jalan rusak", "Di sini.", Channel.SURGA_WEB)
    await submissions.submit(desk, anonymous("somebody"), form)
    rewrite(folder, "city.yaml", lambda city: city.update(code="35.73", name="Kota Malang", number_prefix="MLG"))
    before = await Event.all().count()

    with pytest.raises(SeedRefused, match="Kota Malang"):
        await seed(desk, load_city(folder), NOW)

    assert await Installation.all().values_list("city_code", "number_prefix") == [("35.71", "KDR")]
    assert await Event.all().count() == before


async def test_a_code_that_differs_from_a_kept_one_in_case_only_is_refused(desk, folder):
    await seed(desk, load_city(KEDIRI), NOW)
    rewrite(folder, "agencies.yaml", lambda agencies: agencies[1].update(code="Disdik"))
    before = await Event.all().count()

    with pytest.raises(SeedRefused, match="The agency Disdik differs from DISDIK of this database in case only"):
        await seed(desk, load_city(folder), NOW)

    assert await Event.all().count() == before
    assert not await Agency.filter(code="Disdik").exists()


async def test_another_city_takes_over_an_empty_desk(database, folder):
    rewrite(folder, "city.yaml", lambda city: city.update(code="35.73", name="Kota Malang", number_prefix="MLG"))

    await seed(None, load_city(folder), NOW)

    assert await Installation.all().values_list("city_code", "number_prefix") == [("35.73", "MLG")]


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        (
            "areas.yaml",
            lambda c: c[0].update(code=35.71),
            "areas.yaml: entry 35.71: code reads as the number 35.71: put it in quotation marks.",
        ),
        (
            "agencies.yaml",
            lambda c: c[1].update(kind="DINAS"),
            "agencies.yaml: entry DISDIK: kind 'DINAS' must be one of OPD, KELURAHAN, BUMD, VERTICAL, EXTERNAL.",
        ),
        (
            "agencies.yaml",
            lambda c: c[1].update(parent="KEC-KOTA"),
            "agencies.yaml: entry DISDIK: parent KEC-KOTA must stand above it.",
        ),
        (
            "agencies.yaml",
            lambda c: c[1].update(short="D" * 41),
            "agencies.yaml: entry DISDIK: short is longer than 40 characters.",
        ),
        ("agencies.yaml", lambda c: c[1].update(short=" "), "agencies.yaml: entry DISDIK: short is missing."),
        ("agencies.yaml", lambda c: c.append(c[1]), "agencies.yaml: entry DISDIK: stands in the file more than once."),
        (
            "agencies.yaml",
            lambda c: c.append(c[1] | {"code": "disDik"}),
            "agencies.yaml: entry disDik: differs from DISDIK in case only.",
        ),
        (
            "agencies.yaml",
            lambda c: c[1].pop("source"),
            "agencies.yaml: entry DISDIK: has neither a source nor unverified: true.",
        ),
        (
            "categories.yaml",
            lambda c: c[0].update(source=["S999"]),
            "categories.yaml: entry PERHUBUNGAN: source S999 is not in sources.yaml.",
        ),
        (
            "categories.yaml",
            lambda c: c[0]["children"][0].pop("sp4n"),
            "categories.yaml: entry PERHUBUNGAN, entry PERHUBUNGAN.PJU: sp4n is missing.",
        ),
        (
            "categories.yaml",
            lambda c: c[0].update(nama="x"),
            "categories.yaml: entry PERHUBUNGAN: nama is not a known key.",
        ),
        (
            "channels.yaml",
            lambda c: c[0].update(label={"id": "Situs"}),
            "channels.yaml: entry SURGA_WEB: label lacks its words in 'en'.",
        ),
        (
            "city.yaml",
            lambda c: c.update(timezone="Asia/Kediri"),
            "city.yaml: the city: timezone 'Asia/Kediri' is no time zone.",
        ),
        (
            "city.yaml",
            lambda c: c.update(number_prefix="k1"),
            "city.yaml: the city: number_prefix must be 2 to 8 capital letters, not 'k1'.",
        ),
    ],
)
def test_a_mistake_is_named_with_its_file_and_entry(folder, name, change, problem):
    rewrite(folder, name, change)

    with pytest.raises(CityInvalid) as refused:
        load_city(folder)

    assert refused.value.problems[0] == problem


def test_files_that_are_missing_are_named_before_one_that_is_broken(folder):
    areas = (folder / "areas.yaml").read_text()
    (folder / "areas.yaml").unlink()
    (folder / "agencies.yaml").write_text("- {code: DISDIK")

    with pytest.raises(CityInvalid, match=r"lacks areas\.yaml:") as lacking:
        load_city(folder)
    (folder / "areas.yaml").write_text(areas)
    with pytest.raises(CityInvalid) as broken:
        load_city(folder)

    assert len(lacking.value.problems) == 1
    assert [problem[:35] for problem in broken.value.problems] == ["agencies.yaml: the file: is not YAM"]


def test_the_glossary_names_every_status_role_and_classification():
    glossary = (KEDIRI.parents[1] / "docs" / "glossary.md").read_text()

    for word in (*TicketStatus, *Role, *Classification):
        assert f"`{word}`" in glossary


def test_who_handles_reports_is_no_deputy_and_the_inspectorate_is_an_agency(tmp_path):
    folder = shutil.copytree(KEDIRI, tmp_path / "kota")
    wrong = (
        "[{code: a, inspectorate: NOWHERE, deputy: OFFICER, valid_from: 2020-01-01, legal_basis: SK, unverified: true}]"
    )
    (folder / "oversight.yaml").write_text(wrong)

    with pytest.raises(CityInvalid) as refused:
        load_city(folder)

    assert [problem for problem in refused.value.problems if "oversight" in problem] == [
        "oversight.yaml: entry a: deputy must be one of COORDINATOR, LEADER, INSPECTOR, ADMIN.",
        "oversight.yaml: entry from 2020-01-01: inspectorate NOWHERE is not in agencies.yaml.",
    ]


async def test_a_rule_of_oversight_that_leaves_the_folder_leaves_the_desk(database, tmp_path):
    folder = shutil.copytree(KEDIRI, tmp_path / "kota")
    await seed(None, load_city(folder), NOW)
    (folder / "oversight.yaml").write_text("")

    report = await seed(None, load_city(folder), NOW)

    assert report.count(Outcome.RETIRED, "oversight") == 1
    assert await OversightRule.all().count() == 0
