"""A caller's own schema: the desk's schema with exactly the coordinates that are open to it, and nothing else in it."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    default_type_resolver,
    get_named_type,
    is_abstract_type,
)

from schema.partners.coordinates import PARTNERS, Opening, kept_arguments, kept_inputs, must_be_whole, opening
from services.access.fields import Relation
from services.core.refusals import EdgeRefusal

T = TypeVar("T")


def contract(
    core: GraphQLSchema,
    coordinates: Collection[str],
    readers: frozenset[Relation] = PARTNERS,
    readable: Collection[str] | None = None,
) -> GraphQLSchema:
    """The schema that these coordinates open to these readers; what opens nothing is left out.

    schema.partners.coordinates tells what opens it.

    Scalars, and inputs and enums that are open as a whole, are shared with the desk's schema.
    """
    open_names = opening(core, coordinates, readers, readable)
    made = _Copy(core, open_names)
    roots = [made.root(type_) for type_ in (core.query_type, core.mutation_type, core.subscription_type)]
    schema = GraphQLSchema(
        query=roots[0],
        mutation=roots[1],
        subscription=roots[2],
        types=made.implementers(),
        directives=core.directives,
        description=core.description,
        # Plans, counts and the lengths of lists, which are kept with the schema that they are of, are its own.
        extensions={name: value for name, value in core.extensions.items() if not name.startswith("surga.")},
        assume_valid=True,
    )
    schema.type_map = dict(sorted(schema.type_map.items()))  # the text of it is in this order
    return schema


class _Copy:
    """Copies types one by one, each once."""

    def __init__(self, core: GraphQLSchema, open_names: Opening) -> None:
        self._core = core
        self._open_names = open_names
        self._made: dict[str, GraphQLNamedType] = {}
        self._narrowed: dict[str, bool] = {}

    def root(self, type_: GraphQLObjectType | None) -> Any:
        return self._named(type_) if type_ is not None and self._open_names.has(type_.name) else None

    def implementers(self) -> list[GraphQLNamedType]:
        """The open types that nothing but an interface leads to."""
        types = self._core.type_map.values()
        found = [type_ for type_ in types if isinstance(type_, GraphQLObjectType) and self._interfaces(type_)]
        return [self._named(type_) for type_ in found]

    def _wrapped(self, type_: Any) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return GraphQLNonNull(self._wrapped(type_.of_type))
        if isinstance(type_, GraphQLList):
            return GraphQLList(self._wrapped(type_.of_type))
        return self._named(type_)

    def _named(self, type_: Any) -> Any:
        if type_.name not in self._made:
            self._made[type_.name] = self._copied(type_)
        return self._made[type_.name]

    def _copied(self, type_: Any) -> Any:
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            made = _bare(type_, "fields", "interfaces")
            made._fields = lambda: self._fields(type_)
            made._interfaces = lambda: [self._named(each) for each in self._interfaces(type_)]
            return made
        if isinstance(type_, GraphQLUnionType):
            return self._union(type_)
        if not self._is_narrowed(type_):
            return type_
        return self._input(type_) if isinstance(type_, GraphQLInputObjectType) else self._enum(type_)

    def _fields(self, type_: GraphQLObjectType | GraphQLInterfaceType) -> dict[str, GraphQLField]:
        shown = self._open_names.fields.get(type_.name, set())
        return {name: self._field(type_, name) for name in type_.fields if name in shown}

    def _field(self, type_: GraphQLObjectType | GraphQLInterfaceType, name: str) -> GraphQLField:
        field = type_.fields[name]
        made: GraphQLField = copy.copy(field)
        made.type = self._wrapped(field.type)
        kept = kept_arguments(self._open_names, type_.name, name, field)
        made.args = {key: self._given(field.args[key]) for key in kept}
        if is_abstract_type(get_named_type(field.type)) and not must_be_whole(field.type) and field.resolve:
            made.resolve = only_shown(field.resolve)
        return made

    def _interfaces(self, type_: GraphQLObjectType | GraphQLInterfaceType) -> list[GraphQLInterfaceType]:
        return [each for each in type_.interfaces if self._open_names.implements(type_, each)]

    def _union(self, type_: GraphQLUnionType) -> GraphQLUnionType:
        made = _bare(type_, "types")
        made._types = lambda: [self._named(each) for each in type_.types if self._open_names.has(each.name)]
        made.resolve_type = union_member
        return made

    def _input(self, type_: GraphQLInputObjectType) -> GraphQLInputObjectType:
        made = _bare(type_, "fields")
        made._fields = lambda: {name: self._given(type_.fields[name]) for name in kept_inputs(self._open_names, type_)}
        return made

    def _enum(self, type_: GraphQLEnumType) -> GraphQLEnumType:
        made = _bare(type_, "_value_lookup")
        kept = self._open_names.values[type_.name]
        made.values = {name: value for name, value in type_.values.items() if name in kept}
        made.__dict__["coerce_output_value"] = only_granted(made.coerce_output_value)
        return made

    def _given(self, given: Any) -> Any:
        """An argument or an input field; a default that is not open goes, as the resolver has the same one."""
        named = get_named_type(given.type)
        if not self._is_narrowed(named):
            return given
        made: GraphQLArgument | GraphQLInputField = copy.copy(given)
        made.type = self._wrapped(given.type)
        made._memoized_coerced_value = Undefined
        if isinstance(named, GraphQLEnumType) and made.default_value not in (
            None,
            *self._open_names.values[named.name],
        ):
            made.default_value = Undefined
        return made

    def _is_narrowed(self, type_: Any) -> bool:
        """Whether not all of an input type is open, itself or in its depth."""
        if isinstance(type_, GraphQLEnumType):
            return type_.name in self._open_names.values
        if not isinstance(type_, GraphQLInputObjectType):
            return False
        if type_.name not in self._narrowed:
            self._narrowed[type_.name] = False  # an input that holds itself
            inner = any(self._is_narrowed(get_named_type(given.type)) for given in type_.fields.values())
            self._narrowed[type_.name] = inner or type_.name in self._open_names.inputs
        return self._narrowed[type_.name]


def _bare(type_: T, *cached: str) -> T:
    """A copy with nothing computed yet; copy.copy would make it anew, which Strawberry's enums can not take."""
    made = object.__new__(type(type_))
    made.__dict__.update({name: value for name, value in type_.__dict__.items() if name not in cached})
    return made


