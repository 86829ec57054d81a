"""The calculator, policies and calendars over GraphQL, with the documents of the admin pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import structlog
from graphql import ExecutionResult
from tortoise.backends.base.client import BaseDBAsyncClient

from models import Event
from models.enums import Role
from schema.core.errors import formatted
from services.access.scopes import Scope
from services.core.desk import Desk
from services.deadlines.rows.calendars import sync_calendars, sync_days
from services.deadlines.rows.escalation import sync_ladder
from services.deadlines.rows.policies import sync_policies
from services.master_data.cities import load_city
from tests.conftest import Clock
from tests.factories import make_agency, make_scope
from tests.root import ROOT
from tests.schema.conftest import Ask

KEDIRI = load_city(ROOT / "cities" / "kediri")
OPERATIONS = ROOT / "web" / "admin" / "operations"
CALCULATOR = (OPERATIONS / "deadline-for.graphql").read_text("utf-8")
RULES = (OPERATIONS / "deadline-rules.graphql").read_text("utf-8")
MONDAY = "2026-03-16T09:00:00+07:00"


@pytest.fixture
async def officer(desk: Desk, database: BaseDBAsyncClient) -> Scope:
    """An officer of a city with Kediri's calendars and policies."""
    await sync_calendars(database, KEDIRI.calendar.calendars)
    await sync_days(database, desk.today())
    await sync_policies(database, KEDIRI.deadlines)
    for code in ("BPBD", "RSUD-GAMBIRAN", "RSUD-KILISUCI"):
        await make_agency(code, name=code)
    return await make_scope(Role.OFFICER, await make_agency("DISHUB"))


async def asked(ask: Ask, scope: Scope, **question: Any) -> dict[str, Any] | None:
    """The deadline of a question; fails where there are errors."""
    result = await ask(scope, CALCULATOR, "id", input={"receivedAt": MONDAY, **question})
    assert result.errors is None
    found: dict[str, Any] | None = result.data["deadlineFor"]
    return found


def refusals(result: ExecutionResult) -> list[tuple[str, list[str]]]:
    """Path and message key of everything that is wrong."""
    errors = formatted(result.errors or (), "en", log=structlog.get_logger("tests"))
    return [
        (each["extensions"]["code"], [*map(str, one["path"])])
        for each in errors
        for one in each["extensions"]["errors"]
    ]


async def test_a_complaint_before_idul_fitri_is_counted_and_explained(ask: Ask, officer: Scope) -> None:
    found = await asked(ask, officer, classification="COMPLAINT", handlingClass="NORMATIVE")

    assert found is not None
    explanation = found.pop("explanation")
    assert (found["dueOn"], found["dueAt"], found["amount"], found["unit"]) == (
        "2026-03-30",
        "2026-03-31T00:00:00+07:00",
        5,
        "WORKING_DAYS",
    )
    assert (found["state"], found["standing"], found["used"], found["left"]) == ("RUNNING", "IN_TIME", 0, 5)
    assert (found["policy"]["code"], found["policy"]["verified"], found["rulesVersion"]) == ("normatif", False, 1)
    assert [each["day"] for each in explanation["daysOff"]] == [
        "2026-03-18",
        "2026-03-19",
        "2026-03-20",
        "2026-03-23",
        "2026-03-24",
    ]
    assert sum(each["days"] for each in explanation["segments"]) == 5
    assert "Hari terakhir yang tepat waktu: Senin, 30 Maret 2026" in explanation["text"]
    assert "SK 300.1/020/419.117/2024: normatif, 5 hari kerja (belum diverifikasi)" in explanation["text"]


async def test_a_history_is_told_as_of_its_last_moment(ask: Ask, officer: Scope) -> None:
    history = [
        {"at": "2026-03-16T10:00:00+07:00", "status": "VERIFIED"},
        {"at": "2026-03-16T11:00:00+07:00", "status": "DISPATCHED", "leadAgencyCode": "bpbd"},
        {"at": "2026-03-21T00:00:00+07:00", "status": "ON_HOLD", "holdUntil": "2026-03-31"},
    ]

    found = await asked(ask, officer, history=history)

    assert found is not None
    assert (found["state"], found["standing"], found["used"], found["left"]) == ("RESTING", "RESTING", 4, 10)
    assert found["dueOn"] == "2026-04-10"  # BPBD never closes: 1 to 10 April
    assert [(each["agency"] and each["agency"]["code"], each["days"]) for each in found["explanation"]["segments"]] == [
        (None, 0),
        (None, 0),
        ("BPBD", 4),
        ("BPBD", 0),
        ("BPBD", 10),
    ]


