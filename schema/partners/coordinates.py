"""What a set of schema coordinates really opens: whole fields only, and why the others stay closed.

`Ticket.status` opens an output field. Arguments (`Query.tickets(filter:)`), fields of inputs (`TicketFilter.status`)
and values of enums (`TicketStatus.RESOLVED`) are open with what they belong to, until one of them is named: then only
those that are named, and those that are required, exist. A filter or an order exists only where what it tells is open.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_nullable_type,
    is_required_argument,
    is_required_input_field,
)

from services.access.fields import Relation
from services.access.filters.field_needs import NEEDS, missing

COORDINATE = re.compile(r"(?P<type>[_A-Za-z]\w*)\.(?P<name>[_A-Za-z]\w*)(?:\((?P<argument>[_A-Za-z]\w*):\))?")
Composite = GraphQLObjectType | GraphQLInterfaceType
PARTNERS = frozenset({Relation.PARTNER})


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a coordinate opens nothing; reason is the key of its text."""

    coordinate: str
    reason: str
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class Opening:
    """Names by type: output fields that are open; arguments, input fields and enum values where only some are."""

    fields: dict[str, set[str]] = field(default_factory=dict)
    arguments: dict[str, set[str]] = field(default_factory=dict)
    inputs: dict[str, set[str]] = field(default_factory=dict)
    values: dict[str, set[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def has(self, type_: str) -> bool:
        """Whether anything of an output type is open."""
        return bool(self.fields.get(type_))

    def is_empty(self, given: str) -> bool:
        """Whether nothing of an input or an enum is open."""
        return set() in (self.inputs.get(given), self.values.get(given))

    def implements(self, type_: GraphQLNamedType, interface: GraphQLInterfaceType) -> bool:
        """Whether all open fields of an interface, and at least one, are open on this type."""
        shown = self.fields.get(interface.name, set())
        return bool(shown) and shown <= self.fields.get(type_.name, set())


def opening(
    core: GraphQLSchema,
    coordinates: Collection[str],
    readers: frozenset[Relation] = PARTNERS,
    readable: Collection[str] | None = None,
) -> Opening:
    """What these coordinates open in a schema to these readers; what opens nothing is listed in problems.

    readable are the coordinates that filters and orders may depend on; those that are open if not given.
    """
    open_names = Opening()
    for coordinate in sorted(coordinates):
        if not _noted(core, open_names, coordinate):
            open_names.problems.append(Problem(coordinate, "GRANT_UNKNOWN"))
    while closed := list(_closed(core, open_names)):
        for problem in closed:
            type_, _, name = problem.coordinate.partition(".")
            open_names.fields[type_].discard(name)
        open_names.problems += closed
    _close_unread(core, open_names, readers, _shown(core, open_names) if readable is None else readable)
    if core.query_type is None or not open_names.has(core.query_type.name):
        open_names.problems.append(Problem("Query", "GRANT_NO_QUERY"))
    return open_names


def every_coordinate(core: GraphQLSchema) -> frozenset[str]:
    """All output fields of a schema."""
    return frozenset(
        f"{type_.name}.{name}"
        for type_ in core.type_map.values()
        if isinstance(type_, Composite) and not type_.name.startswith("__")
        for name in type_.fields
    )


def _noted(core: GraphQLSchema, open_names: Opening, coordinate: str) -> bool:
    """Put one coordinate where it belongs; False where the schema does not have it."""
    found = COORDINATE.fullmatch(coordinate)
    type_ = core.type_map.get(found["type"]) if found else None
    if found is None or type_ is None or type_.name.startswith("__"):
        return False
    name, argument = found["name"], found["argument"]
    if isinstance(type_, Composite) and name in type_.fields:
        return _noted_field(open_names, type_.name, name, argument, type_.fields[name])
    if argument is None and isinstance(type_, GraphQLInputObjectType) and name in type_.fields:
        open_names.inputs.setdefault(type_.name, set()).add(name)
        return True
    if argument is None and isinstance(type_, GraphQLEnumType) and name in type_.values:
        open_names.values.setdefault(type_.name, set()).add(name)
        return True
    return False


def _noted_field(open_names: Opening, type_: str, name: str, argument: str | None, definition: GraphQLField) -> bool:
    if argument is None:
        open_names.fields.setdefault(type_, set()).add(name)
        return True
    if argument not in definition.args:
        return False
    open_names.arguments.setdefault(f"{type_}.{name}", set()).add(argument)
    return True


def _closed(core: GraphQLSchema, open_names: Opening) -> Iterator[Problem]:
    """The fields that can not stay: nothing of their type is open, or not all that they may answer."""
    for name, fields in open_names.fields.items():
        type_ = core.type_map[name]
        for field_name in sorted(fields):
            problem = _problem(core, open_names, type_, field_name)
            if problem is not None:
                yield problem


def _problem(core: GraphQLSchema, open_names: Opening, parent: GraphQLNamedType, name: str) -> Problem | None:
    coordinate = f"{parent.name}.{name}"
    output = parent.fields[name].type  # type: ignore[attr-defined]
    answered = get_named_type(output)
    if is_abstract_type(answered):
        shown = shown_types(core, open_names, answered)
        missing = tuple(sorted(each.name for each in core.get_possible_types(answered) if each.name not in shown))
        if not shown or (missing and must_be_whole(output)):
            return Problem(coordinate, "GRANT_NOT_WHOLE", missing)
    elif isinstance(answered, GraphQLObjectType) and not open_names.has(answered.name):
        return Problem(coordinate, "GRANT_EMPTY_TYPE", (answered.name,))
    return None


def _close_unread(
    core: GraphQLSchema, open_names: Opening, readers: frozenset[Relation], shown: Collection[str]
) -> None:
    """Close the filters and orders that would tell what is not read; one that was named is a problem."""
    for type_name, names in _with_needs().items():
        kept, every = _names_of(core.type_map[type_name], open_names)
        named = kept.get(type_name)
        lacking = {name: missing(f"{type_name}.{name}", readers, shown) for name in names}
        kept[type_name] = {name for name in named or every if lacking.get(name) is None}
        open_names.problems += [
            Problem(f"{type_name}.{name}", "GRANT_UNREAD" if lack else "STAFF_FILTER", tuple(sorted(lack)))
            for name, lack in sorted(lacking.items())
            if lack is not None and name in (named or ())
        ]
        if kept[type_name] == set(every):
            del kept[type_name]


def _shown(core: GraphQLSchema, open_names: Opening) -> frozenset[str]:
    """The coordinates of output fields that are open, and the enums of which every value is."""
    fields = {f"{type_}.{name}" for type_, names in open_names.fields.items() for name in names}
    return frozenset(fields | {name for name in core.type_map if name not in open_names.values})


def _with_needs() -> dict[str, list[str]]:
    """The names that need something, by their type."""
    found: dict[str, list[str]] = {}
    for coordinate in NEEDS:
        type_name, _, name = coordinate.partition(".")
        found.setdefault(type_name, []).append(name)
    return found


def _names_of(type_: GraphQLNamedType, open_names: Opening) -> tuple[dict[str, set[str]], Collection[str]]:
    """Where it is kept what of an input or an enum is open, and all that it has."""
    if isinstance(type_, GraphQLEnumType):
        return open_names.values, type_.values
    return open_names.inputs, type_.fields  # type: ignore[attr-defined]


def must_be_whole(output: object) -> bool:
    """Whether null is no answer of a field, as it would be for a value of a type that is not open."""
    return not is_nullable_type(output) or isinstance(output, GraphQLNonNull) or hasattr(output, "of_type")


def shown_types(core: GraphQLSchema, open_names: Opening, type_: GraphQLAbstractType) -> frozenset[str]:
    """The types that a union or an interface has where only some fields are open."""
    if isinstance(type_, GraphQLUnionType):
        return frozenset(each.name for each in type_.types if open_names.has(each.name))
    possible = core.get_possible_types(type_)
    return frozenset(each.name for each in possible if open_names.implements(each, type_))


def kept_arguments(open_names: Opening, type_: str, name: str, definition: GraphQLField) -> list[str]:
    """The arguments of a field that exist; one of whose type nothing is open does not."""
    named = open_names.arguments.get(f"{type_}.{name}", definition.args)
    return [
        key
        for key, argument in definition.args.items()
        if is_required_argument(argument)
        or (key in named and not open_names.is_empty(get_named_type(argument.type).name))
    ]


def kept_inputs(open_names: Opening, type_: GraphQLInputObjectType) -> list[str]:
    """The fields of an input that exist."""
    named = open_names.inputs.get(type_.name)
    if named is None:
        return list(type_.fields)
    return [key for key, given in type_.fields.items() if key in named or is_required_input_field(given)]
