"""Kelurahan and places, as clients see them."""

from __future__ import annotations

import strawberry


@strawberry.type(description="A kelurahan by its Kemendagri code.")
class Area:
    code: str
    name: str
    kecamatan: str
    kecamatan_code: str = strawberry.field(description="As TicketFilter.kecamatanCode takes it.")


@strawberry.type(description="Where it is. The exact place is hidden from partners and displays.")
class Location:
    kelurahan_code: str | None
    kelurahan: str | None
    kecamatan: str | None
    address: str | None
    latitude: float | None = strawberry.field(description="Degrees north, WGS 84.")
    longitude: float | None = strawberry.field(description="Degrees east, WGS 84.")
