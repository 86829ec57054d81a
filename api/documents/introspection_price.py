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


@dataclass(frozen=True, slots=True)
class Lists:
    """The average length of each list of the introspection types, in hundredths."""

    lengths: dict[str, int]

    def under(self, field: str) -> int:
        """How often, in hundredths, what is selected under this field is answered."""
        return self.lengths.get(field, WHOLE)


def lists_of(schema: GraphQLSchema) -> Lists:
    """The lists of this schema, counted at the first question."""
    found: Lists | None = schema.extensions.get(KEY)
    if found is None:
        found = schema.extensions[KEY] = Lists(_lengths(schema))
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


def _average(count: int, among: int) -> int:
    return -(-count * WHOLE // max(among, 1))
