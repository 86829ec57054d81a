"""What people type, checked and put into one form; every refusal names the field by its path.

How long a text may be is our choice, where nothing else is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from math import isfinite
from urllib.parse import urlsplit

from models.tickets import BODY_LIMIT, TITLE_LIMIT
from services.core.desk import Desk
from services.core.refusals import Checks, InvalidInput
from services.inputs import emails, numbers, signs, sp4n

# Characters. Our choice: more than such a field is given, and little enough to be kept and shown.
NOTE_LIMIT = 10_000
NAME_LIMIT = 200
REASON_LIMIT = 1_000  # of a reason in one's own words
ADDRESS_LIMIT = 500
KEY_LIMIT = 200
URL_LIMIT = 2_000
EVIDENCE_LIMIT = 2_000

# Control characters but tab and line feed, and halves of surrogate pairs: PostgreSQL or some reader chokes on them.
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
LINE_SIGNS = re.compile("[\t\n]")
KEY_SIGNS = re.compile("^\\s|\\s$|[\t-\r\x1c-\x1f\x85]")
MUTATION_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
PHONE_LIMIT, NIK_LIMIT = 32, 64  # as they are pasted, with blanks and signs; our choice
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)  # our choice: before there were desks


def text(value: str, limit: int, *path: str) -> str:
    """A text that is not blank, as it is seen, trimmed, of at most limit characters, with line feeds for all ends."""
    trimmed = signs.lines(value).strip()
    require_writable(trimmed, *path)
    if not any(letter.isprintable() and not letter.isspace() for letter in trimmed):
        raise InvalidInput("EMPTY", path=path)
    if len(trimmed) > limit:
        raise InvalidInput("TOO_LONG", path=path, limit=limit)
    return trimmed


def optional(value: str | None, limit: int, *path: str) -> str | None:
    """A text that may be missing; blank counts as missing."""
    return None if value is None or not signs.lines(value).strip() else text(value, limit, *path)


def line(value: str, limit: int, *path: str) -> str:
    """A text of one line."""
    found = text(signs.one_line(value), limit, *path)
    _require_writable(found, LINE_SIGNS, path)
    return found


def optional_line(value: str | None, limit: int, *path: str) -> str | None:
    return None if value is None or not signs.lines(value).strip() else line(value, limit, *path)


def require_writable(value: str, *path: str) -> None:
    """Refuse a text with control characters."""
    _require_writable(value, UNWRITABLE, path)


def _require_writable(value: str, unwritable: re.Pattern[str], path: tuple[str, ...]) -> None:
    """Refuse a text for its first sign that can not be kept, which the message names with its position."""
    found = unwritable.search(value)
    if found is not None:
        position = found.start() + 1
        raise InvalidInput("UNWRITABLE", path=path, sign=f"U+{ord(found[0]):04X}", place=position)


def title(value: str, *path: str) -> str:
    return line(value, TITLE_LIMIT, *(path or ("title",)))


def body(value: str) -> str:
    return text(value, BODY_LIMIT, "body")


def note(value: str | None, *path: str) -> str | None:
    return optional(value, NOTE_LIMIT, *(path or ("note",)))


def key(value: str | None, *path: str) -> str | None:
    """A key or an id that another system made: kept as it is seen, and never blank."""
    if value is None:
        return None
    found = signs.seen(value)
    line(found, KEY_LIMIT, *path)
    _require_writable(found, KEY_SIGNS, path)
    return found


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
    """An address as it is written to, its domain in small letters."""
    return _understood(value, emails.email, emails.LONGEST, "BAD_EMAIL", path)


def account_email(value: str, *path: str) -> str:
    """The address of an account: in small letters and ASCII, so that no two accounts look alike."""
    found = _understood(value, emails.account_email, emails.LONGEST, "BAD_EMAIL", path)
    if found is None:
        raise InvalidInput("EMPTY", path=path)
    return found


def nik(value: str | None, *path: str) -> str | None:
    """The 16 digits of an Indonesian identity card (Nomor Induk Kependudukan)."""
    return _understood(value, numbers.nik, NIK_LIMIT, "BAD_NIK", path)


def phone(value: str | None, *path: str) -> str | None:
    """A telephone number: an Indonesian one in the form +62..."""
    return _understood(value, numbers.telephone, PHONE_LIMIT, "BAD_PHONE", path)


def tracking_number(value: str, *path: str) -> str:
    """The number of a report out of what somebody pasted; the length of a text that holds it does not matter."""
    found = numbers.tracking_number(value)
    if found is None:
        raise InvalidInput("BAD_NUMBER", path=path)
    return found


def sp4n_id(value: str, *path: str) -> str:
    """The digits of a tracking id of SP4N-LAPOR!, with or without #."""
    found = sp4n.sp4n_id(value)
    if found is None:
        raise InvalidInput("BAD_SP4N_ID", path=path)
    return found


def not_ahead(value: datetime | None, desk: Desk, *path: str) -> None:
    """Refuse a moment to come, but for a clock that is slightly ahead, and one of before there were desks."""
    if value is not None and value > desk.now() + desk.rules.clock_tolerance:
        raise InvalidInput("IN_THE_FUTURE", path=path)
    if value is not None and value < OLDEST:
        raise InvalidInput("TOO_LONG_AGO", path=path)


def _understood(
    value: str | None, read: Callable[[str], str | None], limit: int, refusal: str, path: tuple[str, ...]
) -> str | None:
    """What was pasted, as it is read; blank counts as missing.

    What nobody reads is refused by the sign or the length that is to blame, else with an example.
    """
    plain = "" if value is None else signs.plain(value)
    if not plain:
        return None
    found = read(plain)
    if found is None or len(found) > limit:
        line(plain, limit, *path)
        raise InvalidInput(refusal, path=path)
    return found


def latitude_and_longitude(latitude: float | None, longitude: float | None) -> None:
    """Refuse what are no latitude and longitude in degrees (WGS 84); both numbers or none."""
    checks = Checks()
    checks(_degrees, latitude, 90, "latitude")
    checks(_degrees, longitude, 180, "longitude")
    checks.settle()
    if (latitude is None) != (longitude is None):
        raise InvalidInput("HALF_A_PLACE", path=("location", "longitude" if longitude is None else "latitude"))


def _degrees(value: float | None, bound: int, name: str) -> None:
    if value is not None and not (isfinite(value) and -bound <= value <= bound):
        raise InvalidInput("OUT_OF_RANGE", path=("location", name), limit=bound)


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
