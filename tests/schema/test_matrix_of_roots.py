"""Every restricted field at the root x every kind of caller: it answers those whom the registry names, nobody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
import structlog
from graphql import ExecutionResult

from models.database import connection
from models.enums import AuditKind
from schema.core.errors import formatted
from services.access import access
from services.access.fields import RULES
from services.audit.audit import record
from services.core.desk import Desk
from services.credentials.sessions import open_session
from tests.schema.conftest import Ask, City
from tests.schema.planted import CALLERS, Planted, plant, word

ROOTS = {
    "deadlineFor": '{ deadlineFor(input: {receivedAt: "2026-03-02T09:00:00+07:00"}) { dueAt } }',
    "deadlinePolicies": "{ deadlinePolicies { code agency { code } } }",
    "workCalendars": "{ workCalendars { code agencies { code } weeks { windows { opens } } } }",
    "calendarDays": "{ calendarDays(year: 2026) { day name decree } }",
    "previewDeadlineRules": (
        '{ previewDeadlineRules(input: {expectedVersion: 1, legalBasis: "SK 1/2026", '
        'days: [{day: "2026-12-24", kind: LOCAL, name: "Libur"}]}) { version open moves { clock } } }'
    ),
    "unresolvedCases": "{ unresolvedCases(first: 100) { totalCount edges { node { cause decision } } } }",
    "notifications": "{ notifications(first: 100) { unread edges { node { text ticket { title } } } } }",
    "escalationRules": "{ escalationRules { code level } }",
    "displays": "{ displays { id name board address approvedBy } }",
    "displayRequest": '{ displayRequest(userCode: "123456") { userCode board address } }',
    "partners": "{ partners { id name purpose coordinates keys { name networks } } }",
    "staff": "{ staff(first: 100, includeEnded: true) { edges { node { id name email } } } }",
    "auditLog": "{ auditLog(first: 100) { edges { node { principal subject address } } } }",
}
OF_ONES_OWN = {"auditLog"}  # rows about the caller are theirs to read, whoever they are
SESSIONS = "{ viewer { kind sessions { id agent } } }"


@pytest.fixture
async def planted(desk: Desk, city: City) -> Planted:
    made = await plant(desk, city)
    await desk.reference()
    return made


def codes(result: ExecutionResult) -> list[str]:
    """The codes of an answer's errors, as clients read them."""
    log = structlog.get_logger("tests")
    return [error["extensions"]["code"] for error in formatted(result.errors or (), "en", log=log)]


def test_every_restricted_root_is_asked_for() -> None:
    assert {name for name in RULES if name.startswith("Query.")} == {f"Query.{name}" for name in ROOTS}


@pytest.mark.parametrize("name", sorted(set(ROOTS) - OF_ONES_OWN))
async def test_a_restricted_root_answers_its_readers_only(ask: Ask, planted: Planted, name: str) -> None:
    for caller in CALLERS:
        scope = planted.callers[caller]
        result = await ask(scope, ROOTS[name])

        reader = access.reads(scope.sight, f"Query.{name}")
        assert codes(result) in ([[]] if reader else [["FORBIDDEN"], ["UNAUTHENTICATED"]]), caller
        assert reader or (result.data or {}).get(name) is None, caller
        named = word("officer", "plain") in json.dumps(result.data, default=str)
        assert named is (name == "staff" and caller == "admin"), caller


async def test_the_audit_log_is_the_admins_and_to_others_what_is_about_them(
    ask: Ask, planted: Planted, desk: Desk
) -> None:
    principals = {planted.callers[caller].principal for caller in CALLERS}
    for principal in sorted(principals):
        await record(desk, AuditKind.REPORTER_SOUGHT, principal)

    told: dict[str, Any] = {}
    for caller in CALLERS:
        result = await ask(planted.callers[caller], ROOTS["auditLog"])
        edges = ((result.data or {}).get("auditLog") or {}).get("edges", [])
        told[caller] = codes(result) or {each["node"]["principal"] for each in edges}

    outside = {"partner", "second", "display", "anonymous"}
    assert {caller for caller in CALLERS if isinstance(told[caller], list)} >= outside
    assert principals <= told.pop("admin")
    for caller in set(told) - outside:
        assert told[caller] in ({planted.callers[caller].principal}, ["FORBIDDEN"], ["UNAUTHENTICATED"]), caller


async def test_nobody_reads_the_sessions_of_another(ask: Ask, planted: Planted, desk: Desk) -> None:
    staff = [caller for caller in CALLERS if planted.callers[caller].officer_id is not None]
    for caller in staff:
        await open_session(desk, planted.callers[caller].officer_id or 0, f"Firefox of {caller}", connection())

    for caller in CALLERS:
        shown = (await ask(planted.callers[caller], SESSIONS)).data["viewer"]["sessions"]
        assert [each["agent"] for each in shown or []] == ([f"Firefox of {caller}"] if caller in staff else []), caller
