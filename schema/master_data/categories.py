"""Categories in two levels, as clients see them."""

from __future__ import annotations

from typing import Any, ClassVar

import strawberry

from schema.core.nodes import Node
from services.core.reference import CategoryRef


@strawberry.type(description="Kategori, in two levels.")
class Category(Node):
    code: str
    name: str
    parent: Category | None
    sp4n_code: str | None = strawberry.field(description="The counterpart in SP4N-LAPOR!.")
    active: bool

    shown_by: ClassVar = CategoryRef

    @classmethod
    def is_type_of(cls, value: Any, _info: object) -> bool:
        return isinstance(value, CategoryRef)
