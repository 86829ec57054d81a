"""What a set of schema coordinates lacks to open all that it names: the ways that lead there, and what stands below."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)

from schema.partners.coordinates import COORDINATE, PARTNERS, Composite, Problem, opening
from services.access.fields import RULES
from services.core.refusals import InvalidInput
from services.partners.terms import MOST_COORDINATES, GrantRefused

PREFERRED = ("id", "cursor", "code", "number")  # what tells objects of a type apart, without telling more
MOST_PROBLEMS = 50  # our choice: what somebody reads at once
ROOTS = ("Query", "Subscription")  # what a grant lacks is never a mutation


def completed(core: GraphQLSchema, coordinates: Collection[str]) -> frozenset[str]:
    """These coordinates, and the fewest others with which all of them open something.

    What no field can mend stays as it is: a coordinate that is not in the schema, a filter for staff only.
    """
    problems = opening(core, coordinates).problems
    unknown = frozenset(each.coordinate for each in problems if each.reason == "GRANT_UNKNOWN")
    found = _mended(core, frozenset(coordinates) - unknown)
    if found and not _names_any(found, "Query"):
        found = _mended(core, found | {"Query.viewer"})  # a grant has one field of Query, whatever else it is about
    return found | unknown


def _mended(core: GraphQLSchema, found: frozenset[str]) -> frozenset[str]:
    before = frozenset[str]()
    while found != before and len(found) <= MOST_COORDINATES:
        before = found
        found |= frozenset(_ways(core, found))
        problems = opening(core, found).problems
        found |= frozenset(each for problem in problems for each in _answer(core, problem, found))
    return found


def checker(core: GraphQLSchema) -> Callable[[Collection[str]], None]:
    """What refuses coordinates of which one opens nothing, by a GrantRefused that names all that is missing."""

    def check(coordinates: Collection[str]) -> None:
        problems = opening(core, coordinates).problems
        if problems:
            needed = sorted(completed(core, coordinates) - frozenset(coordinates))
            first = [problem for problem in problems if not _follows(problem, coordinates)] or problems
            raise GrantRefused([_refusal(problem, needed) for problem in first[:MOST_PROBLEMS]])

    return check


def _follows(problem: Problem, coordinates: Collection[str]) -> bool:
    """Whether a problem is there by others only: something of what it lacks is named."""
    if problem.reason == "GRANT_NO_QUERY":
        return _names_any(coordinates, "Query")
    return problem.reason == "GRANT_EMPTY_TYPE" and any(_names_any(coordinates, name) for name in problem.missing)


def _refusal(problem: Problem, needed: Collection[str]) -> InvalidInput:
    return InvalidInput(
        problem.reason,
        path=("coordinates",),
        coordinate=problem.coordinate,
        missing=", ".join(problem.missing),
        needed=", ".join(needed) or "-",
    )


def _answer(core: GraphQLSchema, problem: Problem, found: frozenset[str]) -> Iterator[str]:
    """What mends one problem, in part: what it brings may have problems of its own."""
    if problem.reason == "GRANT_EMPTY_TYPE":
        for name in problem.missing:
            if not _names_any(found, name):  # else it is empty by another problem only
                yield from _least(core.type_map[name])
    elif problem.reason == "GRANT_NOT_WHOLE":
        yield from _members(core, problem.coordinate, found)
    elif problem.reason == "GRANT_UNREAD":
        yield from (each for each in problem.missing if "." in each and _readable(each))


def _names_any(found: Collection[str], type_: str) -> bool:
    return any(each.startswith(f"{type_}.") for each in found)


def _least(type_: object) -> Iterator[str]:
    """The field of a type that says least; of a connection and its edge what leads on."""
    if not isinstance(type_, Composite):
        return
    fields = {name: field for name, field in type_.fields.items() if _may_be_added(type_.name, name, field)}
    fields = fields or type_.fields  # of a type that partners do not read at all, where somebody named what leads there
    leaves = [name for name, field in fields.items() if is_leaf_type(get_named_type(field.type))]
    leading = [name for name in ("edges", "node", "errors") if name in fields]
    chosen = leading or [name for name in PREFERRED if name in leaves] or leaves or list(fields)
    yield from (f"{type_.name}.{name}" for name in chosen[:1])


def _members(core: GraphQLSchema, coordinate: str, found: frozenset[str]) -> Iterator[str]:
    """What all members of a union or an interface need, so that whatever comes can be shown."""
    parent, _, name = coordinate.partition(".")
    answered = get_named_type(core.type_map[parent].fields[name].type)  # type: ignore[attr-defined]
    assert is_abstract_type(answered)  # noqa: S101 - of these alone is it told that they are not whole
    named = [name for name in getattr(answered, "fields", ()) if f"{answered.name}.{name}" in found]
    shared = named or list(getattr(answered, "fields", ()))
    for member in (answered, *core.get_possible_types(answered)):
        if isinstance(answered, GraphQLInterfaceType):
            yield from (f"{member.name}.{name}" for name in shared)
        elif isinstance(member, GraphQLObjectType) and not _names_any(found, member.name):
            yield from _least(member)


def _ways(core: GraphQLSchema, found: frozenset[str]) -> Iterator[str]:
    """The shortest way to one type that is named and that nothing leads to yet, from Query if there is one."""
    reached = set(_reached(core, found))
    lost = sorted(_types(core, found) - reached)
    if not _names_any(found, "Query"):
        lost = lost or sorted(_types(core, found))
    for start in ({"Query"}, reached - {"Mutation", "Subscription"}, {"Subscription"}):
        for name in lost:
            if way := _way(core, start, name):
                yield from way
                return


def _types(core: GraphQLSchema, found: frozenset[str]) -> set[str]:
    """The object types of which a field is named, without the roots."""
    parts = (COORDINATE.fullmatch(each) for each in found)
    names = {part["type"] for part in parts if part and part["argument"] is None}
    roots = {type_.name for type_ in (core.query_type, core.mutation_type, core.subscription_type) if type_}
    return {name for name in names - roots if isinstance(core.type_map.get(name), GraphQLObjectType)}


def _reached(core: GraphQLSchema, found: frozenset[str]) -> Iterator[str]:
    """The types that fields which are named lead to."""
    waiting, seen = ["Query", "Mutation", "Subscription"], {"Query", "Mutation", "Subscription"}
    while waiting:
        name = waiting.pop()
        yield name
        fields = getattr(core.type_map.get(name), "fields", {})
        for key in [key for key in fields if f"{name}.{key}" in found]:
            answered = get_named_type(fields[key].type)
            members = core.get_possible_types(answered) if is_abstract_type(answered) else ()
            new = {each.name for each in (answered, *members)} - seen
            seen |= new
            waiting += sorted(new)


def _way(core: GraphQLSchema, start: Collection[str], wanted: str) -> tuple[str, ...]:
    """The coordinates of the shortest way from one of these types to another; none where there is none."""
    waiting: list[tuple[str, tuple[str, ...]]] = [(name, ()) for name in sorted(start)]
    seen = set(start)
    for name, way in waiting:
        for key, field in getattr(core.type_map.get(name), "fields", {}).items():
            if not _leads(name, key, field):
                continue
            there, new = (*way, f"{name}.{key}"), set(_objects(core, field)) - seen
            if wanted in new:
                return there
            seen |= new
            waiting += [(each, there) for each in sorted(new)]
    return ()


def _objects(core: GraphQLSchema, field: GraphQLField) -> Iterator[str]:
    """The types that a field surely or, of a union, maybe answers; an interface leads nowhere by itself."""
    answered = get_named_type(field.type)
    if isinstance(answered, GraphQLUnionType):
        yield from (each.name for each in core.get_possible_types(answered))
    elif isinstance(answered, GraphQLObjectType):
        yield answered.name


def _leads(type_: str, name: str, field: GraphQLField) -> bool:
    """Whether a way may go over a field: not where one has to know already what one looks for, nor over the caller."""
    knows = type_ in ROOTS and any(get_named_type(each.type).name == "ID" for each in field.args.values())
    return not knows and type_ != "Viewer" and _may_be_added(type_, name, field)


def _may_be_added(type_: str, name: str, field: GraphQLField) -> bool:
    asks = any(is_required_argument(each) for each in field.args.values()) and type_ not in ROOTS
    return field.deprecation_reason is None and not asks and _readable(f"{type_}.{name}")


def _readable(coordinate: str) -> bool:
    return coordinate not in RULES or not PARTNERS.isdisjoint(RULES[coordinate].readers)
