"""Which attributes of a list's rows an operation selects, so that no other column is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo
from strawberry.utils.str_converters import to_snake_case

ROWS = ("edges", "node")
python_name = lru_cache(maxsize=1_000)(to_snake_case)  # of fields of the schema, of which there are fewer


def row_attributes(info: GraphQLResolveInfo[Any]) -> frozenset[str]:
    """The attributes that `edges { node { ... } }` of this field selects, by their Python names."""
    nodes: list[FieldNode] = list(info.field_nodes)
    for name in ROWS:
        nodes = [node for node in _fields(nodes, info) if node.name.value == name]
    names = {node.name.value for node in _fields(nodes, info)}
    return frozenset(python_name(name) for name in names if not name.startswith("__"))


def _fields(nodes: Sequence[Any], info: GraphQLResolveInfo[Any]) -> Iterator[FieldNode]:
    """The fields that these nodes select, through fragments."""
    for node in nodes:
        for selected in node.selection_set.selections if node.selection_set else ():
            if isinstance(selected, FieldNode):
                yield selected
            elif isinstance(selected, FragmentSpreadNode):
                yield from _fields([info.fragments[selected.name.value]], info)
            else:
                yield from _fields([selected], info)
