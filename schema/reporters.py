"""Who reported, as far as the caller may know."""

from __future__ import annotations

import strawberry


@strawberry.type(
    description=(
        "Pelapor, masked unless the caller's relation to the ticket allows more. "
        "It has no id: an id would link one citizen's tickets."
    )
)
class Reporter:
    name: str | None = strawberry.field(description="First letters, e.g. `S*** W***`.")
    phone: str | None = strawberry.field(description="First four and last two signs, e.g. `0812****34`.")
    email: str | None = strawberry.field(description="First letter and domain, e.g. `s***@contoh.id`.")
