"""Officers, as staff see them."""

from __future__ import annotations

from typing import Any, ClassVar

import strawberry

from schema.core.nodes import Node, PageInfo
from schema.core.scalars import Cursor
from schema.master_data.agencies import Agency
from services.core.reference import OfficerRef


@strawberry.type(description="Petugas, with the agency of today's assignment.")
class Officer(Node):
    name: str
    agency: Agency

    shown_by: ClassVar = OfficerRef

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