async def test_the_desk_s_clock_stops_with_a_verdict(ask: Ask, officer: Scope) -> None:
    history = [{"at": "2026-03-27T08:00:00+07:00", "status": "DISPATCHED", "leadAgencyCode": "DISHUB"}]

    found = await asked(ask, officer, clock="VERIFICATION", history=history)

    assert found is not None
    assert (found["state"], found["standing"], found["left"]) == ("STOPPED", "OVERDUE", 0)
    assert found["verdicts"] == [
        {
            "at": "2026-03-27T08:00:00+07:00",
            "punctuality": "LATE",
            "dueAt": "2026-03-27T00:00:00+07:00",
            "lateBy": 1,
            "policyCode": "verifikasi",
            "rulesVersion": 1,
        }
    ]


async def test_what_no_rule_bounds_is_null(ask: Ask, officer: Scope) -> None:
    unbound = [
        {"receivedAt": "2014-10-06T23:59:59+07:00"},
        {"receivedAt": "2001-01-01T00:00:00Z"},
        {"clock": "FIRST_RESPONSE"},
        {"clock": "REPORTER_REPLY"},
        {"clock": "NATIONAL"},
    ]

    assert [await asked(ask, officer, **question) for question in unbound] == [None] * 5


async def test_half_past_midnight_in_wib_is_a_day_of_its_own(ask: Ask, officer: Scope) -> None:
    night = await asked(ask, officer, receivedAt="2026-03-15T17:30:00Z", handlingClass="NORMATIVE")
    before = await asked(ask, officer, receivedAt="2026-03-15T16:59:59Z", handlingClass="NORMATIVE")

    assert night is not None
    assert before is not None
    assert (night["dueOn"], before["dueOn"]) == ("2026-03-30", "2026-03-27")


WRONG = [
    ({"extension": -1}, ["input", "extension"]),
    ({"extension": 10**6}, ["input", "extension"]),
    ({"categoryCode": "BULAN"}, ["input", "categoryCode"]),
    ({"receivedAt": "2031-03-02T09:00:00+07:00"}, ["input", "receivedAt"]),
    ({"receivedAt": "1999-12-31T23:59:59+07:00", "clock": "COMPLETION"}, ["input", "receivedAt"]),
    ({"receivedAt": "8999-12-30T09:00:00+07:00", "clock": "COMPLETION"}, ["input", "receivedAt"]),
    ({"sp4nCreatedAt": "1900-01-01T00:00:00Z", "clock": "NATIONAL"}, ["input", "sp4nCreatedAt"]),
    ({"sp4nCreatedAt": "2037-01-01T00:00:00+07:00", "clock": "NATIONAL"}, ["input", "sp4nCreatedAt"]),
    (
        {"history": [{"at": "2026-03-15T09:00:00+07:00", "status": "VERIFIED"}]},
        ["input", "history", "0", "at"],
    ),
    (
        {"history": [{"at": "2036-04-15T09:00:00+07:00", "status": "VERIFIED"}]},
        ["input", "history", "0", "at"],
    ),
    (
        {"history": [{"at": MONDAY, "status": "DISPATCHED", "leadAgencyCode": "SAR"}]},
        ["input", "history", "0", "leadAgencyCode"],
    ),
    (
        {"history": [{"at": MONDAY, "status": "VERIFIED", "holdUntil": "2026-04-01"}]},
        ["input", "history", "0", "holdUntil"],
    ),
    (
        {"history": [{"at": MONDAY, "status": "ON_HOLD", "holdUntil": "2026-03-15"}]},
        ["input", "history", "0", "holdUntil"],
    ),
    (
        {"history": [{"at": MONDAY, "status": "VERIFIED"}] * 201},
        ["input", "history"],
    ),
]


async def test_what_can_not_be_is_refused_by_its_path(ask: Ask, officer: Scope) -> None:
    before = await Event.all().count()

    results = [await ask(officer, CALCULATOR, input={"receivedAt": MONDAY, **question}) for question, _ in WRONG]

    assert [refusals(result) for result in results] == [[("BAD_INPUT", path)] for _, path in WRONG]
    assert [result.data for result in results] == [{"deadlineFor": None}] * len(WRONG)
    assert await Event.all().count() == before


