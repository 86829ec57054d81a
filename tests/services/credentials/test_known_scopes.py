"""A scope is worked out once for one row, and again where anything of the row, the rules or the day differs."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from models.enums import PrincipalKind
from services.access.scopes import Scope
from services.core.desk import Rules
from services.core.refusals import EdgeRefusal
from services.credentials import known_scopes
from services.credentials.identify import unauthenticated
from services.credentials.known_scopes import scope_of
from tests.drawn import MOMENT, a_reference

ROW = {"id": 7, "name": "Budi", "session": True, "last_used_at": MOMENT, "expires_at": None, "grant_ends_at": None}
HOUR, TODAY, RULES, REFERENCE = timedelta(hours=1), date(2026, 3, 2), Rules(), a_reference({}, {}, {})


class Worked:
    """Works scopes out, and counts them; refuses where it is told to."""

    def __init__(self) -> None:
        self.times = 0
        self.refuses = False

    def __call__(self) -> Scope:
        self.times += 1
        if self.refuses:
            raise unauthenticated()
        return Scope(kind=PrincipalKind.STAFF, principal=f"officer:{self.times}")


@pytest.fixture
def desk() -> Any:
    return SimpleNamespace(rules=RULES, scopes=OrderedDict(), moment=MOMENT)


def asked(desk: Any, work_out: Worked, at: datetime = MOMENT, today: date = TODAY, **row: Any) -> Scope:
    desk.now = lambda: at
    return scope_of(desk, {**ROW, **row}, getattr(desk, "reference", REFERENCE), today, work_out)


def test_the_same_row_is_worked_out_once(desk: Any) -> None:
    work_out = Worked()
    first = asked(desk, work_out)

    assert [asked(desk, work_out, at) is first for at in (MOMENT, MOMENT + HOUR, MOMENT - HOUR)] == [True] * 3
    assert work_out.times == 1


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Ana"},
        {"last_used_at": MOMENT + HOUR},
        {"session": False},
        {"expires_at": MOMENT + HOUR},
        {"grant_ends_at": MOMENT + HOUR},
        {"today": TODAY + timedelta(days=1)},
    ],
)
def test_another_row_or_day_is_worked_out_anew(desk: Any, change: dict[str, Any]) -> None:
    work_out = Worked()
    asked(desk, work_out)

    assert asked(desk, work_out, **change).principal == "officer:2"
    assert asked(desk, work_out).principal == "officer:3"


def test_other_rules_and_other_master_data_are_worked_out_anew(desk: Any) -> None:
    work_out = Worked()
    asked(desk, work_out)
    desk.rules = Rules()
    asked(desk, work_out)
    desk.reference = a_reference({}, {}, {})

    assert asked(desk, work_out).principal == "officer:3"


@pytest.mark.parametrize(
    "row", [{}, {"expires_at": MOMENT + 4 * HOUR}, {"session": False, "grant_ends_at": MOMENT + 4 * HOUR}]
)
def test_what_has_ended_meanwhile_is_asked_again_and_not_kept(desk: Any, row: dict[str, Any]) -> None:
    work_out = Worked()
    asked(desk, work_out, MOMENT + 4 * HOUR - timedelta(microseconds=1), **row)
    work_out.refuses = True
    for _ in range(2):
        with pytest.raises(EdgeRefusal):
            asked(desk, work_out, MOMENT + 4 * HOUR, **row)

    assert work_out.times == 3
    assert len(desk.scopes) == 0


def test_only_so_many_are_kept(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_scopes, "MOST_KEPT", 2)
    work_out = Worked()
    for key in (1, 2, 1, 3):
        asked(desk, work_out, id=key)

    assert list(desk.scopes) == [1, 3]
