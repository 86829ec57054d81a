"""Forms of intake, as they were filled in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from models.enums import Channel, Classification
from services.tickets.location import Place


@dataclass(frozen=True, slots=True)
class Person:
    """Who reports."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    nik: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A form as it was filled in."""

    title: str
    body: str
    channel: Channel
    idempotency_key: str | None = None
    external_id: str | None = None
    classification: Classification | None = None
    category_code: str | None = None
    received_at: datetime | None = None
    occurred_on: date | None = None
    anonymous: bool | None = None
    confidential: bool | None = None
    reported_agency_code: str | None = None
    place: Place | None = None
    reporter: Person | None = None
    client_mutation_id: str | None = None
