"""Where it happened: a place as it was given, and the columns of a ticket for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.core import validation
from services.core.reference import Reference
from services.core.refusals import Checks
from services.master_data import codes


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happened; latitude and longitude in degrees (WGS 84)."""

    kelurahan_code: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None


def place_columns(reference: Reference, place: Place | None) -> dict[str, Any]:
    """The columns of a place, None where nothing was given."""
    place, checks = place or Place(), Checks()
    columns = {
        "kelurahan_id": checks(codes.kelurahan, reference, place.kelurahan_code, "location", "kelurahanCode"),
        "address": checks(validation.optional, place.address, validation.ADDRESS_LIMIT, "location", "address"),
        "latitude": place.latitude,
        "longitude": place.longitude,
    }
    checks(validation.latitude_and_longitude, place.latitude, place.longitude)
    checks.settle()
    return columns
