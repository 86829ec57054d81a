"""Officers, as staff see them."""

from __future__ import annotations

from typing import Any

import strawberry

from schema.agencies import Agency
from schema.nodes import Node, PageInfo
from schema.scalars import Cursor
from services.core.reference import OfficerRef


@strawberry.type(description="Petugas, with the agency of today's assignment.")
class Officer(Node):
    name: str
    agency: Agency

    @classmethod
    def is_type_of(cls, value: Any, _info: object) -> bool:
        return isinstance(value, OfficerRef)


@strawberry.type
class OfficerEdge:
    cursor: Cursor
    node: Officer


@strawberry.type
class OfficerConnection:
    edges: list[OfficerEdge]
    page_info: PageInfo
