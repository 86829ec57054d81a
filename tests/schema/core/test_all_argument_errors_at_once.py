"""Everything that is wrong with the arguments of a query is told at once, in one error, on the paths that they have."""

from collections.abc import Iterable
from typing import Any

import pytest
import structlog
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull

from models import Ticket
from models.enums import Channel
from schema import build_schema
from schema.core.errors import formatted
from services.access.scopes import Scope
from services.board.board import BoardFilter, is_cell
from services.core.desk import Desk
from services.core.nodes import node_id
from tests.factories import make_category, make_ticket
from tests.schema.conftest import Ask, City

SCHEMA = build_schema()._schema
assert SCHEMA.query_type is not None
# Inputs with parts that must be right have tests of their own (schema/deadlines/, schema/test_deadline_rules.py).
OWN = {"deadlineFor", "previewDeadlineRules"}
ROOTS = {name: field for name, field in SCHEMA.query_type.fields.items() if field.args and name not in OWN}
SIGN = "\x07"  # no code, id, cursor or search holds it
LONG = "x" * 201
SPECIAL: dict[Any, Any] = {
    "externalId": LONG,
    "first": 0,
    # What is searched for is a part of a name, whatever signs stand in it.
    ("calendarDays", "year"): 0,
    ("staff", "search"): LONG,
    ("officers", "search"): LONG,
}
MANY = 201
# A name that nobody has, and a code that no screen shows, are looked for and not found; kinds are a set.
NEVER_WRONG = {
    *(("auditLog", "filter", name) for name in ("principal", "subject", "kinds")),
    ("displayRequest", "userCode"),
    ("node", "id"),
    ("agencies", "kinds"),
    ("wallboard", "filter", "channel"),
}


def broken(kind: Any, path: tuple[str, ...]) -> tuple[Any, list[tuple[str, ...]]]:
    """A value of which every part is wrong, and the paths of what is wrong, in order; None where nothing can be."""
    kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if path in SPECIAL:
        return SPECIAL[path], [path[1:]]
    if path in NEVER_WRONG:
        return None, []
    if isinstance(kind, GraphQLInputObjectType):
        parts = {name: broken(field.type, (*path, name)) for name, field in kind.fields.items()}
        values = {name: value for name, (value, _) in parts.items() if value is not None}
        return values, [each for _, paths in parts.values() for each in paths]
    if isinstance(kind, GraphQLList):
        inner = kind.of_type.of_type
        if isinstance(inner, GraphQLEnumType):
            return [next(iter(inner.values))] * MANY, [path[1:]]
        return [SIGN, SIGN + SIGN], [(*path[1:], "0"), (*path[1:], "1")]
    if kind.name in ("String", "ID", "Cursor", "Int"):
        return SPECIAL.get(path[-1], SIGN), [path[1:]]
    return None, []


async def errors(ask: Ask, caller: Scope, document: str, **variables: Any) -> list[dict[str, Any]]:
    answer = await ask(caller, document, **variables)
    assert answer.errors is not None
    return formatted(answer.errors, "en", log=structlog.get_logger("tests"))


def document_of(name: str, names: Iterable[str]) -> str:
    declared = ", ".join(f"${each}: {ROOTS[name].args[each].type}" for each in names)
    given = ", ".join(f"{each}: ${each}" for each in names)
    return f"query ({declared}) {{ {name}({given}) {{ __typename }} }}"


@pytest.mark.parametrize("name", sorted(ROOTS))
async def test_a_broken_argument_is_told_with_all_others(ask: Ask, city: City, name: str) -> None:
    parts = {each: broken(argument.type, (name, each)) for each, argument in ROOTS[name].args.items()}
    values = {each: value for each, (value, _) in parts.items() if value is not None}
    wrong = [path for _, paths in parts.values() for path in paths]
    caller = city.admin if name == "staff" else city.coordinator
    if not wrong:
        return

    [first], [second] = [await errors(ask, caller, document_of(name, values), **values) for _ in range(2)]

    told = first["extensions"]["errors"]
    assert sorted(tuple(each["path"]) for each in told) == sorted(wrong)
    assert first["extensions"]["code"] == "BAD_INPUT"
    assert second == first
    assert all(".".join(each["path"]) in first["message"] and each["message"] in first["message"] for each in told)


async def test_one_thing_is_told_as_before(ask: Ask, city: City) -> None:
    [error] = await errors(ask, city.coordinator, "{ tickets(first: 0) { asOf } }")

    message = "A page has 1 to 100 rows."
    told = [{"path": ["first"], "code": "PAGE_SIZE", "message": message}]
    assert (error["message"], error["extensions"]) == (message, {"code": "BAD_INPUT", "errors": told})


