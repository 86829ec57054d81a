"""The schema holds the whole public contract, its text is checked in, and nothing breaks unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    TypeDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    find_breaking_changes,
    is_specified_scalar_type,
    parse,
    visit,
)
from strawberry.types.enum import StrawberryEnumDefinition

from models.enums import TIMELINE_KINDS
from tests.root import ROOT

CONTRACT = ROOT / "tests" / "data" / "contract.graphql"
PART = "# ---------------------------------------------------------------- clocks of a ticket"
CHECKED_IN = ROOT / "schema" / "schema.graphql"


def contract() -> GraphQLSchema:
    return build_schema(CONTRACT.read_text("utf-8"))


def test_holds_the_whole_contract(schema: strawberry.Schema) -> None:
    assert find_breaking_changes(contract(), schema._schema) == []


def test_has_the_contracts_enum_values_and_no_others(schema: strawberry.Schema) -> None:
    ours = schema._schema.type_map

    for name, theirs in contract().type_map.items():
        if isinstance(theirs, GraphQLEnumType) and not name.startswith("__"):
            found, closed = ours[name], schema.get_type_by_name(name)
            assert isinstance(found, GraphQLEnumType)
            assert isinstance(closed, StrawberryEnumDefinition)
            assert [value for value in found.values if value in theirs.values] == list(theirs.values), name
            assert set(found.values) <= set(closed.wrapped_cls.__members__), name


def test_has_the_contracts_input_fields_with_their_defaults(schema: strawberry.Schema) -> None:
    for name, theirs in contract().type_map.items():
        if name.startswith("__") or is_specified_scalar_type(theirs):
            continue
        for field_name, field in getattr(theirs, "fields", {}).items():
            ours = schema._schema.type_map[name].fields[field_name]
            assert str(ours.type) == str(field.type), f"{name}.{field_name}"
            for argument, details in getattr(field, "args", {}).items():
                assert str(ours.args[argument].type) == str(details.type), f"{name}.{field_name}({argument}:)"


def test_says_every_rule_of_deadlines_in_the_contracts_words(schema: strawberry.Schema) -> None:
    """The descriptions of this part are rules: ours may say more behind them, and nothing else."""
    whole = CONTRACT.read_text("utf-8")
    part = parse(whole[whole.index(PART) :])

    assert {f"{node.name.value}" for node in part.definitions} >= {
        "ClockKind",
        "OmbudsmanConsent",
        "Escalation",
        "Mutation",
    }
    assert [name for node in part.definitions for name in unsaid(schema, node)] == []


class Used(Visitor):
    """The fields of types that documents use, and their arguments."""

    def __init__(self, typed: TypeInfo) -> None:
        super().__init__()
        self.typed = typed
        self.names: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        of, name = self.typed.get_parent_type(), node.name.value
        self.names |= {f"{of}.{name}", *(f"{of}.{name}({each.name.value}:)" for each in node.arguments or ())}


def test_the_admin_documents_use_all_of_deadlines() -> None:
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "web" / "admin" / "operations").glob("*.graphql"))]
    ours = build_schema(CHECKED_IN.read_text("utf-8"))
    used = Used(TypeInfo(ours))
    visit(parse("\n".join(texts)), TypeInfoVisitor(used.typed, used))
    whole = CONTRACT.read_text("utf-8")

    wanted = {name for node in parse(whole[whole.index(PART) :]).definitions for name in of_objects(node)}

    assert wanted >= {"Deadline.dueAt", "Query.notifications(unreadOnly:)", "Subscription.notificationFeed(after:)"}
    assert wanted - used.names == set()


def of_objects(node: Any) -> Iterator[str]:
    """The fields of an object type with their arguments; the types of inputs come with the variables for these."""
    if isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode):
        for field in node.fields:
            yield f"{node.name.value}.{field.name.value}"
            yield from (f"{node.name.value}.{field.name.value}({each.name.value}:)" for each in field.arguments or ())


def unsaid(schema: strawberry.Schema, node: Any) -> Iterator[str]:
    """The names under a definition whose description lacks what the contract says."""
    ours = schema._schema.type_map[node.name.value]
    members = getattr(ours, "fields", None) or getattr(ours, "values", None) or {}
    pairs = [(node.name.value, node, ours)] if isinstance(node, TypeDefinitionNode) else []
    for each in (*(getattr(node, "fields", None) or ()), *(getattr(node, "values", None) or ())):
        pairs.append((f"{node.name.value}.{each.name.value}", each, members[each.name.value]))
    for name, theirs, mine in pairs:
        wanted = plain(theirs.description.value) if theirs.description else ""
        if not plain(mine.description or "").startswith(wanted.rstrip(".")):
            yield name


def plain(text: str) -> str:
    return " ".join(text.split())


def test_the_checked_in_text_is_the_codes_own(schema: strawberry.Schema) -> None:
    """`make schema` writes it anew."""
    assert CHECKED_IN.read_text("utf-8") == schema.as_str() + "\n"


def test_no_published_field_breaks(schema: strawberry.Schema) -> None:
    """What stood in the checked-in text stays usable: a break needs an ADR and a new major version."""
    published = build_schema(CHECKED_IN.read_text("utf-8"))

    assert find_breaking_changes(published, schema._schema) == []


def test_every_type_and_argument_free_field_of_the_roots_is_described(schema: strawberry.Schema) -> None:
    roots = (schema._schema.query_type, schema._schema.mutation_type, schema._schema.subscription_type)

    assert [
        f"{root}.{name}" for root in roots if root for name, field in root.fields.items() if not field.description
    ] == []


def test_lists_the_kinds_of_timelines_and_no_others(schema: strawberry.Schema) -> None:
    listed = schema._schema.type_map["TicketEventKind"]

    assert isinstance(listed, GraphQLEnumType)
    assert set(listed.values) == {str(kind) for kind in TIMELINE_KINDS}
