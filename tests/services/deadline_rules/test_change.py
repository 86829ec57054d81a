"""Changes of calendar and policies by decree: what they write, what they refuse, and what outlives a seed."""

from __future__ import annotations

import asyncio
from contextvars import Context
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import AuditEntry, CalendarDay, DeadlineRule, Event, OfficeWeek
from models.calendars import DayKind, DayOrigin
from models.enums import AuditKind, ClockKind, DeadlineUnit, EventKind, HandlingClass, Role, TicketStatus
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.reference import References, read_reference
from services.core.refusals import Forbidden, InvalidInput, Refusal, VersionConflict
from services.deadline_rules.amendments import is_same
from services.deadline_rules.change import Changed, change, preview
from services.deadline_rules.checking import books_of, planned
from services.deadline_rules.commands import GivenDay
from services.deadline_rules.storing import store
from services.deadlines import days_off
from services.deadlines.rows.calendars import sync_calendars, sync_days
from services.deadlines.rows.policies import sync_policies
from tests.factories import make_agency, make_category, make_scope
from tests.services.deadline_rules.rules_city import (
    BASIS,
    KEDIRI,
    NEW_DAY,
    everything,
    policy,
    rules_change,
    seed_rules,
    week,
)


@pytest.fixture
async def coordinator(desk: Desk, database: BaseDBAsyncClient) -> Scope:
    await seed_rules(database, desk)
    return await make_scope(Role.COORDINATOR, await make_agency("DISKOMINFO"))


def problems(refused: pytest.ExceptionInfo[Refusal]) -> list[tuple[str, str]]:
    return [(each.code, ".".join(each.path)) for each in refused.value.each()]


async def test_everything_of_one_decree_holds_from_one_version_on(desk: Desk, coordinator: Scope) -> None:
    wanted = rules_change(
        days=[NEW_DAY],
        remove_days=[date(2026, 3, 24)],
        weeks=[week((1, "08:00", "12:00"), (1, "12:00", "15:00"))],  # two that touch do not overlap
        policies=[policy(), policy(code="jalan", amount=2, agency_code="diskominfo")],
    )
    plan = planned(await desk.reference(), wanted, desk.today())

    changed = await change(desk, coordinator, wanted)

    reference = await desk.reference()
    assert (changed.version, reference.rules_version) == (2, 2)
    assert is_same(books_of(reference), plan.after)
    assert not is_same(plan.before, plan.after)
    desk_calendar = reference.calendar.desk
    assert desk_calendar.special(date(2026, 3, 10)).decree == BASIS
    assert desk_calendar.special(date(2026, 3, 24)) is None
    assert [each.name for each in desk_calendar.weeks_on(date(2026, 7, 1))] == ["Jam kerja baru", "Jam kerja"]
    rows = {(row.code, row.valid_from): row for row in reference.policies.rows}
    assert rows["tindak-lanjut", date(2014, 10, 7)].valid_to == date(2026, 2, 28)
    assert (rows["tindak-lanjut", date(2026, 3, 1)].amount, rows["jalan", date(2026, 3, 1)].agency_code) == (
        3,
        "DISKOMINFO",
    )
    assert rows["jalan", date(2026, 3, 1)].legal_basis == BASIS


async def test_a_change_is_audited_and_told_to_every_worker(desk: Desk, coordinator: Scope) -> None:
    await change(desk, coordinator, rules_change(days=[NEW_DAY]))

    entry = await AuditEntry.get(kind=AuditKind.DEADLINE_RULES_CHANGED)
    assert (entry.principal, entry.subject) == (coordinator.principal, "deadline_rules:2")
    assert entry.details == '{"days":1,"policies":0,"removed_days":0,"weeks":0}'
    assert entry.reason_digest is not None
    event = await Event.filter(kind=EventKind.REFERENCE_CHANGED).order_by("-seq").first()
    assert event is not None
    assert event.details == {
        "rulesVersion": 2,
        "counts": {"days": 1, "removed_days": 0, "weeks": 0, "policies": 0},
    }


async def test_boards_count_by_the_policies_of_now(desk: Desk, coordinator: Scope) -> None:
    await change(desk, coordinator, rules_change(policies=[policy(code="verifikasi", clock=ClockKind.VERIFICATION)]))

    found = await DeadlineRule.filter(classification__isnull=True).order_by("valid_from").values_list("working_days")
    assert found == [(3,), (3,)]


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LIAISON, Role.LEADER, Role.INSPECTOR])
async def test_only_coordinators_and_admins_change_rules(desk: Desk, coordinator: Scope, role: Role) -> None:
    caller = await make_scope(role)
    before = await everything(desk)

    for use_case in (preview, change):
        with pytest.raises(Forbidden) as refused:
            await use_case(desk, caller, rules_change(days=[NEW_DAY]))
        assert refused.value.code == "RULES_FOR_DESK"

    assert await everything(desk) == before


