"""Agencies, as clients see them."""

from __future__ import annotations

from typing import Any, ClassVar

import strawberry

from models.enums import AgencyKind
from schema.core.nodes import Node
from services.core.reference import AgencyRef


@strawberry.type(description="Instansi: an OPD, a kelurahan, a BUMD, a vertical or an outside body.")
class Agency(Node):
    code: str = strawberry.field(description="Stable; the name may change.")
    name: str = strawberry.field(description="The name of today.")
    short_name: str = strawberry.field(description="Nama pendek, e.g. Dishub; the name where the city gives none.")
    kind: AgencyKind
    parent: Agency | None
    active: bool

    shown_by: ClassVar = AgencyRef

    @classmethod
    def is_type_of(cls, value: Any, _info: object) -> bool:
        return isinstance(value, AgencyRef)
