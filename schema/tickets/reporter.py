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
    nik: str | None = strawberry.field(description="NIK: first and last four digits, e.g. `3571********0001`.")


@strawberry.type(
    description="Identitas pelapor, tidak disamarkan. Shown in the answer to revealReporter and nowhere else."
)
class RevealedReporter:
    name: str | None = strawberry.field(description="Nama, as it was given.")
    phone: str | None = strawberry.field(description="Nomor telepon, Indonesian ones as +62...")
    email: str | None
    nik: str | None = strawberry.field(description="Nomor Induk Kependudukan, 16 digits.")
