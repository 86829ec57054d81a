"""Call a resolver whose arguments are the same every time, without reading them anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLSchema, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

UNCHANGING = (str, int, float, Enum, date, datetime, Decimal, type(None))
Call = Callable[[Any, Any], Any]


class _Variables(Visitor):
    found = False

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.found = True


def constant_call(schema: GraphQLSchema, definition: GraphQLField, node: FieldNode) -> Call | None:
    """A function of the source and the info; None where an argument hangs on a variable, or could be changed."""
    field, ours = definition.extensions.get("strawberry-definition"), getattr(schema, "_strawberry_schema", None)
    # A schema that was made of ours, such as the one that refuses all roots, has other resolvers than Strawberry's.
    if ours is None or ours._schema is not schema:
        return None
    if field is None or field.extensions or field.base_resolver is None:
        return None
    variables = _Variables()
    for argument in node.arguments or ():
        visit(argument, variables)
    if variables.found:
        return None
    try:
        given = get_argument_values(definition, node, VariableValues({}, {}), None, True)
        converter = ours.schema_converter
        values = convert_arguments(given, field.arguments, converter.scalar_registry, ours.config)
    except Exception:  # whatever it is, the executor's own way raises it at the place of the field
        return None
    if not all(isinstance(value, UNCHANGING) for value in values.values()):
        return None
    return _calling(field, values, ours.config.info_class)


def _calling(field: Any, values: Mapping[str, Any], info_class: Callable[..., Any]) -> Call:
    resolver = field.base_resolver
    takes_source = resolver.self_parameter is not None
    sources = [each.name for each in (resolver.parent_parameter, resolver.root_parameter) if each]
    info_name = resolver.info_parameter.name if resolver.info_parameter else None

    def call(source: Any, info: Any) -> Any:
        named = {**values, **dict.fromkeys(sources, source)}
        if info_name is not None:
            named[info_name] = info_class(_raw_info=info, _field=field)
        return resolver(source, **named) if takes_source else resolver(**named)

    return call
