"""Forms of intake, as they were filled in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from models.enums import Channel, Classification
from services.inputs.emails import email
from services.inputs.numbers import nik, telephone
from services.inputs.signs import lines, one_line
from services.inputs.sp4n import sp4n_id
from services.tickets.location import Place


@dataclass(frozen=True, slots=True)
class Person:
    """Who reports."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    nik: str | None = None


@dataclass(frozen=True, slots=True)
class Sp4nForm:
    """A report that is already in SP4N-LAPOR!; created_at: when it came to be there."""

    tracking_id: str
    created_at: datetime | None = None


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
    receipt: bool = False
    sp4n: Sp4nForm | None = None


def as_kept(form: Submission) -> Submission:
    """A form with its texts, numbers and addresses as they are kept, so that it is the same however it was typed."""
    place, reporter = form.place, form.reporter
    return replace(
        form,
        title=one_line(form.title),
        body=_trimmed(form.body),
        sp4n=form.sp4n and Sp4nForm(sp4n_id(form.sp4n.tracking_id) or form.sp4n.tracking_id, form.sp4n.created_at),
        place=place and replace(place, address=_kept(_trimmed, place.address)),
        reporter=reporter
        and Person(
            name=_kept(one_line, reporter.name),
            phone=_kept(telephone, reporter.phone),
            email=_kept(email, reporter.email),
            nik=_kept(nik, reporter.nik),
        ),
    )


def _kept(form_of: Callable[[str], str | None], given: str | None) -> str | None:
    """What is kept of a value; the value itself where it can not be understood."""
    return given if given is None else form_of(given) or given


def _trimmed(text: str) -> str:
    return lines(text).strip()
