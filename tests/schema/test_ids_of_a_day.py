"""An id names one type: every id that the demo's callers read, gathered from all that they can ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import strawberry
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type, is_required_argument

from models.database import connection
from services.core.desk import Desk
from services.credentials.identify import identify
from services.credentials.sessions import open_session
from services.master_data.cities import load_city
from services.simulation.demo import prepare_demo
from tests.root import ROOT
from tests.schema.conftest import Ask

pytestmark = pytest.mark.slow

DEPTH = 6  # from a root field to what a ticket's entries and answers name
ARGUMENTS = {"Ticket.timeline": "(first: 20)"}
ABSENT = {"displayRequest", "node", "ticket"}  # of one thing that has to be known; lists lead to all of them
WORKED_ON = {"Agency", "Answer", "Category", "Display", "Officer", "Partner", "PartnerKey", "Session", "StaffAccount"}


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> None:
    """A past that is long enough for answers; thirty days take four seconds."""
    monkeypatch.setattr("services.simulation.demo.DAYS", 5)


def is_asked(type_: str, name: str, field: GraphQLField) -> bool:
    required = any(is_required_argument(each) for each in field.args.values())
    return field.deprecation_reason is None and (not required or f"{type_}.{name}" in ARGUMENTS)


def selection(type_: Any, depth: int) -> str:
    """The id of an object, its type, and the same of all that hangs on it."""
    if not isinstance(type_, GraphQLObjectType):
        return ""
    fields = type_.fields
    parts = ["__typename", *(["id"] if "id" in fields and fields["id"].deprecation_reason is None else [])]
    for name, field in fields.items():
        below = selection(get_named_type(field.type), depth - 1) if depth and is_asked(type_.name, name, field) else ""
        parts += [f"{name}{ARGUMENTS.get(f'{type_.name}.{name}', '')} {below}"] if below else []
    return f"{{ {' '.join(parts)} }}" if "id" in parts or len(parts) > 1 else ""


def questions(core: GraphQLSchema) -> Iterator[tuple[str, str]]:
    assert core.query_type is not None
    for name, field in core.query_type.fields.items():
        below = selection(get_named_type(field.type), DEPTH)
        if name not in ABSENT and below:
            pages = "(first: 30)" if "first" in field.args else ""
            yield name, f"{{ {name}{pages} {below} }}"


def gathered(answer: Any) -> Iterator[tuple[str, str]]:
    """Every id in an answer, with the type beside it."""
    if isinstance(answer, list):
        for each in answer:
            yield from gathered(each)
    elif isinstance(answer, dict):
        if answer.get("id") is not None:
            yield answer["id"], answer["__typename"]
        for each in answer.values():
            yield from gathered(each)


async def test_no_id_of_a_demo_day_stands_under_two_types(
    ask: Ask, schema: strawberry.Schema, desk: Desk, days: None
) -> None:
    access = await prepare_demo(desk, load_city(ROOT / "cities" / "kediri"))
    scopes = {role: await identify(desk, token) for role, token in access.tokens.items()}
    for role in ("admin", "officer"):
        await open_session(desk, scopes[role].officer_id or 0, f"Firefox of {role}", connection())

    types: dict[str, set[str]] = defaultdict(set)
    for role in ("admin", "coordinator", "liaison", "officer", "inspector", "partner", "display"):
        for name, document in questions(schema._schema):
            answer = await ask(scopes[role], document)
            assert {tuple(error.path or ()) for error in answer.errors or ()} <= {(name,)}, (role, name)
            for id_, type_ in gathered(answer.data):
                types[id_].add(type_)

    assert {id_: named for id_, named in types.items() if len(named) > 1} == {}
    assert set().union(*types.values()) >= WORKED_ON | {"Ticket", "TicketEvent"}
    assert len(types) > 300
