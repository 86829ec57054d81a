"""Random use cases by everybody, on the same few tickets: what `bench.storm` does, and tests of walks too."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from models import Answer, Ticket
from models.enums import (
    AnswerState,
    Channel,
    Classification,
    MoveMutation,
    MoveNeed,
    TicketStatus,
    Visibility,
)
from services.access import access
from services.access.scopes import Scope
from services.access.states import ticket_state
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal, Refusal
from services.core.transactions import BUSY
from services.credentials import identify
from services.intake import submissions
from services.intake.forms import Person, Submission
from services.reasons.reasons import MISSING
from services.reporters import citizens, erasure, reporters
from services.tickets import answers, assigning, commands, editing, merging, moves, workflow
from services.tickets.location import Place
from services.tickets.table.rows import OpenMove

HOT, FEWEST, TOGETHER, SHOWN = 12, 8, 4, 300
WORDS = ("lampu", "jalan", "padam", "saluran", "sampah", "pasar", "air", "keruh", "parkir", "pungli", "sekolah")
WAITING = (AnswerState.WAITING_APPROVAL,)
EDITABLE = (AnswerState.DRAFT, AnswerState.REJECTED)


@dataclass(slots=True)
class Player:
    """One process: its desk, everybody who may act, and what came of it."""

    desk: Desk
    staff: Sequence[Scope]
    codes: Sequence[str]
    outside: Sequence[str]
    places: Sequence[str]
    rng: Random
    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    async def play(self, acts: int) -> None:
        """Do so many things, a few at a time."""
        left = iter(range(acts))

        async def one_after_another() -> None:
            for _ in left:
                await self.act()

        await asyncio.gather(*(one_after_another() for _ in range(TOGETHER)))

    async def act(self) -> None:
        """One thing that somebody tries, with what came of it."""
        try:
            await self._something()
            self.counts["done"] += 1
        except Refusal as refusal:
            self.counts[type(refusal).__name__] += 1
        except EdgeRefusal as refusal:
            self.counts[refusal.code] += 1
        except BUSY as busy:
            self.counts[type(busy).__name__] += 1
        except Exception as wrong:  # whatever it is: this is what is looked for
            self.broken.append(repr(wrong)[:SHOWN])

    async def _something(self) -> None:
        rng = self.rng
        hot = await Ticket.filter(external_keys=[]).order_by("-id").limit(HOT)
        if len(hot) < FEWEST or rng.random() < 0.08:
            return await self.submit()
        ticket = rng.choice(hot)
        state = ticket_state(ticket)
        seeing = [scope for scope in self.staff if access.sees(scope, state)]
        scope = rng.choice(seeing if seeing and rng.random() < 0.9 else self.staff)
        if rng.random() < 0.5 and (open_ := workflow.open_moves(scope.sight, state)):
            return await self.move(scope, ticket, rng.choice(open_))
        act = rng.choices(list(OTHERS), list(OTHERS.values()))[0]
        return await act(self, scope, ticket)

    def sentence(self, most: int = 12) -> str:
        return " ".join(self.rng.choices(WORDS, k=self.rng.randint(3, most)))

    def version(self, ticket: Ticket) -> int:
        """Mostly the one that was read."""
        return max(ticket.version - (self.rng.random() < 0.05), 1)

    async def answer(self, ticket: Ticket, states: Sequence[AnswerState]) -> Answer | None:
        found = await Answer.filter(ticket_id=ticket.id, state__in=list(states))
        return self.rng.choice(found) if found else None

    async def submit(self) -> None:
        """A new report, one in three the same as another one of its sender, which the desk merges by itself."""
        rng, same = self.rng, self.rng.random() < 0.3
        form = Submission(
            title="Lampu jalan padam" if same else self.sentence(6),
            body="Sama seperti kemarin." if same else self.sentence(30),
            channel=Channel.SURGA_WEB,
            anonymous=None if same else rng.choice((None, True, False)),
            confidential=None if same else rng.choice((None, True, False, False)),
            reported_agency_code=None if same else rng.choice((None, None, rng.choice(self.codes))),
            reporter=None if same else Person("Nama Rekaan", "0812012345678"),
            place=None if same else Place(rng.choice(self.places), self.sentence(3), -7.8, 112.0),
        )
        await submissions.submit(self.desk, identify.anonymous(f"{rng.randint(0, 2):032x}"), form)

    async def move(self, scope: Scope, ticket: Ticket, move: OpenMove) -> None:
        """One of the moves that the caller may make."""
        needs, rng = move.needs, self.rng
        note = self.sentence() if MoveNeed.NOTE in needs or rng.random() < 0.3 else None
        reason = rng.choice(move.reason_codes) if move.reason_codes else ""
        version = self.version(ticket)
        if move.by is MoveMutation.MERGE:
            await self.merge(scope, ticket)
        elif move.by is MoveMutation.SEND_ANSWER:
            await self.send(scope, ticket)
        elif move.by is MoveMutation.VERIFY:
            await moves.verify(self.desk, scope, self._verification(ticket, note))
        elif move.by is MoveMutation.DISPATCH:
            lead, *supporting = rng.sample(self.codes, rng.randint(1, 3))
            await moves.dispatch(
                self.desk, scope, commands.Dispatch(ticket.id, version, lead, tuple(supporting), note or "alasan")
            )
        elif move.by is MoveMutation.RETURN:
            await moves.return_(self.desk, scope, commands.Return(ticket.id, version, reason, note))
        elif move.by is MoveMutation.REOPEN:
            await moves.reopen(self.desk, scope, commands.Reopen(ticket.id, version, reason, note))
        else:
            await moves.change_status(self.desk, scope, self._status(ticket, move, note, reason))

    def _verification(self, ticket: Ticket, note: str | None) -> commands.Verify:
        rng = self.rng
        return commands.Verify(
            ticket.id,
            self.version(ticket),
            rng.choice(list(Classification)),
            supervisory=rng.choice((None, None, True)),
            confidential=rng.choice((None, None, True)),
            reported_agency_code=rng.choice((None, None, rng.choice(self.codes))),
            title=rng.choice((None, self.sentence(5))),
            note=note,
        )

    def _status(self, ticket: Ticket, move: OpenMove, note: str | None, reason: str) -> commands.ChangeStatus:
        return commands.ChangeStatus(
            ticket.id,
            self.version(ticket),
            move.to,
            note,
            reason or None,
            self.desk.today() + timedelta(days=5) if MoveNeed.UNTIL in move.needs else None,
            (commands.Evidence(self.sentence()),) if MoveNeed.EVIDENCE in move.needs else (),
            prolong=move.to is ticket.status,
            missing=self._missing() if move.to is TicketStatus.INCOMPLETE else (),
            referred_to_agency_code=self.rng.choice(self.outside) if MoveNeed.AGENCY in move.needs else None,
            referred=self.rng.choice((None, True, False)) if MoveNeed.AGENCY in move.needs else None,
        )

    def _missing(self) -> tuple[str, ...]:
        return tuple(self.rng.sample(MISSING, self.rng.randint(0, 2)))

    async def merge(self, scope: Scope, ticket: Ticket) -> None:
        others = await Ticket.filter(merged_into_id=None).order_by("-id").limit(HOT)
        into = self.rng.choice(others)
        await merging.merge(self.desk, scope, merging.Merge(ticket.id, self.version(ticket), into.number, "kembar"))

    async def archive(self, scope: Scope, ticket: Ticket) -> None:
        """Of itself, so that its duplicates come back, or for the matter, so that they stay."""
        known, reason = (ticket.id, self.version(ticket)), self.rng.choice(("SPAM", "WITHDRAWN", "NOT_RELEVANT"))
        command = commands.ChangeStatus(*known, TicketStatus.ARCHIVED, self.sentence(), reason)
        await moves.change_status(self.desk, scope, command)

    async def reopen(self, scope: Scope, ticket: Ticket) -> None:
        known = (ticket.id, self.version(ticket))
        await moves.reopen(self.desk, scope, commands.Reopen(*known, "NEW_INFORMATION", self.sentence()))

    async def draft(self, scope: Scope, ticket: Ticket) -> None:
        old = await self.answer(ticket, EDITABLE) if self.rng.random() < 0.5 else None
        key, version = (old.id, old.version) if old else (None, None)
        submit = self.rng.random() < 0.8
        await answers.save_draft(self.desk, scope, answers.Draft(ticket.id, self.sentence(), key, version, submit))

    async def review(self, scope: Scope, ticket: Ticket) -> None:
        if old := await self.answer(ticket, WAITING):
            approve = self.rng.random() < 0.6
            await answers.review(self.desk, scope, answers.Review(old.id, old.version, approve, self.sentence()))

    async def recall(self, scope: Scope, ticket: Ticket) -> None:
        if old := await self.answer(ticket, WAITING):
            await answers.recall(self.desk, scope, answers.Recall(old.id, old.version))

    async def send(self, scope: Scope, ticket: Ticket) -> None:
        if old := await self.answer(ticket, WAITING):
            await answers.send(self.desk, scope, answers.Send(ticket.id, self.version(ticket), old.id))

    async def note(self, scope: Scope, ticket: Ticket) -> None:
        visibility = self.rng.choice(list(Visibility))
        await editing.add_note(self.desk, scope, editing.Note(ticket.id, self.sentence(), visibility))

    async def edit(self, scope: Scope, ticket: Ticket) -> None:
        agency = self.rng.choice((None, self.rng.choice(self.codes)))
        values = {"title": self.sentence(5), "body": self.sentence(), "reported_agency_code": agency}
        place = Place(self.rng.choice(self.places), self.sentence(3))
        await editing.edit(self.desk, scope, editing.Edit(ticket.id, self.version(ticket), **values, place=place))

    async def assign(self, scope: Scope, ticket: Ticket) -> None:
        mates = [each.officer_id for each in self.staff if each.agency_id == ticket.lead_agency_id]
        officer = self.rng.choice([*mates, None])
        await assigning.assign(self.desk, scope, commands.Assign(ticket.id, self.version(ticket), officer))

    async def reveal(self, scope: Scope, ticket: Ticket) -> None:
        await reporters.reveal(self.desk, scope, reporters.Reveal(ticket.id, self.sentence()))

    async def find(self, scope: Scope, _: Ticket) -> None:
        await reporters.find(self.desk, scope, reporters.Lookup(phone="0812012345678"))

    async def erase(self, scope: Scope, ticket: Ticket) -> None:
        await erasure.erase(self.desk, scope, erasure.Erasure(ticket.id, self.version(ticket), "REPORTER_REQUEST"))

    async def rotate(self, scope: Scope, ticket: Ticket) -> None:
        await citizens.rotate_secret(self.desk, scope, citizens.RotateSecret(ticket.id, self.sentence()))

    async def come_in(self, _: Scope, ticket: Ticket) -> None:
        """The citizen, by the secret that was read a moment ago."""
        secret = self.desk.keys.tracking_secret(ticket.id, ticket.secret_rotation, ticket.secret_salt)
        await citizens.start_session(self.desk, ticket.number, secret)


Act = Callable[[Player, Scope, Ticket], Awaitable[None]]
# How often each is tried beside the moves of the table; our choice, so that tickets live before they are erased.
OTHERS: dict[Act, int] = {
    Player.merge: 14,
    Player.archive: 6,
    Player.reopen: 6,
    Player.draft: 16,
    Player.review: 14,
    Player.recall: 8,
    Player.send: 8,
    Player.note: 5,
    Player.edit: 6,
    Player.assign: 6,
    Player.reveal: 3,
    Player.find: 1,
    Player.erase: 3,
    Player.rotate: 2,
    Player.come_in: 2,
}
