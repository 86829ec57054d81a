"""Open311 service requests as tickets: one transaction each, so that a bad record affects no other (decided here)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

from models import ExternalLink, Ticket
from models.database import connection as pooled
from models.enums import ActorKind, Channel, EventKind, LinkDirection, SubjectKind, TextKind, Visibility
from realtime import log
from services.access.states import State, ticket_state
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.reference import Reference
from services.core.transactions import transaction
from services.core.words import Words, digests, source_text, source_word, words_of
from services.intake.open311.georeport import RecordRefused, ServiceRequest, service_request
from services.intake.open311.json_stream import CountingReader, FileBroken, Unreadable, array_items
from services.intake.open311.matching import Matcher
from services.intake.submissions import create_ticket
from services.tickets.clocks.rows import write_clocks
from services.tickets.clocks.ticket_clocks import TicketClocks
from services.tickets.records.texts import KeptText, text_details

SYSTEM = "open311"
BATCH = 100
BAD_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that stayed out: its position in the file from 1, its id where it has one, and why."""

    position: int
    external_id: str | None
    reason: str

    def __str__(self) -> str:
        name = f" ({self.external_id})" if self.external_id else ""
        return f"record {self.position}{name}: {self.reason}"


@dataclass(slots=True)
class ImportReport:
    """What became of a file; bad holds the first thousand bad records, broken says where a half-written file ends."""

    read: int = 0
    imported: int = 0
    notes: int = 0
    existing: int = 0
    refused: int = 0
    bytes_read: int = 0
    bad: list[BadRecord] = field(default_factory=list)
    broken: str | None = None

    @property
    def complete(self) -> bool:
        """Whether the whole file is in the desk now."""
        return self.refused == 0 and self.broken is None

    def refuse(self, bad: BadRecord) -> None:
        self.refused += 1
        if len(self.bad) < BAD_SHOWN:
            self.bad.append(bad)


Progress = Callable[[ImportReport], None]


@dataclass(frozen=True, slots=True)
class Importer:
    """What every record of one file needs: the desk, the source's name here, and the master data."""

    desk: Desk
    system: str
    reference: Reference


async def import_open311(
    desk: Desk, file: BinaryIO, *, source: str | None = None, progress: Progress | None = None
) -> ImportReport:
    """Import every record that the desk does not have yet; progress is called with the report so far, batch by batch.

    source names the publishing city where several are imported, as each has ids of its own.
    """
    system = f"{SYSTEM}:{source}" if source else SYSTEM
    importer = Importer(desk, system, await desk.reference())
    counted, report = CountingReader(file), ImportReport()
    numbered = enumerate(_until_broken(array_items(counted), report), start=1)
    while batch := list(islice(numbered, BATCH)):
        await _import_batch(importer, batch, report)
        report.bytes_read = counted.bytes_read
        if progress is not None:
            progress(report)
    return report


def _until_broken(items: Iterator[Any], report: ImportReport) -> Iterator[Any]:
    try:
        yield from items
    except FileBroken as broken:
        report.broken = str(broken)


async def _import_batch(importer: Importer, batch: list[tuple[int, Any]], report: ImportReport) -> None:
    importer.desk.bell.follow((await log.head(pooled())).epoch)  # a file may last for longer than an epoch
    requests: list[tuple[int, ServiceRequest]] = []
    for position, raw in batch:
        report.read += 1
        if isinstance(raw, Unreadable):
            report.refuse(BadRecord(position, None, str(raw)))
            continue
        try:
            requests.append((position, service_request(raw, importer.desk.now())))
        except RecordRefused as refused:
            report.refuse(BadRecord(position, _shown_id(raw), str(refused)))
    known = await _known(importer, [request.external_id for _, request in requests])
    for _, request in requests:
        if request.external_id in known or not await _import_one(importer, request):
            report.existing += 1
        else:
            report.imported += 1
            report.notes += len(request.notes)
        known.add(request.external_id)


def _shown_id(raw: Any) -> str | None:
    value = raw.get("service_request_id") if isinstance(raw, dict) else None
    return str(value)[:50] if isinstance(value, str | int) else None


async def _known(importer: Importer, external_ids: list[str]) -> set[str]:
    """Those of the ids that were imported before, under any name that is kept of them, the id of old included."""
    keys = importer.desk.keys
    names = {name: each for each in external_ids for name in (*keys.all_external_digests(each), each)}
    found = ExternalLink.filter(system=importer.system, external_id__in=list(names)).using_db(pooled())
    return {names[str(name)] for name in await found.values_list("external_id", flat=True)}


async def _import_one(importer: Importer, request: ServiceRequest) -> bool:
    """Import one record; False where another import did so at the same moment."""
    try:
        async with transaction() as connection:
            seq = await _write(importer, connection, request)
    except IntegrityError:
        if not await _known(importer, [request.external_id]):
            raise
        return False
    await importer.desk.committed(seq)
    return True


