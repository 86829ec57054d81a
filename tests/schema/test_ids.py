"""Every argument of the schema that takes an id, with ids that the desk never gave out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import strawberry
import structlog
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)

from api.documents.documents import Documents
from api.settings import Settings
from models import Agency, Ticket
from models.enums import Role, TicketStatus
from schema.core.context import context_for
from schema.feeds.live import LiveSchema
from services.core.desk import Desk
from services.core.nodes import KINDS, node_id
from services.core.refusals import EdgeRefusal
from tests.clients.town import Town, served_town, token
from tests.factories import make_ticket
from tests.schema.conftest import City, OpenGate

AT_ONCE = 20
SAMPLES = {"String": "uji coba saja", "Int": 1, "Boolean": False, "DateTime": "2027-01-01T00:00:00+07:00"}
SAMPLES |= {"Date": "2027-01-01", "Float": 1.0, "agencyCode": "dpupr", "leadAgencyCode": "dpupr"}
NUMBERS = (-1, 2**63)
TEXTS = ["", "abc", "0", "-1", "Ticket:1", "١٢٣", "=", "9" * 5_000]
NUL = json.dumps("VGlja2V0OjE\x00")
TYPED = {"NotFound", "InvalidInput", "Forbidden"}
FEEDS = {"subscription.ticketFeed(filter.assigneeId)", "subscription.ticketStatusChanged(filter.assigneeId)"}
Inputs = dict[str, GraphQLArgument] | dict[str, GraphQLInputField]


@dataclass(frozen=True)
class Place:
    """One argument of the schema that takes an id: the root field, and the names that lead to it."""

    operation: str
    field: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.operation}.{self.field}({'.'.join(self.path)})"


def strange_ids() -> list[str]:
    """Literals of ids that stand for nothing: of all kinds, too large, too small, and no ids at all."""
    large = [node_id(kind, number) for kind in KINDS for number in (2**31, 2**40, 2**63)]
    small = [node_id("Ticket", 0), node_id("Officer", -1), node_id("Client", -(2**31))]
    return [json.dumps(text) for text in (*TEXTS, *small, *large)] + [str(number) for number in NUMBERS]


STRANGE = strange_ids()


def places(schema: strawberry.Schema) -> list[Place]:
    core = schema._schema
    roots = {"query": core.query_type, "mutation": core.mutation_type, "subscription": core.subscription_type}
    return [
        Place(operation, name, path)
        for operation, root in roots.items()
        if root
        for name, field in root.fields.items()
        for path in id_paths(field.args, ())
    ]


def id_paths(inputs: Inputs, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, each in inputs.items():
        type_ = get_named_type(each.type)
        if type_.name == "ID":
            yield (*above, name)
        elif isinstance(type_, GraphQLInputObjectType) and type_.name not in above:
            yield from id_paths(type_.fields, (*above, name))


def arguments(inputs: Inputs, path: tuple[str, ...] | None, strange: str, known: str) -> str:
    """Arguments with a strange id at this path, the known one beside it, and a plain value wherever one must be."""
    parts = []
    for name, each in inputs.items():
        below = path[1:] if path and path[0] == name else None
        required = is_required_argument(each) if isinstance(each, GraphQLArgument) else is_required_input_field(each)
        if below is not None or required:
            parts.append(f"{name}: {value(name, each.type, below, strange, known)}")
    return ", ".join(parts)


def value(name: str, type_: Any, path: tuple[str, ...] | None, strange: str, known: str) -> str:
    if isinstance(type_, GraphQLNonNull):
        return value(name, type_.of_type, path, strange, known)
    if isinstance(type_, GraphQLList):
        return f"[{value(name, type_.of_type, path, strange, known)}]"
    if isinstance(type_, GraphQLInputObjectType):
        return f"{{{arguments(type_.fields, path, strange, known)}}}"
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if type_.name == "ID":
        return known if path is None else strange
    return json.dumps(SAMPLES.get(name, SAMPLES.get(type_.name, "uji")))


def selection(field: GraphQLField) -> str:
    type_ = get_named_type(field.type)
    fields = type_.fields if isinstance(type_, GraphQLObjectType) else {}
    if "errors" in fields:
        return "{ errors { __typename code } }"
    return "{ edges { node { __typename } } }" if "edges" in fields else "{ __typename }"


def asked(schema: strawberry.Schema, place: Place, ids: Sequence[str], known: str) -> str:
    """A document that asks the same once for each of these ids."""
    root = schema._schema.type_map[place.operation.capitalize()]
    assert isinstance(root, GraphQLObjectType)
    field = root.fields[place.field]
    lines = [
        f"f{index}: {place.field}({arguments(field.args, place.path, id_, known)}) {selection(field)}"
        for index, id_ in enumerate(ids)
    ]
    return f"{place.operation} {{ {' '.join(lines)} }}"


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    wide = settings.model_copy(update={"reveals_per_caller": "100000/hour", "sign_ins": ("100000/hour",)})
    async with served_town(desk, wide) as town:
        yield town


async def answers(client: httpx.AsyncClient, url: str, document: str) -> set[str]:
    """What the desk says of each id: types of typed errors, codes of all others, or what it found."""
    answer = await client.post(url, json={"query": document})
    body = answer.json()
    codes = {error["extensions"]["code"] for error in body.get("errors", ())}
    if answer.status_code >= 500 or "INTERNAL" in codes:
        return {f"{answer.status_code} {codes} {document[:200]}"}
    payloads = [each for each in (body.get("data") or {}).values() if each is not None]
    typed = {error["__typename"] for payload in payloads for error in payload.get("errors", ())}
    found = {"found" for payload in payloads if "errors" not in payload and payload.get("edges") != []}
    return codes | typed | found


def batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


@pytest.mark.slow(seconds=20)
async def test_an_id_that_was_never_given_out_is_refused_by_its_type_wherever_one_is_taken(
    schema: strawberry.Schema, town: Town, desk: Desk
) -> None:
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=await Agency.get(code="dpupr"))
    admin = await token(desk, await Agency.get(code="diskominfo"), Role.ADMIN, "Admin Uji")
    known, said = json.dumps(node_id("Ticket", ticket.id)), dict[str, set[str]]()
    before = await Ticket.all().values()

    async with httpx.AsyncClient(timeout=120) as client:
        for place in places(schema):
            if place.operation == "subscription":
                continue
            for bearer in (town.tokens["coordinator"], admin):
                client.headers["authorization"] = f"Bearer {bearer}"
                heard = said[str(place)] = set()
                for ids in batches(STRANGE):
                    heard |= await answers(client, town.graphql, asked(schema, place, ids, known))
                assert await answers(client, town.graphql, asked(schema, place, [NUL], known)) == {"BAD_INPUT"}, place
                if "Forbidden" not in heard:
                    break

    assert len(said) > 30
    lists = {"query.tickets(filter.assigneeId)", "query.ticketStatusChanges(filter.assigneeId)"}
    for place_name, heard in said.items():
        assert heard <= ({"BAD_INPUT"} if place_name in lists else TYPED), (place_name, heard)
        assert heard or place_name.startswith("query."), place_name
        assert heard != {"Forbidden"}, place_name
    assert await Ticket.all().values() == before


async def test_a_subscription_to_an_id_that_was_never_given_out_is_bad_input(
    schema: strawberry.Schema, city: City, desk: Desk
) -> None:
    documents, live = Documents(schema._schema), LiveSchema(desk, schema, structlog.get_logger("tests"))
    subscribed = [place for place in places(schema) if place.operation == "subscription"]

    assert {str(place) for place in subscribed} == FEEDS
    for place in subscribed:
        for id_ in STRANGE:
            context = context_for(desk, city.coordinator, "en", "test", OpenGate())
            prepared = documents.prepare(asked(schema, place, [id_], ""), None, {})
            with pytest.raises(EdgeRefusal) as refused:
                await live.plan(prepared, context)
            assert refused.value.code == "BAD_INPUT", (place, id_)