async def test_a_cursor_alone_keeps_its_code(ask: Ask, city: City) -> None:
    [error] = await errors(ask, city.coordinator, '{ tickets(first: 1, after: "x") { asOf } }')

    assert error["extensions"]["code"] == "BAD_CURSOR"
    assert [(each["path"], each["code"]) for each in error["extensions"]["errors"]] == [(["after"], "PAGE_CURSOR")]


async def test_partners_are_told_all_too(ask: Ask, city: City) -> None:
    document = '{ tickets(first: 0, filter: {agencyCode: ["x", "pupr", "y"], categoryCode: "z"}, after: "x") { asOf } }'

    [error] = await errors(ask, city.partner, document)

    paths = [each["path"] for each in error["extensions"]["errors"]]
    codes = ["filter", "agencyCode", "0"], ["filter", "agencyCode", "2"], ["filter", "categoryCode", "0"]
    assert paths == [["first"], *codes, ["after"]]


async def test_a_role_without_an_agency_is_told_with_the_rest(ask: Ask, city: City) -> None:
    document = '{ tickets(first: 0, filter: {agencyRole: LEAD, channel: [], categoryCode: "x"}) { asOf } }'

    [error] = await errors(ask, city.coordinator, document)

    told = [".".join(each["path"]) for each in error["extensions"]["errors"]]
    assert told == ["filter.agencyRole", "first", "filter.categoryCode.0"]


async def test_what_is_not_the_callers_to_ask_is_told_alone(ask: Ask, city: City) -> None:
    [error] = await errors(ask, city.partner, '{ tickets(first: 0, filter: {worklist: MINE}, after: "x") { asOf } }')

    assert error["extensions"] == {"code": "FORBIDDEN"}


async def test_a_part_of_a_timeline_is_told_all_at_once(ask: Ask, city: City) -> None:
    ticket = await make_ticket()
    arguments = 'first: 0, last: 101, after: "x", before: "y"'

    document = f'{{ ticket(number: "{ticket.number}") {{ timeline({arguments}) {{ edges {{ cursor }} }} }} }}'
    [error] = await errors(ask, city.coordinator, document)

    told = [(each["path"][0], each["code"]) for each in error["extensions"]["errors"]]
    sizes = [("first", "FIRST_OR_LAST"), ("first", "PAGE_SIZE"), ("last", "PAGE_SIZE")]
    assert told == [*sizes, ("after", "PAGE_CURSOR"), ("before", "PAGE_CURSOR")]


async def test_values_of_a_board_are_named_by_where_they_stand(ask: Ask, city: City) -> None:
    [error] = await errors(ask, city.coordinator, '{ wallboard(filter: {agencyCode: ["z", "pupr", "a"]}) { asOf } }')

    assert [each["path"][2] for each in error["extensions"]["errors"]] == ["2", "0"]


@pytest.mark.parametrize("written", ["pupr", "PUPR", " Pupr ", "\u00a0pUPR\u200b"])
async def test_a_code_is_read_however_it_is_cased(ask: Ask, city: City, written: str) -> None:
    document = """query ($code: String!, $codes: [String!]) {
      tickets(first: 1, filter: {agencyCode: $codes}) { asOf } wallboard(filter: {agencyCode: $codes}) { asOf }
      officers(first: 9, agencyCode: $code) { edges { node { agency { code } } } } }"""

    answer = await ask(city.coordinator, document, code=written, codes=[written])

    assert answer.errors is None
    assert {each["node"]["agency"]["code"] for each in answer.data["officers"]["edges"]} == {"pupr"}


async def test_so_is_one_of_a_mutation(ask: Ask, city: City) -> None:
    ticket = await make_ticket(version=1)
    document = "mutation ($input: EditTicketInput!) { editTicket(input: $input) { errors { path } } }"
    values = {"id": node_id("Ticket", ticket.id), "expectedVersion": 1, "categoryCode": " DRAINASE "}

    answer = await ask(city.coordinator, document, input=values)

    assert answer.data == {"editTicket": {"errors": []}}
    assert (await Ticket.get(id=ticket.id)).category_id == city.drains.id


@pytest.mark.parametrize("written", ["drainase", "DRAINASE", " Drainase "])
async def test_a_category_with_others_below_is_no_cell_however_it_is_cased(
    city: City, desk: Desk, written: str
) -> None:
    await make_category("selokan", parent=city.drains)
    wanted = BoardFilter(category_code=(written,), channel=(Channel.SURGA_WEB,))

    assert not is_cell(city.partner.sight, wanted, await desk.reference())