async def test_all_that_is_wrong_is_told_at_once(ask: Ask, officer: Scope) -> None:
    history = [
        {"at": "2026-03-15T09:00:00+07:00", "status": "VERIFIED", "holdUntil": "2026-04-01"},
        {"at": MONDAY, "status": "DISPATCHED", "leadAgencyCode": "SAR"},
    ]
    question = {"receivedAt": MONDAY, "extension": -1, "categoryCode": "BULAN", "history": history}

    result = await ask(officer, CALCULATOR, input=question)

    assert [path for _, path in refusals(result)] == [
        ["input", "extension"],
        ["input", "categoryCode"],
        ["input", "history", "0", "at"],
        ["input", "history", "0", "holdUntil"],
        ["input", "history", "1", "leadAgencyCode"],
    ]


async def test_policies_stand_as_of_a_day_and_calendars_with_what_applies_now(
    ask: Ask, officer: Scope, clock: Clock
) -> None:
    now = (await ask(officer, RULES, year=2026)).data
    clock.set(datetime(2026, 4, 6, 2, 0, tzinfo=UTC))
    after = (await ask(officer, RULES, year=2026, on="2014-10-06")).data

    assert len(now["deadlinePolicies"]) == 12
    assert now["deadlinePolicies"][0]["rests"] == ["INCOMPLETE", "ON_HOLD"]
    assert [(each["code"], [week["name"] for week in each["weeks"]]) for each in now["workCalendars"]] == [
        ("KEDIRI", ["Ramadan 1447 H", "Jam kerja"]),
        ("SELALU", ["Siang dan malam"]),
    ]
    assert now["workCalendars"][0]["weeks"][0]["windows"][0] == {"weekday": 1, "opens": "08:00", "closes": "12:00"}
    assert [each["code"] for each in now["workCalendars"][1]["agencies"]] == ["BPBD", "RSUD-GAMBIRAN", "RSUD-KILISUCI"]
    assert now["workCalendars"][1]["weeks"][0]["windows"][6]["closes"] == "24:00"
    assert len(now["calendarDays"]) == 25
    assert {each["kind"] for each in now["calendarDays"]} == {"HOLIDAY", "JOINT_LEAVE"}
    assert after["deadlinePolicies"] == []
    assert [week["name"] for week in after["workCalendars"][0]["weeks"]] == ["Jam kerja"]


async def test_the_ladder_stands_as_of_today(
    ask: Ask, officer: Scope, clock: Clock, database: BaseDBAsyncClient
) -> None:
    promise, later = KEDIRI.escalations[12], replace(KEDIRI.escalations[12], amount=48, valid_from=date(2027, 1, 1))
    await sync_ladder(database, (*KEDIRI.escalations, later))
    now = (await ask(officer, RULES, year=2026)).data["escalationRules"]
    clock.set(datetime(2027, 1, 1, 2, 0, tzinfo=UTC))
    after = (await ask(officer, RULES, year=2026)).data["escalationRules"]

    assert len(now) == len(after) == 14
    shown = {"code": "janji-2014", "clock": "VERIFICATION", "level": "LEADER", "amount": 24, "unit": "HOURS"}
    shown |= {"fromStart": True, "statuses": ["RECEIVED"], "atOnce": True, "validFrom": "2014-10-07"}
    shown |= {"validTo": "2026-12-31", "legalBasis": promise.legal_basis, "verified": False}
    assert next(each for each in now if each["code"] == "janji-2014") == shown
    assert next(each["amount"] for each in after if each["code"] == "janji-2014") == 48


async def test_a_question_costs_one_statement(ask: Ask, officer: Scope, count_queries: Any) -> None:
    await asked(ask, officer)

    with count_queries() as statements:
        await asked(ask, officer)

    assert statements.count == 1


async def test_two_hundred_steps_over_ten_years_are_counted(ask: Ask, officer: Scope) -> None:
    begin = datetime(2016, 1, 4, 2, 0, tzinfo=UTC)
    history = [
        {
            "at": (begin + timedelta(days=18 * number)).isoformat(),
            "status": ("RESOLVED", "REOPENED")[number % 2],
        }
        for number in range(1, 201)
    ]

    found = await asked(ask, officer, receivedAt=begin.isoformat(), history=history)

    assert found is not None
    assert len(found["verdicts"]) == 100
    assert (found["state"], found["standing"], found["left"]) == ("STOPPED", "OVERDUE", 0)
