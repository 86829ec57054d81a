"""A complaint, aspiration or question (S17) comes in by a citizen, a partner or an officer (decided here)."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

from models import ExternalLink, Reporter, Sp4nLink, Ticket
from models.enums import Channel, EventKind, LinkDirection, PrincipalKind, Role, TextKind, TicketStatus, Visibility
from realtime import log
from services.access.scopes import Scope, actor
from services.access.states import ticket_state
from services.access.ticket_fields import first_values
from services.core import validation
from services.core.desk import Desk
from services.core.keys import fresh_salt
from services.core.reference import Reference
from services.core.refusals import Checks, Forbidden, IdempotencyConflict, InvalidInput
from services.core.transactions import transaction
from services.core.words import digests, words_of
from services.inputs.sp4n import sp4n_id
from services.intake import duplicates, idempotency, receipts
from services.intake.forms import Person, Submission
from services.master_data import codes, steering
from services.reporters.sealing import sealed_columns
from services.tickets import numbering
from services.tickets.case import Done
from services.tickets.clocks.measures import measures_of
from services.tickets.clocks.rows import write_clocks
from services.tickets.clocks.ticket_clocks import TicketClocks, begin
from services.tickets.location import place_columns
from services.tickets.records.texts import keep_text, mutation_name, text_details

ENTERING_ROLES = (Role.OFFICER, Role.LIAISON, Role.COORDINATOR, Role.INSPECTOR)


async def submit(desk: Desk, scope: Scope, form: Submission) -> Done:
    """Enter a new ticket; a replay by the same principal gives the first answer again, and writes nothing."""
    reference, checks = await desk.reference(), Checks()
    checks(require_may_enter, scope, form)
    checks(receipts.require_receipt, scope, form)
    checks(require_keys, form)
    checks(require_sp4n, desk, scope, form)
    keyed = not checks.refusals
    columns = checks(ticket_columns, desk, scope, reference, form)
    person = checks(person_columns, form.reporter)
    replayed = await _replayed(desk, scope, form) if keyed and checks.refusals else None
    if replayed is not None:
        return replayed
    checks.settle()
    try:
        done = await _enter(desk, scope, reference, form, columns, person)
    except IntegrityError:
        # Another request took the same key or external id at the same moment: now its ticket is there to be found.
        done = await _enter(desk, scope, reference, form, columns, person)
    if not done.replay:
        await desk.committed(done.appended.least_seq)
    return done


def require_may_enter(scope: Scope, form: Submission) -> None:
    """Raise Forbidden unless the caller is staff of the desk or an agency, a partner, or anonymous on the web form."""
    if scope.kind is PrincipalKind.ANONYMOUS:
        _require_plain(form)
    elif scope.kind is not PrincipalKind.PARTNER and not (scope.is_staff and scope.has(*ENTERING_ROLES)):
        raise Forbidden("NOT_YOUR_ROLE")


def _require_plain(form: Submission) -> None:
    checks = Checks()
    for name, plain in (
        ("channel", form.channel is Channel.SURGA_WEB),
        ("externalId", form.external_id is None),
        ("receivedAt", form.received_at is None),
    ):
        if not plain:
            checks.keep(Forbidden("TOKEN_NEEDED", path=(name,)))
    checks.settle()


def require_sp4n(desk: Desk, scope: Scope, form: Submission) -> None:
    """Refuse a link to SP4N-LAPOR! that is none, or is of another channel or from no officer (docs/adr/0036)."""
    if form.sp4n is None:
        return
    checks = Checks()
    if not scope.is_staff:
        checks.keep(Forbidden("NOT_YOUR_ROLE" if scope.client_id else "TOKEN_NEEDED", path=("sp4n",)))
    if form.channel is not Channel.SP4N_LAPOR:
        checks.keep(InvalidInput("SP4N_CHANNEL", path=("sp4n",)))
    checks(validation.sp4n_id, form.sp4n.tracking_id, "sp4n", "trackingId")
    checks(validation.not_ahead, form.sp4n.created_at, desk, "sp4n", "createdAt")
    if form.external_id is not None and sp4n_id(form.external_id) != sp4n_id(form.sp4n.tracking_id):
        checks.keep(InvalidInput("SP4N_OTHER_ID", path=("externalId",)))
    checks.settle()


def require_keys(form: Submission) -> None:
    checks = Checks()
    checks(validation.key, form.idempotency_key, "idempotencyKey")
    checks(validation.key, form.external_id, "externalId")
    checks(validation.mutation_id, form.client_mutation_id)
    checks.settle()


def ticket_columns(desk: Desk, scope: Scope, reference: Reference, form: Submission) -> dict[str, Any]:
    """The columns that a form gives a new ticket; unanswered flags are None, which protects like true (S20)."""
    external, checks = idempotency.external_names(scope, form), Checks()
    columns = {
        "title": checks(validation.title, form.title),
        "body": checks(validation.body, form.body),
        "status": TicketStatus.RECEIVED,
        "channel": form.channel,
        "classification": form.classification,
        "category_id": checks(codes.category, reference, form.category_code, "categoryCode"),
        "anonymous": form.anonymous,
        "confidential": form.confidential,
        "reported_agency_id": checks(codes.agency, reference, form.reported_agency_code, "reportedAgencyCode"),
        **(checks(place_columns, reference, form.place) or {}),
        "occurred_on": checks(occurred_on, desk, form.occurred_on),
        "received_at": checks(validation.received_at, form.received_at, desk),
        "submitted_by": scope.principal,
        "external_keys": [idempotency.external_key(desk, *each) for each in external],
    }
    checks.settle()
    return columns


def occurred_on(desk: Desk, day: date | None) -> date | None:
    if day is not None and day > desk.today():
        raise InvalidInput("IN_THE_FUTURE", path=("occurredOn",))
    if day is not None and day < date(1900, 1, 1):
        raise InvalidInput("TOO_LONG_AGO", path=("occurredOn",))
    return day


def person_columns(person: Person | None) -> dict[str, str]:
    """The columns of a reporter that were given."""
    if person is None:
        return {}
    checks = Checks()
    columns = {
        "name": checks(validation.optional_line, person.name, validation.NAME_LIMIT, "reporter", "name"),
        "phone": checks(validation.phone, person.phone, "reporter", "phone"),
        "email": checks(validation.email, person.email, "reporter", "email"),
        "nik": checks(validation.nik, person.nik, "reporter", "nik"),
    }
    checks.settle()
    return {name: value for name, value in columns.items() if value is not None}


async def _enter(
    desk: Desk, scope: Scope, reference: Reference, form: Submission, columns: dict[str, Any], person: dict[str, str]
) -> Done:
    alike = idempotency.content_digests(desk, form)
    async with transaction() as connection:
        # Before any ticket is locked: who changes posts locks tickets with the posts held.
        if columns["reported_agency_id"] is not None:
            await steering.await_posts(connection)
        earlier = await idempotency.earlier_ticket(connection, desk, scope, form, alike)
        if earlier is not None:
            return await _first_answer(connection, desk, scope, earlier)
        if form.receipt:
            await receipts.require_unconcerned(connection, desk, scope, columns["reported_agency_id"])
        # An earlier ticket is locked before the counter of the year, for which all new reports wait: nobody holds it
        # while they wait for a ticket. The head of the log comes last, at COMMIT.
        sent = await duplicates.find_first(connection, desk, scope, columns, person)
        supervisory = await steering.is_steering(connection, columns["reported_agency_id"], desk.today())
        values = columns | {"supervisory": supervisory}
        ticket, clocks = await create_ticket(connection, desk, reference, values, details=national_since(form))
        if person:
            await Reporter.create(
                ticket_id=ticket.id, **sealed_columns(desk.keys, ticket.id, person), using_db=connection
            )
        await _link(connection, desk, scope, form, ticket, alike[0])
        await idempotency.remember(connection, desk, scope, form.idempotency_key, alike[0], ticket.id)
        if form.receipt:
            await receipts.audit_receipt(connection, desk, scope, ticket.id)
        details = await _link_sp4n(connection, desk, form, ticket)
        first = submitted(desk, scope, ticket, form.client_mutation_id, details)
        events = [first, *await duplicates.collapse(connection, desk, scope, sent, ticket, clocks)]
        await write_clocks(connection, {ticket.id: clocks.kept})
        appended = await log.append(connection, events)
    answered_as = sent.first.id if sent and sent.first else None
    secret = _first_secret(desk, ticket) if form.receipt else secret_for(desk, scope, ticket)
    return Done(ticket, appended, secret=secret, answered_as=answered_as)


async def _replayed(desk: Desk, scope: Scope, form: Submission) -> Done | None:
    """The first answer to a form that would be refused now, say as its category was retired since."""
    async with transaction() as connection:
        try:
            alike = idempotency.content_digests(desk, form)
            earlier = await idempotency.earlier_ticket(connection, desk, scope, form, alike)
        except (IdempotencyConflict, orjson.JSONEncodeError):  # other content, or words that nobody could have kept
            return None
        return None if earlier is None else await _first_answer(connection, desk, scope, earlier)


async def create_ticket(
    connection: BaseDBAsyncClient,
    desk: Desk,
    reference: Reference,
    columns: dict[str, Any],
    kind: EventKind = EventKind.SUBMITTED,
    details: dict[str, Any] | None = None,
) -> tuple[Ticket, TicketClocks]:
    """Insert a ticket under the next number of its year (S14); its clocks start, kept by whoever writes its event.

    kind and details are those of its first event.
    """
    number = await numbering.next_number(connection, reference.number_prefix, columns["received_at"], desk.rules.zone)
    now = desk.now()
    values = {"number": number, "created_at": now, "updated_at": now, **fresh(), **columns}
    clocks, standing = begin(measures_of(reference, desk.rules.zone), values, kind, now, details or {})
    return await Ticket.create(**{**values, **standing}, using_db=connection), clocks


def fresh() -> dict[str, Any]:
    """What a new ticket starts with, given by hand so that the row in memory is whole without reading it back."""
    return {**first_values(), "version": 1, "supervisory": False, "secret_salt": fresh_salt()}


async def _link(
    connection: BaseDBAsyncClient, desk: Desk, scope: Scope, form: Submission, ticket: Ticket, digest: bytes
) -> None:
    for system, external_id in idempotency.external_names(scope, form):
        await ExternalLink.create(
            ticket_id=ticket.id,
            system=system,
            external_id=desk.keys.external_digest(external_id),
            direction=LinkDirection.INBOUND,
            data={"digest": digest.hex()},
            created_at=desk.now(),
            using_db=connection,
        )


async def _link_sp4n(
    connection: BaseDBAsyncClient, desk: Desk, form: Submission, ticket: Ticket
) -> dict[str, Any] | None:
    """Link a new ticket to its report in SP4N-LAPOR!; gives what its first event says of it."""
    found, since = idempotency.sp4n_name(form), None if form.sp4n is None else form.sp4n.created_at
    if found is None:
        return None
    text = await keep_text(connection, desk.keys, ticket.id, TextKind.TRACKING_ID, found)
    await Sp4nLink.create(
        ticket_id=ticket.id, tracking_id=text.id, direction=LinkDirection.INBOUND, since=since, using_db=connection
    )
    return national_since(form) | {"texts": text_details([text])}


def national_since(form: Submission) -> dict[str, Any]:
    """Since when it is in SP4N-LAPOR!, for the first event: the national clock counts from there (docs/adr/0036)."""
    if form.sp4n is None:
        return {}
    since = form.sp4n.created_at
    return {"nationalSince": None if since is None else since.isoformat()}


def submitted(
    desk: Desk, scope: Scope, ticket: Ticket, mutation_id: str | None = None, details: dict[str, Any] | None = None
) -> log.NewEvent:
    """The first event of a ticket."""
    return log.NewEvent(
        kind=EventKind.SUBMITTED,
        visibility=Visibility.PUBLIC,
        at=ticket.created_at,
        **actor(scope),
        ticket_id=ticket.id,
        version=ticket.version,
        after=ticket_state(ticket),
        details=details or {},
        words=digests(desk.keys, ticket.id, words_of(ticket)),
        **mutation_name(desk.keys, ticket, mutation_id),
    )


async def _first_answer(connection: BaseDBAsyncClient, desk: Desk, scope: Scope, ticket_id: int) -> Done:
    ticket = await Ticket.get(id=ticket_id, using_db=connection)
    nothing = log.Appended((await log.head(connection)).seq)
    answered_as = await duplicates.collapsed_into(connection, ticket.id)
    return Done(ticket, nothing, replay=True, secret=secret_for(desk, scope, ticket), answered_as=answered_as)


def secret_for(desk: Desk, scope: Scope, ticket: Ticket) -> str | None:
    """The citizen's first secret, for callers who pass it on to the citizen; officers get it by a receipt alone.

    Once it was rotated it is given to nobody here: the old one may be in wrong hands, and so may this request.
    """
    if ticket.secret_rotation == 0 and scope.kind in (PrincipalKind.ANONYMOUS, PrincipalKind.PARTNER):
        return _first_secret(desk, ticket)
    return None


def _first_secret(desk: Desk, ticket: Ticket) -> str:
    return desk.keys.tracking_secret(ticket.id, ticket.secret_rotation, ticket.secret_salt)
