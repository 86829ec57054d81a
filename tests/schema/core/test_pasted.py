"""No text of an input, no argument and no column of a file keeps a mark that nobody sees."""

from collections.abc import Iterator
from typing import Any

import pytest
import strawberry
from graphql import GraphQLInputObjectType, GraphQLNamedType, get_named_type, is_list_type, is_required_input_field

from models import DeviceRequest
from models.displays import DeviceState
from schema.core.pasted import AS_SENT
from services.core.nodes import node_id
from tests.factories import MOMENT, make_officer, make_ticket
from tests.schema.conftest import Ask, City

PLANTED = "\u200bab\u00a0c\u202e"
TEXTS = {"String", "ID"}
CAHYA = {"edges": [{"node": {"name": "Cahya Ningrum"}}]}
SCREEN = {
    "digest": "d",
    "user_code": "123456",
    "board": "kota",
    "address": "10.0.0.1",
    "state": DeviceState.PENDING,
    "interval_seconds": 5,
    "created_at": MOMENT,
    "expires_at": MOMENT.replace(year=2100),
}
DOCUMENTS = {
    "node.id": "{ node(id: %s) { id } }",
    "ticket.id": "{ ticket(id: %s) { number } }",
    "ticket.number": "{ ticket(number: %s) { number } }",
    "displayRequest.userCode": "{ displayRequest(userCode: %s) { board } }",
    "staff.search": "{ staff(first: 9, search: %s) { edges { node { name } } } }",
    "officers.search": "{ officers(first: 9, search: %s) { edges { node { name } } } }",
    "officers.agencyCode": '{ officers(first: 9, search: "cahya", agencyCode: %s) { edges { node { name } } } }',
}


def text_fields(schema: strawberry.Schema) -> Iterator[tuple[GraphQLInputObjectType, dict[str, Any]]]:
    """Every input of the schema, with a planted value for each of its texts."""
    for made in schema._schema.type_map.values():
        if isinstance(made, GraphQLInputObjectType):
            yield made, {name: planted(field.type) for name, field in made.fields.items() if is_text(field.type)}


def is_text(kind: Any) -> bool:
    named: GraphQLNamedType = get_named_type(kind)
    return named.name in TEXTS


def planted(kind: Any) -> Any:
    inner = getattr(kind, "of_type", kind)
    return [PLANTED] if is_list_type(kind) or is_list_type(inner) else PLANTED


def test_every_text_of_every_input_comes_as_it_is_seen(schema: strawberry.Schema) -> None:
    kept: list[str] = []
    for made, values in text_fields(schema):
        definition = made.extensions["strawberry-definition"]
        names = {field.graphql_name or camel(field.python_name): field.python_name for field in definition.fields}
        others = {
            names[name]: None
            for name, field in made.fields.items()
            if name not in values and is_required_input_field(field)
        }
        read = definition.origin(**{names[name]: value for name, value in values.items()}, **others)
        for name, value in values.items():
            found, wanted = getattr(read, names[name]), ["ab c"] if isinstance(value, list) else "ab c"
            if found != (value if names[name] in AS_SENT else wanted):
                kept.append(f"{made.name}.{name}")

    assert kept == []


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


async def test_every_argument_that_is_a_text_is_understood_with_such_marks(
    ask: Ask, city: City, schema: strawberry.Schema
) -> None:
    ticket = await make_ticket()
    await make_officer(city.health, name="Cahya Ningrum")
    await DeviceRequest.create(**SCREEN)
    key, shown = node_id("Ticket", ticket.id), {"number": ticket.number}
    asked: dict[str, tuple[str, Any]] = {
        "node.id": (key, {"node": {"id": key}}),
        "ticket.id": (key, {"ticket": shown}),
        "ticket.number": (ticket.number, {"ticket": shown}),
        "displayRequest.userCode": ("123456", {"displayRequest": {"board": "kota"}}),
        "staff.search": ("cahya ningrum", {"staff": CAHYA}),
        "officers.search": ("cahya ningrum", {"officers": CAHYA}),
        "officers.agencyCode": ("dinkes", {"officers": CAHYA}),
    }

    assert text_arguments(schema) == asked.keys()
    for name, (value, wanted) in asked.items():
        caller = city.coordinator if not name.startswith("staff") else city.admin
        marked = "\u202a" + value.replace(" ", "\u00a0") + "\u200b"
        answer = await ask(caller, DOCUMENTS[name] % f'"{marked}"')
        assert (name, answer.errors, answer.data) == (name, None, wanted)


def text_arguments(schema: strawberry.Schema) -> set[str]:
    """Every argument of a root field that is a text."""
    roots = [schema._schema.query_type, schema._schema.mutation_type, schema._schema.subscription_type]
    return {
        f"{name}.{argument}"
        for root in roots
        if root is not None
        for name, field in root.fields.items()
        for argument, each in field.args.items()
        if is_text(each.type) and name != "switchAssignment"  # which needs a session: tests/api/security/test_posts.py
    }


@pytest.mark.parametrize("number", ["laporan saya", "\u200b", "KDR-2026-000001 KDR-2026-000002"])
async def test_what_is_no_number_is_refused_with_an_example(ask: Ask, city: City, number: str) -> None:
    answer = await ask(city.officer, "query ($n: String) { ticket(number: $n) { id } }", n=number)

    assert [str(error.original_error) for error in answer.errors or ()] == ["BAD_INPUT: BAD_NUMBER"]


async def test_what_is_no_number_is_no_try_at_a_secret(ask: Ask, city: City, gate: Any) -> None:
    start = """mutation ($input: StartCitizenSessionInput!) { startCitizenSession(input: $input) {
      errors { __typename code path message } } }"""

    answer = await ask(city.anonymous, start, input={"number": "laporan saya", "secret": "AAAA-AAAA-AAAA-AAAA"})

    assert answer.data["startCitizenSession"]["errors"] == [
        {
            "__typename": "InvalidInput",
            "code": "BAD_NUMBER",
            "path": ["number"],
            "message": "This is not one tracking number; an example: KDR-2026-000123.",
        }
    ]
    assert gate.knocks == 0
