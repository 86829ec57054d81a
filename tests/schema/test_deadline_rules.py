"""Changes of calendar and policies over GraphQL, with the documents of the admin pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from schema.core.errors import formatted
from services.clocks.recounting import recount_clocks
from services.core.desk import Desk
from tests.factories import make_ticket
from tests.root import ROOT
from tests.schema.conftest import Ask, City
from tests.services.deadline_rules.rules_city import everything, seed_rules

OPERATIONS = ROOT / "web" / "admin" / "operations"
CHANGE, PREVIEW = (
    (OPERATIONS / f"{name}.graphql").read_text("utf-8") for name in ("change-deadline-rules", "preview-deadline-rules")
)
RULES = (OPERATIONS / "deadline-rules.graphql").read_text("utf-8")
CONFLICT = """mutation ($input: ChangeDeadlineRulesInput!) { changeDeadlineRules(input: $input) { version errors {
  __typename code path ... on VersionConflict { currentTicket { id } currentAnswer { id } changedSince { id } } } } }"""
NOTHING = {"open": 0, "moved": 0, "becomeOverdue": 0, "noLongerOverdue": 0, "moves": []}


@pytest.fixture
async def ruled(desk: Desk, database: BaseDBAsyncClient, city: City) -> City:
    await seed_rules(database, desk)
    return city


def given(expected_version: int = 1, **rows: Any) -> dict[str, Any]:
    return {"expectedVersion": expected_version, "legalBasis": "SK 188.45/7/2026", **rows}


DAY = {"day": "2026-03-10", "kind": "LOCAL", "name": "Hari jadi Kota Kediri"}
WEEK = {
    "calendarCode": "KEDIRI",
    "name": "Jam kerja baru",
    "validFrom": "2026-03-09",
    "windows": [{"weekday": 1, "opens": "07:00", "closes": "24:00"}],
}
POLICY = {
    "code": "tindak-lanjut",
    "clock": "FIRST_RESPONSE",
    "amount": 3,
    "unit": "WORKING_DAYS",
    "rests": ["ON_HOLD"],
    "validFrom": "2026-03-01",
}


async def test_a_change_answers_its_version_and_stands_in_the_lists(ask: Ask, ruled: City) -> None:
    wanted = given(days=[DAY], weeks=[WEEK], policies=[POLICY], removeDays=["2026-03-24"], clientMutationId="c1")

    seen = (await ask(ruled.admin, PREVIEW, input=wanted)).data["previewDeadlineRules"]
    done = (await ask(ruled.coordinator, CHANGE, input=wanted)).data["changeDeadlineRules"]
    now = (await ask(ruled.officer, RULES, year=2026, on="2026-03-10")).data

    assert seen == {"version": 1, **NOTHING}
    assert done == {"version": 2, "impact": seen, "clientMutationId": "c1", "errors": []}
    assert {**DAY, "decree": "SK 188.45/7/2026", "estimated": False, "calendarCode": None} in now["calendarDays"]
    assert "2026-03-24" not in {each["day"] for each in now["calendarDays"]}
    [row] = [each for each in now["deadlinePolicies"] if each["code"] == "tindak-lanjut"]
    assert (row["amount"], row["rests"], row["legalBasis"], row["verified"]) == (
        3,
        ["ON_HOLD"],
        "SK 188.45/7/2026",
        True,
    )


async def test_a_preview_tells_both_moments_in_the_time_of_the_city(ask: Ask, ruled: City, desk: Desk) -> None:
    ticket = await make_ticket(at=datetime(2026, 3, 9, 2, 0, tzinfo=UTC))
    await recount_clocks(desk)

    seen = (await ask(ruled.coordinator, PREVIEW, input=given(days=[DAY]))).data["previewDeadlineRules"]

    moves = [(each["clock"], each["before"], each["after"]) for each in seen["moves"]]
    assert {each["ticket"]["number"] for each in seen["moves"]} == {ticket.number}
    assert moves == [
        ("VERIFICATION", "2026-03-13T00:00:00+07:00", "2026-03-14T00:00:00+07:00"),
        ("RESOLUTION", "2026-04-07T00:00:00+07:00", "2026-04-08T00:00:00+07:00"),
    ]


async def test_a_conflict_is_typed_and_names_no_ticket(ask: Ask, ruled: City, desk: Desk) -> None:
    before = await everything(desk)

    result = await ask(ruled.coordinator, CONFLICT, input=given(7, days=[DAY]))

    assert result.data["changeDeadlineRules"] == {
        "version": None,
        "errors": [
            {
                "__typename": "VersionConflict",
                "code": "RULES_VERSION",
                "path": ["expectedVersion"],
                "currentTicket": None,
                "currentAnswer": None,
                "changedSince": [],
            }
        ],
    }
    assert await everything(desk) == before


async def test_a_preview_is_refused_with_the_same_codes_by_its_argument(ask: Ask, ruled: City, desk: Desk) -> None:
    wrong = given(policies=[{**POLICY, "amount": -1, "agencyCode": "SAR"}], removeDays=["2026-03-09"])
    before = await everything(desk)

    result = await ask(ruled.coordinator, PREVIEW, input=wrong)
    refused = (await ask(ruled.coordinator, CHANGE, input=wrong)).data["changeDeadlineRules"]["errors"]

    [error] = formatted(result.errors or (), "en", log=structlog.get_logger("tests"))
    assert error["extensions"]["code"] == "BAD_INPUT"
    told = [(each["code"], each["path"]) for each in error["extensions"]["errors"]]
    assert told == [(each["code"], ["input", *each["path"]]) for each in refused]
    assert [code for code, _ in told] == ["NO_SUCH_DAY", "AMOUNT_OUT_OF_RANGE", "UNKNOWN_CODE"]
    assert await everything(desk) == before


@pytest.mark.parametrize("caller", ["officer", "liaison", "leader", "inspector", "partner", "display", "anonymous"])
async def test_nobody_else_sees_or_makes_a_change(ask: Ask, ruled: City, desk: Desk, caller: str) -> None:
    scope = getattr(ruled, caller)
    before = await everything(desk)

    seen = await ask(scope, PREVIEW, input=given(days=[DAY]))
    done = await ask(scope, CHANGE, input=given(days=[DAY]))

    [error] = formatted(seen.errors or (), "en", log=structlog.get_logger("tests"))
    assert error["extensions"]["code"] == ("UNAUTHENTICATED" if caller == "anonymous" else "FORBIDDEN")
    assert [each["code"] for each in done.data["changeDeadlineRules"]["errors"]] == ["RULES_FOR_DESK"]
    assert await everything(desk) == before
