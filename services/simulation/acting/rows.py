"""What simulated people did in the past: rows and events as the use cases would have written them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from models.enums import CLOSED_STATUSES, AnswerState, EventKind, TextKind, TicketStatus, Visibility
from services.access.scopes import Scope
from services.core.keys import Keys
from services.core.words import answer_word
from services.reasons.reasons import DESK_REASONS
from services.simulation import continuing
from services.simulation.cast import Cast
from services.simulation.lives import Life
from services.simulation.steps import Step, Verb
from services.simulation.waiting import silences

HIDDEN_NOTE = {"textVisibility": Visibility.INTER_AGENCY.value}
S = TicketStatus


@dataclass(frozen=True, slots=True)
class RowActs:
    """Writes what somebody does with a ticket into its life."""

    cast: Cast
    keys: Keys
    zone: ZoneInfo

    def _verify(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        category = self.cast.reference.category_codes.get(life.form.template.category or "")
        life.enter(
            at,
            S.VERIFIED,
            classification=step.classification,
            category_id=category.pk if category else life.row["category_id"],
            supervisory=step.supervisory or life.row["supervisory"],
        )
        life.record(EventKind.VERIFIED, at, self.cast.coordinator(rng), details=HIDDEN_NOTE)

    def _dispatch(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        codes = self.cast.reference.agency_codes
        text = life.keep(TextKind.NOTE, step.text) if step.text else None
        lead, supporting = codes[step.agency or ""].pk, sorted(codes[code].pk for code in step.supporting)
        if lead == life.row["lead_agency_id"]:
            life.set(at, supporting_agency_ids=supporting)
        else:
            life.enter(at, S.DISPATCHED, lead_agency_id=lead, supporting_agency_ids=supporting, assignee_id=None)
        life.record(EventKind.DISPATCHED, at, self.cast.coordinator(rng), text=text, details=HIDDEN_NOTE)

    def _return(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        scope, behalf = self._handler(rng, life)
        self._recall(life, at, scope)
        life.enter(
            at,
            S.VERIFIED,
            lead_agency_id=None,
            supporting_agency_ids=[],
            assignee_id=None,
            return_count=life.row["return_count"] + 1,
        )
        details = {"reason": step.reason, **HIDDEN_NOTE}
        life.record(EventKind.RETURNED, at, scope, details=details, on_behalf_of=behalf)

    def _assign(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        lead = life.row["lead_agency_id"]
        team = self.cast.teams.get(lead)
        if team is None or not team.officers:
            return
        scope = self.cast.liaison(rng, lead)
        life.set(at, assignee_id=rng.choice(team.officers).officer_id)
        life.record(EventKind.ASSIGNED, at, scope, on_behalf_of=_behalf(scope, lead))

    def _move(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        to = step.to or S.IN_PROGRESS
        lead = life.row["lead_agency_id"]
        desk_move = to in (S.RECEIVED, S.ARCHIVED, S.OUT_OF_JURISDICTION, S.DIVERTED_TO_EMERGENCY) or lead is None
        scope = self.cast.coordinator(rng) if desk_move else self._mover(rng, life, to)
        public = to in (S.INCOMPLETE, S.RESOLVED, S.UNRESOLVED)
        chosen = step.outcome if to is S.RESOLVED else step.reason
        details: dict[str, Any] = {"reason": chosen} if chosen else {}
        text = None
        if step.text:
            said = step.text.replace("{pukul}", f"{at.astimezone(self.zone):%H.%M}")
            text = life.keep(TextKind.EVIDENCE if to is S.RESOLVED else TextKind.NOTE, said)
        if text is not None and to is S.RESOLVED:
            digest = self.keys.text_digest(text.body).hex()
            details["texts"] = [{"kind": text.kind.value, "id": text.id, "digest": digest}]
        if to in CLOSED_STATUSES or to is S.INCOMPLETE:
            self._recall(life, at, scope)
        details |= self._asked(step)
        day = at.astimezone(self.zone).date()
        life.enter(
            at,
            to,
            hold_until=day + timedelta(days=step.hold_days) if step.hold_days else None,
            resumes=life.row["status"] if to is S.INCOMPLETE and not desk_move else None,
            referred_to_id=details.get("referredTo") if step.referred else None,
        )
        life.record(
            EventKind.STATUS_CHANGED,
            at,
            scope,
            text=text,
            changed=("holdCount",) if to is S.ON_HOLD else (),
            details=details if public else details | HIDDEN_NOTE,
            on_behalf_of=None if desk_move else _behalf(scope, lead),
        )

    def _asked(self, step: Step) -> dict[str, Any]:
        """What an event keeps of what the reporter is asked for, or of who is responsible."""
        if step.referred_to is None:
            return {"missing": list(step.missing)} if step.missing else {}
        body = self.cast.reference.agency_codes[step.referred_to].pk
        return {"referredTo": body, "referred": step.referred}

    def _mover(self, rng: Random, life: Life, to: TicketStatus) -> Scope:
        lead = life.row["lead_agency_id"]
        if self.cast.is_liaisons(to, lead):
            return self.cast.liaison(rng, lead)
        return self.cast.handler(rng, lead, life.row["assignee_id"], life.row["number"])

    def _draft(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        scope, _ = self._handler(rng, life)
        agency = self.cast.reference.agencies[life.row["lead_agency_id"]].name
        answer = {
            "id": next(life.supply.answers),
            "ticket_id": life.row["id"],
            "version": 1,
            "state": AnswerState.WAITING_APPROVAL,
            "text": (step.text or "").replace("{instansi}", agency),
            "author_id": scope.officer_id,
            "approver_id": None,
            "agency_id": scope.agency_id,
            "updated_at": at,
            "sent_at": None,
        }
        life.answers.append(answer)
        life.touch(answers_waiting=life.row["answers_waiting"] + 1)
        self._answered(life, EventKind.ANSWER_DRAFTED, at, scope, answer, written=True)

    def _approve(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        lead = life.row["lead_agency_id"]
        scope = self.cast.liaison(rng, lead)
        answer = life.answers[-1]
        answer.update(version=answer["version"] + 1, updated_at=at, approver_id=scope.officer_id)
        life.touch(answers_waiting=life.row["answers_waiting"] - 1)
        self._answered(life, EventKind.ANSWER_APPROVED, at, scope, answer, _behalf(scope, lead))

    def _answered(
        self,
        life: Life,
        kind: EventKind,
        at: datetime,
        scope: Scope,
        answer: dict[str, Any],
        on_behalf_of: int | None = None,
        *,
        written: bool = False,
    ) -> None:
        life.record(
            kind,
            at,
            scope,
            changed=("answers",),
            visibility=Visibility.INTER_AGENCY,
            details=_answer_details(answer),
            on_behalf_of=on_behalf_of,
            other_words={answer_word(answer["id"]): answer["text"]} if written else None,
        )

    def _send(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        lead = life.row["lead_agency_id"]
        scope = self.cast.liaison(rng, lead)
        answer = life.answers[-1]
        answer.update(version=answer["version"] + 1, state=AnswerState.SENT, sent_at=at, updated_at=at)
        text = life.keep(TextKind.ANSWER, answer["text"])
        life.enter(at, S.ANSWERED)
        life.record(
            EventKind.ANSWER_SENT,
            at,
            scope,
            text=text,
            changed=("answers",),
            details=_answer_details(answer),
            on_behalf_of=_behalf(scope, lead),
        )

    def _note(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        scope, _ = self._handler(rng, life)
        text = life.keep(TextKind.NOTE, step.text or "")
        life.record(
            EventKind.NOTE_ADDED, at, scope, text=text, changed=("timeline",), visibility=Visibility.INTER_AGENCY
        )

    def _reply(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        scope, _ = self._handler(rng, life)
        silences.reply(life, step.text or "", at, scope)

    def _silence(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        silences.close(life, at)

    def _go_on(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        """Extensions are asked for in the present only."""

    def _reopen(self, rng: Random, life: Life, step: Step, at: datetime) -> None:
        judged = step.reason in DESK_REASONS
        scope, behalf = (self.cast.coordinator(rng), None) if judged else self._handler(rng, life)
        life.enter(at, S.REOPENED, reopen_count=life.row["reopen_count"] + 1, merged_into_id=None)
        details = {"reason": step.reason, **HIDDEN_NOTE}
        life.record(EventKind.REOPENED, at, scope, details=details, on_behalf_of=behalf)

    def merge(self, rng: Random, life: Life, at: datetime, earlier: list[Life]) -> None:
        """Into the report that this one tells again, where that one is still open; else the report goes on alone."""
        first = next((each for each in earlier if each.form is life.form.again), None)
        if first is None or not continuing.stays_open(first, at):
            life.alone = True
            return
        target, scope = first, self.cast.coordinator(rng)
        life.enter(at, S.ARCHIVED, merged_into_id=target.row["id"])
        details = {"reason": "DUPLICATE", "into": target.row["id"], **HIDDEN_NOTE}
        life.record(EventKind.MERGED, at, scope, details=details)
        continuing.gain(target, life, at, scope, HIDDEN_NOTE)

    def _handler(self, rng: Random, life: Life) -> tuple[Scope, int | None]:
        lead = life.row["lead_agency_id"]
        scope = self.cast.handler(rng, lead, life.row["assignee_id"], life.row["number"])
        return scope, _behalf(scope, lead)

    def _recall(self, life: Life, at: datetime, scope: Scope) -> None:
        for answer in life.answers:
            if answer["state"] is AnswerState.WAITING_APPROVAL:
                waiting = life.row["answers_waiting"] - (answer["approver_id"] is None)
                answer.update(version=answer["version"] + 1, state=AnswerState.DRAFT, approver_id=None, updated_at=at)
                life.touch(answers_waiting=waiting)
                self._answered(life, EventKind.ANSWER_DRAFTED, at, scope, answer)


def _behalf(scope: Scope, lead: int | None) -> int | None:
    return None if lead == scope.agency_id else lead


def _answer_details(answer: dict[str, Any]) -> dict[str, Any]:
    return {"answer": answer["id"], "answerState": answer["state"].value, "answerVersion": answer["version"]}


ACTS = {
    Verb.VERIFY: RowActs._verify,
    Verb.DISPATCH: RowActs._dispatch,
    Verb.RETURN: RowActs._return,
    Verb.ASSIGN: RowActs._assign,
    Verb.MOVE: RowActs._move,
    Verb.DRAFT: RowActs._draft,
    Verb.APPROVE: RowActs._approve,
    Verb.SEND: RowActs._send,
    Verb.NOTE: RowActs._note,
    Verb.REOPEN: RowActs._reopen,
    Verb.REPLY: RowActs._reply,
    Verb.SILENCE: RowActs._silence,
    Verb.EXTEND: RowActs._go_on,
}
