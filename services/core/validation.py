"""What people type, checked and put into one form; every refusal names the field by its path."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from math import isfinite
from urllib.parse import urlsplit

from models.tickets import BODY_LIMIT, TITLE_LIMIT
from services.core.desk import Desk
from services.core.refusals import InvalidInput

NOTE_LIMIT = 10_000
NAME_LIMIT = 200
ADDRESS_LIMIT = 500
KEY_LIMIT = 200
URL_LIMIT = 2_000
EVIDENCE_LIMIT = 2_000

# Control characters but tab and line feed, and halves of surrogate pairs: PostgreSQL or some reader chokes on them.
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
MUTATION_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
NIK = re.compile(r"[0-9]{16}")
INDONESIAN_PHONE = re.compile(r"(?:\+?620?|0)([2-9][0-9]{6,12})|(8[0-9]{8,11})")
PHONE_LIMIT = 32
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)


def text(value: str, limit: int, *path: str) -> str:
    """A text that is not blank, trimmed, of at most limit characters, with line feeds only between its lines."""
    trimmed = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if UNWRITABLE.search(trimmed):
        raise InvalidInput("UNWRITABLE", path=path)
    if not any(letter.isprintable() and not letter.isspace() for letter in trimmed):
        raise InvalidInput("EMPTY", path=path)
    if len(trimmed) > limit:
        raise InvalidInput("TOO_LONG", path=path, limit=limit)
    return trimmed


def optional(value: str | None, limit: int, *path: str) -> str | None:
    """A text that may be missing; blank counts as missing."""
    return None if value is None or not value.strip() else text(value, limit, *path)


def line(value: str, limit: int, *path: str) -> str:
    """A text of one line."""
    found = text(value, limit, *path)
    if "\n" in found or "\t" in found:
        raise InvalidInput("UNWRITABLE", path=path)
    return found


def optional_line(value: str | None, limit: int, *path: str) -> str | None:
    return None if value is None or not value.strip() else line(value, limit, *path)


def title(value: str, *path: str) -> str:
    return line(value, TITLE_LIMIT, *(path or ("title",)))


def body(value: str) -> str:
    return text(value, BODY_LIMIT, "body")


def note(value: str | None, *path: str) -> str | None:
    return optional(value, NOTE_LIMIT, *(path or ("note",)))


def key(value: str | None, *path: str) -> str | None:
    """A key or an id that another system made: kept unchanged, and never blank."""
    if value is None:
        return None
    if line(value, KEY_LIMIT, *path) != value:
        raise InvalidInput("UNWRITABLE", path=path)
    return value


def mutation_id(value: str | None) -> str | None:
    """The client's own name of its change, as it comes back in the feed."""
    if value is not None and MUTATION_ID.fullmatch(value) is None:
        raise InvalidInput("BAD_MUTATION_ID", path=("clientMutationId",))
    return value


def link(value: str | None, *path: str) -> str | None:
    """A web address (http or https), as pages will show it as a link."""
    found = optional_line(value, URL_LIMIT, *path)
    if found is None:
        return None
    try:
        parts = urlsplit(found)
    except ValueError:
        raise InvalidInput("BAD_URL", path=path) from None
    if parts.scheme not in ("http", "https") or not parts.netloc or " " in found:
        raise InvalidInput("BAD_URL", path=path)
    return found


def email(value: str | None, *path: str) -> str | None:
    found = optional_line(value, 254, *path)
    if found is not None and EMAIL.fullmatch(found) is None:
        raise InvalidInput("BAD_EMAIL", path=path)
    return found


def nik(value: str | None, *path: str) -> str | None:
    """The 16 digits of an Indonesian identity card (Nomor Induk Kependudukan)."""
    found = optional_line(value, 64, *path)
    if found is not None and NIK.fullmatch(found) is None:
        raise InvalidInput("BAD_NIK", path=path)
    return found


def phone(value: str | None, *path: str) -> str | None:
    """An Indonesian number in the form +62..., any other as it was given."""
    found = optional_line(value, PHONE_LIMIT, *path)
    if found is None:
        return None
    match = INDONESIAN_PHONE.fullmatch(re.sub(r"[ ().\-]", "", found))
    return f"+62{match[1] or match[2]}" if match else found


def coordinates(latitude: float | None, longitude: float | None) -> tuple[float | None, float | None]:
    """Latitude and longitude in degrees (WGS 84); both numbers or none."""
    for value, bound, name in ((latitude, 90, "latitude"), (longitude, 180, "longitude")):
        if value is not None and not (isfinite(value) and -bound <= value <= bound):
            raise InvalidInput("OUT_OF_RANGE", path=("location", name), limit=bound)
    if (latitude is None) != (longitude is None):
        raise InvalidInput("HALF_A_PLACE", path=("location", "longitude" if longitude is None else "latitude"))
    return latitude, longitude


def received_at(value: datetime | None, desk: Desk) -> datetime:
    """When the desk received something: now unless given; a clock that is slightly ahead counts as now."""
    now = desk.now()
    if value is None:
        return now
    if value > now + desk.rules.clock_tolerance:
        raise InvalidInput("IN_THE_FUTURE", path=("receivedAt",))
    if value < OLDEST:
        raise InvalidInput("TOO_LONG_AGO", path=("receivedAt",))
    return min(value, now)