def union_member(value: Any, info: GraphQLResolveInfo[Any], type_: Any) -> Any:
    """The member that a value belongs to; Strawberry's own resolver compares types of the desk's schema."""
    definition = getattr(type(value), "__strawberry_definition__", None)
    return definition.name if definition is not None else default_type_resolver(value, info, type_)


def only_shown(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """A resolver that answers null in place of something whose type is not open, as if it were absent."""

    def shown(value: Any, info: GraphQLResolveInfo[Any]) -> Any:
        possible = info.schema.get_possible_types(get_named_type(info.return_type))  # type: ignore[arg-type]
        return value if any(_is_of(type_, value, info) for type_ in possible) else None

    def resolved(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        value = resolve(source, info, **arguments)
        return awaited(value, info) if inspect.isawaitable(value) else shown(value, info)

    async def awaited(value: Any, info: GraphQLResolveInfo[Any]) -> Any:
        return shown(await value, info)

    return resolved


def _is_of(type_: GraphQLObjectType, value: Any, info: GraphQLResolveInfo[Any]) -> bool:
    return value is not None and type_.is_type_of is not None and bool(type_.is_type_of(value, info))


def only_granted(coerce: Callable[[Any], str]) -> Callable[[Any], str]:
    """Refuse a value that a narrowed enum does not have, in place of a crash."""

    def granted(value: Any) -> str:
        try:
            return coerce(value)
        except Exception:
            raise EdgeRefusal("FORBIDDEN", "VALUE_NOT_GRANTED") from None

    return granted
