"""The filter's fields: each narrows, the contract has the same ones, and grants hold what they may."""

from __future__ import annotations

from datetime import UTC, datetime
from types import NoneType
from typing import get_args, get_type_hints

import pytest

from models.enums import Role
from schema.tickets.filters import TicketFilter as GivenFilter
from schema.tickets.filters import wanted
from services.access.filters.filters import NO_FILTER, RULES_OF_FIELDS, TicketFilter, condition
from services.access.grant_rows import REFUSED, read_rows
from services.access.scopes import Scope
from services.core.nodes import node_id
from services.core.refusals import InvalidInput
from tests.factories import make_agency, make_area, make_category, make_scope

BESIDE = {"agency_role", "search"}  # the part of an agency alone narrows nothing, and words are searched for elsewhere
CODES = {
    "agency_code": "pupr",
    "category_code": "jalan",
    "kecamatan_code": "35.71.01",
    "kelurahan_code": "35.71.01.1001",
}
KINDS = get_type_hints(TicketFilter)


def sample(name):
    """Some value of a field."""
    if name in CODES:
        return (CODES[name],)
    kind = next(each for each in (get_args(KINDS[name]) or (KINDS[name],)) if each is not NoneType)
    plain = {bool: True, int: 7, str: "7", datetime: datetime(2026, 3, 2, tzinfo=UTC)}
    if kind in plain:
        return plain[kind]
    return (next(iter(get_args(kind)[0])),) if get_args(kind) else next(iter(kind))


@pytest.fixture
async def caller(desk) -> Scope:
    await make_agency("pupr")
    await make_category("jalan")
    await make_area("35.71.01.1001")
    return await make_scope(Role.COORDINATOR)


@pytest.mark.parametrize("name", sorted(set(RULES_OF_FIELDS) - BESIDE))
async def test_every_field_narrows(desk, caller, name):
    reference = await desk.reference()

    assert condition(TicketFilter(**{name: sample(name)}), reference, caller) != condition(NO_FILTER, reference, caller)


def test_the_contract_has_the_same_fields():
    given = set(GivenFilter.__annotations__)

    assert given == set(RULES_OF_FIELDS)


def test_every_field_of_the_contract_arrives():
    values = {name: sample(name) for name in RULES_OF_FIELDS}
    asked = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    assert wanted(GivenFilter(**{**asked, "assignee_id": node_id("Officer", 7)})) == TicketFilter(**values)
    assert wanted(GivenFilter()) == wanted(None) == NO_FILTER


def test_grants_hold_no_field_that_hangs_on_who_asks():
    assert set(REFUSED) >= {"search", "external_id", "worklist", "assignee_id", "unassigned"}
    for name in ("search", "externalId", "worklist", "assigneeId", "unassigned"):
        with pytest.raises(InvalidInput, match="GRANT_ROWS"):
            read_rows({name: "x"})
