"""The whole history of a simulated ticket, in memory: the row, its texts and answers, and its events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.enums import AnswerState, EventKind, TextKind, TicketStatus, Visibility
from realtime.log import NewEvent, usual_visibility
from services.access.scopes import Scope, actor
from services.access.states import COLUMNS, State, plain
from services.access.ticket_fields import TICKET_FIELDS
from services.core.keys import Keys
from services.core.reference import Reference
from services.core.words import Words, changed_words, digests, words_in
from services.deadlines.stored.kept import Clocks
from services.intake.submissions import fresh
from services.simulation.forms import Form, words_of
from services.simulation.scenario import Scenario
from services.simulation.steps import AnswerProgress, Situation
from services.tickets.records.changes import changed_names
from services.tickets.table.stays import OF_ONE_STAY

NAMES = {column: name for name, column in COLUMNS.items()}
ROW_COLUMNS = tuple(field.column for field in TICKET_FIELDS)


@dataclass(frozen=True, slots=True)
class Supply:
    """Ids that were reserved in the database, and numbers, all handed out in order."""

    tickets: Iterator[int]
    numbers: Iterator[str]
    texts: Iterator[int]
    answers: Iterator[int]


@dataclass(frozen=True, slots=True)
class Text:
    id: int
    kind: TextKind
    body: str


@dataclass(slots=True)
class Life:
    """One ticket and all that belongs to it, as the tables will hold it."""

    form: Form
    keys: Keys
    supply: Supply
    row: dict[str, Any]
    state: State
    alone: bool = False  # what it told again was no longer open
    words: Words = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    events: list[NewEvent] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    clocks: Clocks = field(default_factory=dict)
    escalations: list[tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=list)  # row, details of its event

    @property
    def merged(self) -> bool:
        return self.row["merged_into_id"] is not None

    def situation(self, scenario: Scenario, reference: Reference) -> Situation:
        """What somebody sees of the ticket; the words are those that its columns and its title tell anyone."""
        open_answer = next((each for each in self.answers if each["state"] is AnswerState.WAITING_APPROVAL), None)
        reply = AnswerProgress.NONE
        if open_answer is not None:
            reply = AnswerProgress.WAITING if open_answer["approver_id"] is None else AnswerProgress.APPROVED
        return Situation(
            status=self.row["status"],
            template=self.form.template,
            number=self.row["number"],
            led=self.row["lead_agency_id"] is not None,
            assigned=self.row["assignee_id"] is not None,
            reply=reply,
            returns=self.row["return_count"],
            reopens=self.row["reopen_count"],
            supervisory=bool(self.row["supervisory"]),
            classification=self.row["classification"],
            lead=code_of(reference, self.row["lead_agency_id"]),
            supporting=frozenset(reference.agencies[key].code for key in self.row["supporting_agency_ids"]),
            again=self.form.again is not None and not self.alone,
            kecamatan=scenario.places.kecamatan_of(self.row["kelurahan_id"]),
            words=words_of(scenario, self.form.template, self.row),
            said=frozenset((*(text.body for text in self.texts), *(each["text"] for each in self.answers))),
            resumes=self.row["resumes"],
        )

    def keep(self, kind: TextKind, body: str) -> Text:
        text = Text(next(self.supply.texts), kind, body)
        self.texts.append(text)
        return text

    def enter(self, at: datetime, status: TicketStatus, **columns: Any) -> None:
        self.set(at, status=status, **{**OF_ONE_STAY, **columns})

    def set(self, at: datetime, **columns: Any) -> None:
        """Give columns new values, as a change that raises the version."""
        self.touch(**columns, version=self.row["version"] + 1, updated_at=at)

    def touch(self, **columns: Any) -> None:
        self.row.update(columns)
        self.touched.update(columns)

    def record(
        self,
        kind: EventKind,
        at: datetime,
        scope: Scope,
        *,
        text: Text | None = None,
        changed: tuple[str, ...] = (),
        visibility: Visibility | None = None,
        details: dict[str, Any] | None = None,
        on_behalf_of: int | None = None,
        other_words: Words | None = None,
    ) -> None:
        """Note what has happened since the last event, exactly as a use case would."""
        after = self.state | {NAMES[column]: plain(self.row[column]) for column in self.touched}
        self.touched.clear()
        self.events.append(
            NewEvent(
                kind=kind,
                at=at,
                visibility=visibility or usual_visibility(kind),
                **actor(scope),
                ticket_id=self.row["id"],
                subject_id=self.row["id"],
                version=self.row["version"],
                on_behalf_of_id=on_behalf_of,
                before=self.state,
                after=after,
                changed=changed_names(self.state, after, changed),
                details=details or {},
                text_id=text.id if text else None,
                text_digest=self.keys.text_digest(text.body) if text else None,
                words=self.bound(other_words),
            )
        )
        self.state = after

    def bound(self, other_words: Words | None = None) -> dict[str, str]:
        """The digests of the words that were set since the last event."""
        before, self.words = self.words, words_in(self.row)
        set_now = changed_words(before, self.words) | (other_words or {})
        return digests(self.keys, self.row["id"], set_now)


def code_of(reference: Reference, key: int | None) -> str | None:
    """The code of an agency, by its key."""
    found = reference.agencies.get(key or 0)
    return None if found is None else found.code


def new_row(supply: Supply, form: Form, at: datetime, submitter: str, reported: int | None = None) -> dict[str, Any]:
    """The columns of a ticket that was just received; reported is the key of the agency that it is about."""
    return dict.fromkeys(ROW_COLUMNS) | {
        **fresh(),
        "id": next(supply.tickets),
        "number": next(supply.numbers),
        "title": form.title,
        "body": form.body,
        "status": TicketStatus.RECEIVED,
        "channel": form.channel,
        "anonymous": form.anonymous,
        "confidential": form.confidential,
        "kelurahan_id": form.kelurahan_code,
        "reported_agency_id": reported,
        "address": form.address,
        "occurred_on": form.occurred_on,
        "received_at": at,
        "created_at": at,
        "updated_at": at,
        "submitted_by": submitter,
    }