async def test_an_admin_changes_rules(desk: Desk, coordinator: Scope) -> None:
    admin = await make_scope(Role.ADMIN)

    assert (await change(desk, admin, rules_change(days=[NEW_DAY]))).version == 2


async def test_a_change_by_a_version_of_before_is_refused_beside_what_else_is_wrong(
    desk: Desk, coordinator: Scope
) -> None:
    await change(desk, coordinator, rules_change(days=[NEW_DAY]))
    before = await everything(desk)

    with pytest.raises(VersionConflict) as refused:
        await change(desk, coordinator, rules_change(1, policies=[policy(amount=-1)]))

    assert problems(refused) == [
        ("RULES_VERSION", "expectedVersion"),
        ("AMOUNT_OUT_OF_RANGE", "policies.0.amount"),
    ]
    assert await everything(desk) == before


async def test_of_two_changes_at_once_one_happens(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second comes when the first has read the version, and waits for it."""
    second: list[asyncio.Task[Changed]] = []

    async def store_meanwhile(*given: Any) -> None:
        if not second:
            wanted = rules_change(days=[replace(NEW_DAY, day=date(2026, 3, 11))])
            second.append(asyncio.create_task(change(desk, coordinator, wanted), context=Context()))
            while not (second[0].done() or await is_somebody_waiting(database)):
                pass
        await store(*given)

    monkeypatch.setattr("services.deadline_rules.change.store", store_meanwhile)
    done = await change(desk, coordinator, rules_change(days=[NEW_DAY]))

    with pytest.raises(VersionConflict):
        await second[0]
    assert (done.version, (await desk.reference()).rules_version) == (2, 2)
    assert await CalendarDay.filter(day=NEW_DAY.day).count() == 1
    assert await CalendarDay.filter(day=date(2026, 3, 11)).count() == 0


async def test_a_limit_of_time_that_is_not_the_change_s_own_is_an_error(
    desk: Desk, coordinator: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await everything(desk)

    async def times_out(*given: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr("services.deadline_rules.change.impact_of", times_out)
    with pytest.raises(TimeoutError):
        await change(desk, coordinator, rules_change(days=[NEW_DAY]))

    assert await everything(desk) == before


async def is_somebody_waiting(database: BaseDBAsyncClient) -> bool:
    found = await database.execute_query_dict("SELECT count(*) AS number FROM pg_locks WHERE NOT granted")
    return bool(found[0]["number"])


SAME_DAY = week(name="Lain")
RAMADAN = {"valid_from": date(2027, 2, 8), "valid_to": date(2027, 3, 9)}
WRONG: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, [("RULES_UNCHANGED", "")]),
    ({"legal_basis": " ", "days": [NEW_DAY]}, [("EMPTY", "legalBasis")]),
    ({"legal_basis": "x" * 301, "days": [NEW_DAY]}, [("TOO_LONG", "legalBasis")]),
    ({"days": [replace(NEW_DAY, name="")]}, [("EMPTY", "days.0.name")]),
    ({"days": [replace(NEW_DAY, name="x" * 201)]}, [("TOO_LONG", "days.0.name")]),
    ({"days": [replace(NEW_DAY, calendar_code="BULAN")]}, [("UNKNOWN_CODE", "days.0.calendarCode")]),
    ({"days": [replace(NEW_DAY, day=date(1, 1, 1))]}, [("DAY_OUT_OF_RANGE", "days.0.day")]),
    ({"days": [replace(NEW_DAY, day=date(9999, 12, 31))]}, [("DAY_OUT_OF_RANGE", "days.0.day")]),
    ({"days": [NEW_DAY, NEW_DAY]}, [("ROW_TWICE", "days.1.day")]),
    ({"days": [NEW_DAY] * 367}, [("TOO_MANY_ROWS", "days")]),
    ({"remove_days": [date(2026, 3, 9)]}, [("NO_SUCH_DAY", "removeDays.0")]),
    ({"remove_days": [date(2026, 3, 24)] * 2}, [("ROW_TWICE", "removeDays.1")]),
    (
        {"remove_days": [date(2026, 3, 24)], "days": [replace(NEW_DAY, day=date(2026, 3, 24))]},
        [("ROW_TWICE", "removeDays.0")],
    ),
    ({"weeks": [week(calendar_code="X")]}, [("UNKNOWN_CODE", "weeks.0.calendarCode")]),
    ({"weeks": [week(valid_to=date(2026, 6, 30))]}, [("ENDS_BEFORE_IT_BEGINS", "weeks.0.validTo")]),
    ({"weeks": [week((0, "08:00", "12:00"))]}, [("NO_WEEKDAY", "weeks.0.windows.0.weekday")]),
    ({"weeks": [week((8, "08:00", "12:00"))]}, [("NO_WEEKDAY", "weeks.0.windows.0.weekday")]),
    ({"weeks": [week((1, "25:00", "12:00"))]}, [("BAD_TIME", "weeks.0.windows.0.opens")]),
    ({"weeks": [week((1, "24:00", "24:00"))]}, [("BAD_TIME", "weeks.0.windows.0.opens")]),
    (
        {"weeks": [week((1, "8:00", "12:60"))]},
        [
            ("BAD_TIME", "weeks.0.windows.0.opens"),
            ("BAD_TIME", "weeks.0.windows.0.closes"),
        ],
    ),
    ({"weeks": [week((1, "08:00", "24:01"))]}, [("BAD_TIME", "weeks.0.windows.0.closes")]),
    ({"weeks": [week((1, "12:00", "08:00"))]}, [("CLOSES_BEFORE_IT_OPENS", "weeks.0.windows.0.closes")]),
    ({"weeks": [week((1, "08:00", "08:00"))]}, [("CLOSES_BEFORE_IT_OPENS", "weeks.0.windows.0.closes")]),
    (
        {"weeks": [week((1, "08:00", "12:00"), (2, "11:00", "16:00"), (1, "11:59", "16:00"))]},
        [("WINDOWS_OVERLAP", "weeks.0.windows.2")],
    ),
    ({"weeks": [replace(week(), windows=())]}, [("WEEK_WITHOUT_HOURS", "weeks.0.windows")]),
    ({"weeks": [week(*[(1, "08:00", "09:00")] * 71)]}, [("TOO_MANY_ROWS", "weeks.0.windows")]),
    ({"weeks": [week()] * 51}, [("TOO_MANY_ROWS", "weeks")]),
    ({"weeks": [week(), SAME_DAY]}, [("WEEKS_OVERLAP", "weeks.1.validFrom")]),
    (
        {"weeks": [week(**RAMADAN), week(name="Lain", valid_from=date(2027, 3, 9), valid_to=date(2027, 3, 20))]},
        [("WEEKS_OVERLAP", "weeks.1.validFrom")],
    ),
    (
        {"weeks": [week(**RAMADAN), week(name="Lain", valid_from=date(2027, 3, 9))]},
        [("WEEKS_OVERLAP", "weeks.1.validFrom")],
    ),
    ({"policies": [policy(amount=-1)]}, [("AMOUNT_OUT_OF_RANGE", "policies.0.amount")]),
    ({"policies": [policy(amount=10**6)]}, [("AMOUNT_OUT_OF_RANGE", "policies.0.amount")]),
    (
        {"policies": [policy(extension=-1, extensions=11)]},
        [
            ("AMOUNT_OUT_OF_RANGE", "policies.0.extension"),
            ("AMOUNT_OUT_OF_RANGE", "policies.0.extensions"),
        ],
    ),
    ({"policies": [policy(extension=7)]}, [("HALF_AN_EXTENSION", "policies.0.extensions")]),
    ({"policies": [policy(rests=(TicketStatus.RESOLVED,))]}, [("CLOCK_STOPS_THERE", "policies.0.rests")]),
    ({"policies": [policy(valid_to=date(2026, 2, 28))]}, [("ENDS_BEFORE_IT_BEGINS", "policies.0.validTo")]),
    ({"policies": [policy(agency_code="SAR")]}, [("UNKNOWN_CODE", "policies.0.agencyCode")]),
    ({"policies": [policy(category_code="BULAN")]}, [("UNKNOWN_CODE", "policies.0.categoryCode")]),
    ({"policies": [policy(code="")]}, [("EMPTY", "policies.0.code")]),
    ({"policies": [policy(code="x" * 65)]}, [("TOO_LONG", "policies.0.code")]),
    ({"policies": [policy(), policy(code="Tindak-Lanjut", amount=4)]}, [("ROW_TWICE", "policies.1.code")]),
    ({"policies": [policy(clock=ClockKind.NATIONAL)]}, [("CODE_OF_ANOTHER_CLOCK", "policies.0.code")]),
    ({"policies": [policy(code="lain")]}, [("POLICIES_TIE", "policies.0.code")]),
    (
        {
            "policies": [
                policy(code="a", handling_class=HandlingClass.LIGHT),
                policy(code="b", handling_class=HandlingClass.LIGHT),
            ]
        },
        [("POLICIES_TIE", "policies.0.code"), ("POLICIES_TIE", "policies.1.code")],
    ),
    ({"policies": [policy()] * 51}, [("TOO_MANY_ROWS", "policies")]),
    (
        {
            "weeks": [week((1, "08:00", "08:01"))],
            "policies": [policy(amount=1_000, unit=DeadlineUnit.WORKING_HOURS), policy(code="b", amount=1_000)],
        },
        [("POLICIES_TIE", "policies.0.code"), ("POLICIES_TIE", "policies.1.code")],
    ),
    (
        {
            "weeks": [week((1, "08:00", "08:01"))],
            "policies": [policy(amount=1_000, unit=DeadlineUnit.WORKING_HOURS)],
        },
        [("OUT_OF_REACH", "policies.0.amount")],
    ),
    (
        {"policies": [policy(amount=1_000, extension=1_000, extensions=10)]},
        [("OUT_OF_REACH", "policies.0.amount")],
    ),
    (
        {"legal_basis": "", "days": [replace(NEW_DAY, name="")], "policies": [policy(amount=-1)]},
        [("EMPTY", "legalBasis"), ("EMPTY", "days.0.name"), ("AMOUNT_OUT_OF_RANGE", "policies.0.amount")],
    ),
]


@pytest.mark.parametrize(("rows", "expected"), WRONG)
async def test_all_that_is_wrong_is_told_at_once_and_changes_nothing(
    desk: Desk, coordinator: Scope, rows: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    before = await everything(desk)

    with pytest.raises(InvalidInput) as refused:
        await change(desk, coordinator, rules_change(**rows))
    with pytest.raises(InvalidInput) as foreseen:
        await preview(desk, coordinator, rules_change(**rows))

    assert problems(refused) == expected
    assert problems(foreseen) == [(code, f"input.{path}".rstrip(".")) for code, path in expected]
    assert await everything(desk) == before


async def test_a_week_with_too_few_hours_for_what_stands_is_refused_and_what_was_so_before_is_not(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope
) -> None:
    await change(desk, coordinator, rules_change(policies=[policy(amount=100, unit=DeadlineUnit.WORKING_HOURS)]))
    minute, before = week((1, "08:00", "08:01"), name="Semenit"), await everything(desk)

    with pytest.raises(InvalidInput) as refused:
        await change(desk, coordinator, rules_change(2, weeks=[minute]))

    assert problems(refused) == [("OUT_OF_REACH", "weeks.0.windows")]
    assert refused.value.params == {"row": "tindak-lanjut", "calendar": "KEDIRI", "week": "Semenit", "days": 10_000}
    assert await everything(desk) == before
    await OfficeWeek.create(
        calendar_code="KEDIRI",
        name="Semenit",
        valid_from=date(2026, 7, 1),
        windows=[(1, "08:00", "08:01")],
        legal_basis="SK",
    )
    fresh = replace(desk, references=References())
    assert (await change(fresh, coordinator, rules_change(2, days=[NEW_DAY]))).version == 3


async def test_what_stands_like_this_already_is_no_change(desk: Desk, coordinator: Scope) -> None:
    rows = {"days": [NEW_DAY], "weeks": [week()], "policies": [policy()]}
    await change(desk, coordinator, rules_change(**rows))
    before = await everything(desk)

    with pytest.raises(InvalidInput) as refused:
        await change(desk, coordinator, rules_change(2, **rows))

    assert refused.value.code == "RULES_UNCHANGED"
    assert await everything(desk) == before


async def test_a_week_takes_the_place_of_those_that_begin_while_it_lasts(desk: Desk, coordinator: Scope) -> None:
    earlier = week(name="Ramadan 1447 H", valid_from=date(2026, 2, 18), valid_to=date(2026, 3, 19))

    await change(desk, coordinator, rules_change(weeks=[earlier]))

    calendar = (await desk.reference()).calendar.desk
    assert [each.valid_from for each in calendar.weeks if each.valid_from.year == 2026] == [date(2026, 2, 18)]
    assert calendar.week_of(date(2026, 3, 20)).name == "Jam kerja"


async def test_a_bounded_week_does_not_hide_one_that_goes_on_after_it(desk: Desk, coordinator: Scope) -> None:
    await change(desk, coordinator, rules_change(weeks=[week()]))
    before = await everything(desk)
    over = week(name="Musim panas", valid_from=date(2026, 6, 1), valid_to=date(2026, 8, 31))

    with pytest.raises(InvalidInput) as refused:
        await change(desk, coordinator, rules_change(2, weeks=[over]))

    assert problems(refused) == [("WEEKS_OVERLAP", "weeks.0.validFrom")]
    assert await everything(desk) == before


async def test_hours_end_with_the_day_at_the_latest(desk: Desk, coordinator: Scope) -> None:
    await change(desk, coordinator, rules_change(weeks=[week((6, "00:00", "24:00"), (7, "22:00", "24:00"))]))

    calendar = (await desk.reference()).calendar.desk
    assert [str(each) for each in calendar.windows(date(2026, 7, 4))] == ["00:00-24:00"]
    assert calendar.windows(date(2026, 7, 6)) == ()


def a_newer_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the days that stand be those of an older version."""
    monkeypatch.setattr(days_off, "LIBRARY", "PyPI holidays 999.0")


async def test_a_decree_stands_against_a_newer_library_and_the_folder(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave = date(2026, 3, 23)
    worked = GivenDay(date(2026, 3, 20), DayKind.WORKING, "Hari kerja pengganti")
    ramadan = week(name="Ramadan 1447 H", valid_from=date(2026, 2, 18), valid_to=date(2026, 3, 19))
    decided = policy(code="tindak-lanjut", valid_from=date(2014, 10, 7), amount=4, unit=DeadlineUnit.DAYS)
    await change(
        desk,
        coordinator,
        rules_change(days=[worked, NEW_DAY], remove_days=[leave], weeks=[ramadan, week()], policies=[decided]),
    )
    decreed = books_of(await desk.reference())
    a_newer_library(monkeypatch)

    await sync_calendars(database, KEDIRI.calendar.calendars)
    await sync_days(database, desk.today())
    policies = await sync_policies(database, KEDIRI.deadlines)

    after = books_of(await read_reference(database, desk.today()))
    assert policies == ([], [], [])
    assert after.calendar.desk.weeks == decreed.calendar.desk.weeks
    assert set(after.policies.rows) == set(decreed.policies.rows)
    assert {each.day for each in after.calendar.days} == {each.day for each in decreed.calendar.days}
    assert after.calendar.desk.special(leave) is None
    assert after.calendar.desk.special(worked.day).decree == BASIS
    stored = await CalendarDay.get(day=NEW_DAY.day)
    assert (stored.origin, stored.source, stored.estimated) == (DayOrigin.DECREE, BASIS, False)


async def test_a_day_that_was_taken_away_can_be_decreed_again(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave = date(2026, 3, 24)
    await change(desk, coordinator, rules_change(remove_days=[leave]))
    again = GivenDay(leave, DayKind.JOINT_LEAVE, "Cuti bersama")

    await change(desk, coordinator, rules_change(2, days=[again]))
    a_newer_library(monkeypatch)
    await sync_days(database, desk.today())

    found = (await read_reference(database, desk.today())).calendar.desk.special(leave)
    assert (found.kind, found.decree) == (DayKind.JOINT_LEAVE, BASIS)


async def test_a_city_without_calendars_decrees_weeks_of_the_standard_one(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope
) -> None:
    await sync_calendars(database, [])
    fresh = replace(desk, references=References())

    await change(fresh, coordinator, rules_change(weeks=[week(calendar_code="standard")]))
    await sync_calendars(database, [])

    calendar = (await read_reference(database, desk.today())).calendar.desk
    assert (calendar.code, [each.name for each in calendar.weeks]) == ("STANDARD", ["Jam kerja", "Jam kerja baru"])


async def test_a_policy_may_name_a_category_of_the_city(desk: Desk, coordinator: Scope) -> None:
    await make_category("drainase")

    await change(desk, coordinator, rules_change(policies=[policy(code="drainase", category_code="DRAINASE")]))

    assert "drainase" in {row.category_code for row in (await desk.reference()).policies.rows}