async def _write(importer: Importer, connection: BaseDBAsyncClient, request: ServiceRequest) -> int:
    matcher = Matcher(connection)
    agency_id = await matcher.agency(request.agency_name)
    category_id = await matcher.category(request.service_code, request.service_name)
    ticket, clocks = await _ticket(importer, connection, request, agency_id, category_id)
    await write_clocks(connection, {ticket.id: clocks.kept})
    link = await ExternalLink.create(
        using_db=connection,
        ticket_id=ticket.id,
        system=importer.system,
        external_id=importer.desk.keys.external_digest(request.external_id),
        direction=LinkDirection.INBOUND,
        raw_status=request.raw_status,
        data=request.data,
        created_at=importer.desk.now(),
    )
    events = [_reference_changed(importer)] if matcher.made else []
    events.append(_imported(importer, ticket, await _source(connection, link)))
    events += await _notes(importer, connection, ticket, request)
    return (await log.append(connection, events)).least_seq


async def _ticket(
    importer: Importer,
    connection: BaseDBAsyncClient,
    request: ServiceRequest,
    agency_id: int | None,
    category_id: int | None,
) -> tuple[Ticket, TicketClocks]:
    columns = {
        "title": request.title,
        "body": request.body,
        "status": request.status,
        "channel": Channel.OPEN311,
        "category_id": category_id,
        # What a city publishes is public already; whether its reporter asked to be unnamed is not known.
        "confidential": False,
        "lead_agency_id": agency_id,
        "address": request.address,
        "latitude": request.latitude,
        "longitude": request.longitude,
        "received_at": request.received_at,
        "updated_at": request.updated_at,
        "submitted_by": f"import:{importer.system}"[:100],
        "external_keys": [f"{importer.system}|{importer.desk.keys.external_digest(request.external_id)}"],
        "media": [{"url": url} for url in request.media],
    }
    return await create_ticket(connection, importer.desk, importer.reference, columns, EventKind.IMPORTED)


async def _source(connection: BaseDBAsyncClient, link: ExternalLink) -> Words:
    """What the source said word for word, as the database keeps it."""
    statement = "SELECT id, raw_status, data::text AS data FROM external_link WHERE id = $1"
    (row,) = await connection.execute_query_dict(statement, [link.id])
    return {source_word(row["id"]): source_text(row["raw_status"], row["data"])}


def _imported(importer: Importer, ticket: Ticket, source: Words) -> log.NewEvent:
    return log.NewEvent(
        kind=EventKind.IMPORTED,
        visibility=Visibility.PUBLIC,
        at=importer.desk.now(),
        actor_kind=ActorKind.IMPORT,
        actor_id=importer.system,
        subject_id=ticket.id,
        ticket_id=ticket.id,
        version=ticket.version,
        after=ticket_state(ticket),
        words=digests(importer.desk.keys, ticket.id, words_of(ticket) | source),
    )


async def _notes(
    importer: Importer, connection: BaseDBAsyncClient, ticket: Ticket, request: ServiceRequest
) -> list[log.NewEvent]:
    """The source's timeline as history: each note at its own time, none of them a change of today."""
    state: State = ticket_state(ticket)
    given = [(TextKind.NOTE, note.text) for note in request.notes]
    given += [(TextKind.SOURCE_KIND, note.kind) for note in request.notes if note.kind]
    kept = await _texts(importer.desk.keys, connection, ticket.id, given)
    kinds = iter(kept[len(request.notes) :])
    return [
        log.NewEvent(
            kind=EventKind.IMPORTED_NOTE,
            visibility=Visibility.PUBLIC,
            at=note.at,
            actor_kind=ActorKind.IMPORT,
            actor_id=importer.system,
            subject_id=ticket.id,
            ticket_id=ticket.id,
            version=ticket.version,
            before=state,
            after=state,
            details={"texts": text_details([next(kinds)])} if note.kind else {},
            text_id=text.id,
            text_digest=text.digest,
        )
        for note, text in zip(request.notes, kept, strict=False)
    ]


async def _texts(
    keys: Keys, connection: BaseDBAsyncClient, ticket_id: int, given: list[tuple[TextKind, str]]
) -> list[KeptText]:
    """Store texts in one statement, and give them in the same order."""
    if not given:
        return []
    rows = await connection.execute_query_dict(
        "WITH given AS (SELECT nextval(pg_get_serial_sequence('ticket_text', 'id')) AS id, kind, body, position "
        "FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS words(kind, body, position)), "
        "stored AS (INSERT INTO ticket_text (id, ticket_id, kind, body) SELECT id, $3, kind, body FROM given) "
        "SELECT id FROM given ORDER BY position",
        [[kind.value for kind, _ in given], [text for _, text in given], ticket_id],
    )
    return [
        KeptText(int(row["id"]), kind, keys.text_digest(text)) for row, (kind, text) in zip(rows, given, strict=True)
    ]


def _reference_changed(importer: Importer) -> log.NewEvent:
    return log.NewEvent(
        kind=EventKind.REFERENCE_CHANGED,
        at=importer.desk.now(),
        actor_kind=ActorKind.IMPORT,
        actor_id=importer.system,
        visibility=Visibility.INTERNAL,
        subject_kind=SubjectKind.REFERENCE,
        details={"import": importer.system},
    )
