"""Fields that are null only beside an error of their own."""

from __future__ import annotations

import strawberry
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="semanticNonNull",
    description="Null only where an error stands at this very place: clients that treat errors as such need no null.",
)
class SemanticNonNull:
    levels: list[int] = (0,)  # type: ignore[assignment] # a dataclass takes no list for a default


# A refused root field is null alone; one that must be there would take its siblings along (docs/adr/0024).
NULL_ONLY_IF_REFUSED = (SemanticNonNull(),)
