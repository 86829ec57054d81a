"""How many fields an introspection answers, by the lengths of the lists that this schema has."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
)

KEY = "surga.introspection"
WHOLE = 100  # prices are hundredths of a field, as there is less than one of some things per type
WRAPPED = 60  # of a hundred types that are named, by far the most are "not null" or "list" around another; at each step
FIELDS_OF_A_POINT = 5  # what one answers for a point of cost: measured, some 4 us each, without any database


# What is selected under these is of types that the document chooses: they may be the longest of all.
CHOSEN = frozenset(
    {"type", "ofType", "possibleTypes", "interfaces", "queryType", "mutationType", "subscriptionType", "directives"}
)


@dataclass(frozen=True, slots=True)
class Lists:
    """The lengths of each list of the introspection types, in hundredths: on average over all types, and at most."""

    lengths: dict[str, int]
    longest: dict[str, int]

    def priced(self, field: str, average: int, most: int) -> tuple[int, int]:
        """What a field costs of any type on average, and of the type of which it costs most.

        average, most: the same of what is selected under it. All in hundredths of a field.
        """
        if field in CHOSEN:
            average = most
        elif field == "types":  # all of them: what they cost is their number times the average
            most = average
        return (
            average * self.lengths.get(field, WHOLE) // WHOLE + WHOLE,
            most * self.longest.get(field, WHOLE) // WHOLE + WHOLE,
        )


def lists_of(schema: GraphQLSchema) -> Lists:
    """The lists of this schema, counted at the first question."""
    found: Lists | None = schema.extensions.get(KEY)
    if found is None:
        found = schema.extensions[KEY] = Lists(_lengths(schema), _longest(schema))
    return found


def _lengths(schema: GraphQLSchema) -> dict[str, int]:
    types = list(schema.type_map.values())
    composite = [each for each in types if isinstance(each, GraphQLObjectType | GraphQLInterfaceType)]
    fields = [field for each in composite for field in each.fields.values()]
    inputs = sum(len(each.fields) for each in types if isinstance(each, GraphQLInputObjectType))
    values = sum(len(each.values) for each in types if isinstance(each, GraphQLEnumType))
    abstract = [each for each in types if isinstance(each, GraphQLInterfaceType | GraphQLUnionType)]
    return {
        "types": len(types) * WHOLE,
        "directives": len(schema.directives) * WHOLE,
        "fields": _average(len(fields), len(types)),
        "inputFields": _average(inputs, len(types)),
        "enumValues": _average(values, len(types)),
        "possibleTypes": _average(sum(len(schema.get_possible_types(each)) for each in abstract), len(types)),
        "interfaces": _average(sum(len(each.interfaces) for each in composite), len(types)),
        "args": _average(sum(len(field.args) for field in fields), len(fields)),
        "ofType": WRAPPED,
    }


def _longest(schema: GraphQLSchema) -> dict[str, int]:
    types = list(schema.type_map.values())
    composite = [each for each in types if isinstance(each, GraphQLObjectType | GraphQLInterfaceType)]
    abstract = [each for each in types if isinstance(each, GraphQLInterfaceType | GraphQLUnionType)]
    taking = [*(field for each in composite for field in each.fields.values()), *schema.directives]
    found = {
        "types": [len(types)],
        "directives": [len(schema.directives)],
        "fields": [len(each.fields) for each in composite],
        "inputFields": [len(each.fields) for each in types if isinstance(each, GraphQLInputObjectType)],
        "enumValues": [len(each.values) for each in types if isinstance(each, GraphQLEnumType)],
        "possibleTypes": [len(schema.get_possible_types(each)) for each in abstract],
        "interfaces": [len(each.interfaces) for each in composite],
        "args": [len(each.args) for each in taking],
    }
    return {name: max(lengths, default=0) * WHOLE for name, lengths in found.items()} | {"ofType": WRAPPED}


def _average(count: int, among: int) -> int:
    return -(-count * WHOLE // max(among, 1))
