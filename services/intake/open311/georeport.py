"""One service request of Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2), with the `notes` extension.

Personal fields that some cities publish (names, addresses, telephones of callers, and their own answers under
`attributes`) are not read at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.enums import TicketStatus
from models.tickets import BODY_LIMIT, TITLE_LIMIT
from services.core.desk import CLOCK_TOLERANCE
from services.core.validation import NAME_LIMIT
from services.inputs.signs import lines, seen

STATUSES = {"open": TicketStatus.RECEIVED, "closed": TicketStatus.RESOLVED}
ID_LIMIT = 200
ADDRESS_LIMIT = 1_000
NOTES_LIMIT = 1_000
KEPT = (
    "status_notes",
    "service_code",
    "service_name",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address_id",
    "zipcode",
    "extended_attributes",
)


class RecordRefused(Exception):
    """A record that is not imported; the message says which field is wrong and how."""


@dataclass(frozen=True, slots=True)
class SourceNote:
    """One entry of the source's timeline; kind is its own word (opened, activity, follow_on_created, closed ...)."""

    at: datetime
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """One record, checked; raw_status and data keep the source's own words."""

    external_id: str
    title: str
    body: str
    status: TicketStatus
    raw_status: str
    service_name: str | None
    service_code: str | None
    agency_name: str | None
    received_at: datetime
    updated_at: datetime
    address: str | None
    latitude: float | None
    longitude: float | None
    media: tuple[str, ...]
    notes: tuple[SourceNote, ...]
    data: dict[str, Any]


def service_request(raw: Any, now: datetime) -> ServiceRequest:
    """Check one record. Raises RecordRefused with the first thing that is wrong."""
    if not isinstance(raw, Mapping):
        raise RecordRefused("is not a JSON object")
    external_id = required(raw, "service_request_id", ID_LIMIT)
    service_name = words(raw, "service_name", NAME_LIMIT)
    title = service_name or f"Open311 {external_id}"
    received_at = required_moment(raw, "requested_datetime", now)
    latitude, longitude = latitude_and_longitude(raw)
    return ServiceRequest(
        external_id=external_id,
        title=title[:TITLE_LIMIT],
        body=words(raw, "description", BODY_LIMIT) or words(raw, "status_notes", BODY_LIMIT) or title,
        status=status(raw),
        raw_status=required(raw, "status", NAME_LIMIT),
        service_name=service_name,
        service_code=words(raw, "service_code", 100),
        agency_name=words(raw, "agency_responsible", NAME_LIMIT),
        received_at=received_at,
        updated_at=max(received_at, moment(raw, "updated_datetime", now) or received_at),
        address=words(raw, "address", ADDRESS_LIMIT),
        latitude=latitude,
        longitude=longitude,
        media=links(raw),
        notes=notes(raw, now),
        data=kept(raw),
    )


def words(raw: Mapping[str, Any], key: str, limit: int) -> str | None:
    """A text without surrounding blanks; absent, null and empty are None. Numbers count as their digits."""
    value = raw.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise RecordRefused(f"{key} is not a text")
    if "\0" in value:
        raise RecordRefused(f"{key} holds a NUL character")
    text = lines(value).strip()
    if len(text) > limit:
        raise RecordRefused(f"{key} is longer than {limit} characters")
    return text or None


def required(raw: Mapping[str, Any], key: str, limit: int) -> str:
    value = words(raw, key, limit)
    if value is None:
        raise RecordRefused(f"{key} is missing")
    return value


def status(raw: Mapping[str, Any]) -> TicketStatus:
    value = required(raw, "status", NAME_LIMIT)
    if value.lower() not in STATUSES:
        raise RecordRefused(f"status {value!r} is neither open nor closed")
    return STATUSES[value.lower()]


def moment(raw: Mapping[str, Any], key: str, now: datetime) -> datetime | None:
    """A time with an offset, as GeoReport asks for; a time without one would be a guess."""
    value = words(raw, key, 100)
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise RecordRefused(f"{key} {value!r} is not a time") from None
    if found.utcoffset() is None:
        raise RecordRefused(f"{key} {value!r} has no offset from UTC")
    if not 1900 < found.year < 9000:
        raise RecordRefused(f"{key} {value!r} is out of range")
    if found > now + CLOCK_TOLERANCE:
        raise RecordRefused(f"{key} {value!r} lies in the future")
    return found


def required_moment(raw: Mapping[str, Any], key: str, now: datetime) -> datetime:
    found = moment(raw, key, now)
    if found is None:
        raise RecordRefused(f"{key} is missing")
    return found


def latitude_and_longitude(raw: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Latitude and longitude in degrees (WGS 84), both or neither."""
    latitude, longitude = number(raw, "lat", 90), number(raw, "long", 180)
    return (latitude, longitude) if latitude is not None and longitude is not None else (None, None)


def number(raw: Mapping[str, Any], key: str, bound: float) -> float | None:
    value = raw.get(key)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        found = float(value)
    except (TypeError, ValueError):
        raise RecordRefused(f"{key} is not a number") from None
    if not math.isfinite(found) or abs(found) > bound:
        raise RecordRefused(f"{key} is not within {bound:g} degrees")
    return found


def links(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The addresses of images; anything but http and https is left out, as a browser might run it."""
    value = raw.get("media_url")
    values = value if isinstance(value, list) else [value]
    texts = (words({"media_url": each}, "media_url", 2_000) for each in values)
    return tuple(text for text in texts if text and text.lower().startswith(("http://", "https://")))


def notes(raw: Mapping[str, Any], now: datetime) -> tuple[SourceNote, ...]:
    """The source's timeline in its own order."""
    value = raw.get("notes")
    if value is None:
        return ()
    if not isinstance(value, list):
        raise RecordRefused("notes is not a list")
    if len(value) > NOTES_LIMIT:
        raise RecordRefused(f"notes has more than {NOTES_LIMIT} entries")
    return tuple(note(each, position, now) for position, each in enumerate(value, start=1))


def note(raw: Any, position: int, now: datetime) -> SourceNote:
    try:
        if not isinstance(raw, Mapping):
            raise RecordRefused("it is not a JSON object")
        at = required_moment(raw, "datetime", now)
        parts = [words(raw, "summary", BODY_LIMIT), words(raw, "description", BODY_LIMIT)]
        kind = words(raw, "type", 100) or ""
    except RecordRefused as refused:
        raise RecordRefused(f"note {position}: {refused}") from None
    return SourceNote(at, "\n".join(dict.fromkeys(part for part in parts if part)) or kind or "-", kind)


def kept(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The source's own words beside the ticket's fields; channel is how the case reached the source."""
    data = {key: raw[key] for key in KEPT if raw.get(key) not in (None, "", {}, [])}
    extended = raw.get("extended_attributes")
    if isinstance(extended, Mapping) and extended.get("channel"):
        data["channel"] = extended["channel"]
    return {key: clean(value) for key, value in data.items()}


def clean(value: Any) -> Any:
    """The same value without NUL characters, which PostgreSQL does not store."""
    if isinstance(value, str):
        return seen(value.replace("\0", ""))
    if isinstance(value, Mapping):
        return {clean(str(key)): clean(item) for key, item in value.items()}
    return [clean(item) for item in value] if isinstance(value, list) else value
