"""Which tickets each role sees, written by hand and apart from the rules."""

from __future__ import annotations

import pytest

from models.enums import PrincipalKind, Role
from services.access.access import row_rule
from services.access.scopes import Sight

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
