"""Which tickets each role sees, written by hand and apart from the rules."""

from __future__ import annotations

import pytest

from models.enums import PrincipalKind, Role
from services.access.access import PUBLIC_ROWS, accused, acts_for_desk, may_name, may_reveal, row_rule
from services.access.predicates import Among, Every
from services.access.scopes import Budget, Granted, Sight

MINE, OTHER = 7, 8
OPEN = {"id": 1, "confidential": False, "supervisory": False, "reported": None, "supporting": []}
TICKETS = {
    "public": {**OPEN, "lead": OTHER},
    "ours": {**OPEN, "lead": MINE, "confidential": True},
    "supported": {**OPEN, "lead": OTHER, "supporting": [MINE], "confidential": True},
    "confidential": {**OPEN, "lead": OTHER, "confidential": True},
    "unasked": {**OPEN, "lead": OTHER, "confidential": None},
    "supervisory": {**OPEN, "lead": OTHER, "supervisory": True, "reported": OTHER},
    "against us": {**OPEN, "lead": OTHER, "supervisory": True, "reported": MINE},
}
EXPECTED = {
    Role.OFFICER: {"ours", "supported"},
    Role.LIAISON: {"ours", "supported"},
    Role.COORDINATOR: set(TICKETS) - {"against us"},
    Role.LEADER: {"public"},
    Role.INSPECTOR: {"ours", "supported", "supervisory"},
    Role.ADMIN: {"public"},
}


@pytest.mark.parametrize("role", list(Role))
def test_every_role_sees_what_was_decided_for_it(role):
    rule = row_rule(Sight(PrincipalKind.STAFF, (role,), MINE))

    assert {name for name, state in TICKETS.items() if rule.holds(state)} == EXPECTED[role]


@pytest.mark.parametrize("supervisory", [True, False])
@pytest.mark.parametrize("role", list(Role))
def test_no_role_decides_of_a_reporter_or_a_name_where_a_second_post_is_reported(role, supervisory):
    bound, free = Sight(PrincipalKind.STAFF, (role,), MINE, others=(OTHER,)), Sight(PrincipalKind.STAFF, (role,), MINE)
    state = {**OPEN, "lead": MINE, "supervisory": supervisory, "reported": OTHER, "anonymous": False}

    assert (accused(bound, state), may_reveal(bound, state), may_name(bound, state)) == (True, False, False)
    assert accused(free, state) is False
    steers = role in ((Role.COORDINATOR, Role.INSPECTOR) if supervisory else (Role.COORDINATOR,))
    names = role is (Role.INSPECTOR if supervisory else Role.COORDINATOR)
    assert (may_reveal(free, state), may_name(free, state)) == (steers, names)
    assert not (supervisory and acts_for_desk(bound, state))


@pytest.mark.parametrize("missing", ["supervisory", "reported"])
@pytest.mark.parametrize("role", list(Role))
def test_what_a_state_of_another_release_does_not_say_binds(role, missing):
    sight = Sight(PrincipalKind.STAFF, (role,), MINE)
    state = {name: value for name, value in {**OPEN, "lead": MINE, "supervisory": True}.items() if name != missing}

    assert (may_reveal(sight, state), may_name(sight, state)) == (False, False)


def test_the_rows_of_a_grant_are_those_of_its_own_rule_and_not_of_one_with_its_digest() -> None:
    one, other = (Granted("c", "d", Budget(1, 1), rule) for rule in (Among("lead", (1,)), Among("lead", (2,))))

    rules = [row_rule(Sight(PrincipalKind.PARTNER, client_id=1, granted=each)) for each in (one, other)]

    assert rules == [Every((PUBLIC_ROWS, Among("lead", (1,)))), Every((PUBLIC_ROWS, Among("lead", (2,))))]
