"""The simulation of the present: officers and citizens act through the real use cases, at a rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

import asyncpg
from tortoise.exceptions import DBConnectionError

from models import Answer, Ticket, TicketText
from models.enums import OPEN_STATUSES, AnswerState, Channel, Classification, Purpose, TicketStatus, Visibility
from services.access.scopes import Scope
from services.clocks import replies
from services.core.desk import Desk
from services.core.installation import require
from services.core.refusals import EdgeRefusal, Refusal
from services.credentials import identify
from services.intake import forms, submissions
from services.reasons.reasons import DESK_REASONS
from services.simulation.cast import Cast, read_cast
from services.simulation.day.rhythm import Load
from services.simulation.day.templates import Template
from services.simulation.forms import SELF_WRITTEN, Citizens, Form, words_of
from services.simulation.lives import code_of
from services.simulation.scenario import Scenario, scenario_of
from services.simulation.steps import Reply, Situation, Step, Verb, at_any_hour, next_step
from services.simulation.waiting.extending import extend
from services.tickets import answers, assigning, commands, editing, location, merging, moves
from services.tickets.case import Done

RECENT = 200
CLOSED_RECENT = 40
# One report in so many acts, about as many as a ticket needs to its end: the desk neither fills nor empties.
ACTS_PER_TICKET = 7
# Acts per minute where nobody says: enough to watch, in fast motion.
RATES = {Load.QUIET: 10.0, Load.BUSY: 20.0}
# With so many open tickets people work on them before new ones are written.
CROWDED = 1_000
# While the database is away nobody can act; the play goes on when it is back.
OUTAGES = (OSError, DBConnectionError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did: the verb (SUBMIT for a new report), and the number of the ticket."""

    verb: str
    number: str


OnAct = Callable[[Act], None]


async def play(
    desk: Desk,
    scenario: Scenario | None = None,
    *,
    rate: float = 20.0,
    seed: int = 1,
    stop: asyncio.Event | None = None,
    acts: int | None = None,
    on_act: OnAct | None = None,
    load: Load | None = None,
    office_hours: bool = False,
) -> int:
    """Let people act, rate times a minute, until stop is set or so many acts are done; gives the number of acts.

    With a load, new reports come in only up to what such a day has, and then as the desk gets done with the open ones;
    without one as fast as people act. With office_hours officers rest when offices are closed, but for what is urgent,
    and a day's reports come in over the day. The same seed on the same desk plays the same acts in the same order.
    """
    await require(Purpose.DEMO, Purpose.TEST)
    stop = stop or asyncio.Event()
    stage = await _stage(desk, scenario, seed, load, office_hours)
    done = 0
    while not stop.is_set() and (acts is None or done < acts):
        act = await stage.act()
        if act is not None:
            done += 1
            if on_act is not None:
                on_act(act)
        await _pause(stop, stage.rng.expovariate(rate / 60))
    return done


async def _stage(desk: Desk, scenario: Scenario | None, seed: int, load: Load | None, office_hours: bool) -> Stage:
    found, rng = scenario or await scenario_of(desk), Random(seed)  # noqa: S311 - a play
    return Stage(desk, found, await read_cast(desk), rng, Citizens(found, rng), load, office_hours)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


@dataclass(frozen=True, slots=True)
class Stage:
    """What the simulation of the present needs: the desk, its staff and the random generator."""

    desk: Desk
    scenario: Scenario
    cast: Cast
    rng: Random
    citizens: Citizens
    load: Load | None = None
    office_hours: bool = False

    async def act(self) -> Act | None:
        """One thing that somebody does now; None where they found nothing to do, or somebody else was faster."""
        busy = await Ticket.filter(status__in=list(OPEN_STATUSES)).count()
        try:
            if busy < ACTS_PER_TICKET or (
                busy < CROWDED and self.rng.randrange(ACTS_PER_TICKET) == 0 and await self._more()
            ):
                return await self._submit()
            return await self._work()
        except (Refusal, EdgeRefusal, *OUTAGES):
            return None

    async def _more(self) -> bool:
        """Whether the day still has reports to come."""
        if self.load is None:
            return True
        local, rhythm = self._local(), self.scenario.rhythm
        count = rhythm.count(Random(local.toordinal()), local.date(), self.load)  # noqa: S311 - a play
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        due = count * rhythm.passed(local) if self.office_hours else count
        return await Ticket.filter(received_at__gte=midnight).count() < due

    def _local(self) -> datetime:
        """Now, by the city's clocks."""
        return self.desk.now().astimezone(self.desk.rules.zone)

    async def _submit(self) -> Act:
        local = self._local()
        form = self.citizens.write(local, lambda: list(self.citizens.latest))
        alone = form.channel in SELF_WRITTEN
        scope = identify.anonymous(f"{self.rng.getrandbits(128):032x}") if alone else self.cast.on_watch(local)
        done = await submissions.submit(self.desk, scope, _submission(form))
        return Act("SUBMIT", done.ticket.number)

    async def _work(self) -> Act | None:
        ticket = await self._pick()
        if ticket is None:
            return None
        answer = await Answer.filter(ticket_id=ticket.id, state=AnswerState.WAITING_APPROVAL).order_by("id").first()
        seen = await self._situation(ticket, answer)
        step = None if seen is None else next_step(self.rng, self.scenario, seen)
        if seen is None or step is None or step.verb is Verb.SILENCE or self._waits(step, ticket, seen.template):
            return None
        await self._do(ticket, answer, step)
        return Act(step.verb.value if step.to is None else step.to.value, ticket.number)

    def _waits(self, step: Step, ticket: Ticket, template: Template) -> bool:
        """Whether this is left for the next office day."""
        if not self.office_hours or self.scenario.rhythm.is_open(self._local()):
            return False
        lead = code_of(self.cast.reference, ticket.lead_agency_id)
        return not at_any_hour(step, template, lead, self.scenario)

    async def _pick(self) -> Ticket | None:
        """Mostly one of the latest open tickets; now and then a resolved one, which may be reopened."""
        closed = self.rng.randrange(100) < 3
        statuses = [TicketStatus.RESOLVED] if closed else list(OPEN_STATUSES)
        found = Ticket.filter(status__in=statuses, external_keys=[]).order_by("-received_at", "-id")
        keys = await found.limit(CLOSED_RECENT if closed else RECENT).values_list("id", flat=True)
        return await Ticket.get(id=self.rng.choice(list(keys))) if keys else None

    async def _situation(self, ticket: Ticket, answer: Answer | None) -> Situation | None:
        template = self._template(ticket)
        if template is None:  # nobody of the play knows what to do with it
            return None
        reply = Reply.NONE if answer is None else Reply.WAITING if answer.approver_id is None else Reply.APPROVED
        return Situation(
            status=ticket.status,
            template=template,
            number=ticket.number,
            led=ticket.lead_agency_id is not None,
            assigned=ticket.assignee_id is not None,
            reply=reply,
            returns=ticket.return_count,
            reopens=ticket.reopen_count,
            supervisory=ticket.supervisory,
            classification=ticket.classification,
            kecamatan=self.scenario.places.kecamatan_of(_kelurahan(ticket)),
            words=self._words(ticket, template),
            lead=code_of(self.cast.reference, ticket.lead_agency_id),
            supporting=frozenset(self.cast.reference.agencies[key].code for key in ticket.supporting_agency_ids),
            again=await self._earlier(ticket) is not None,
            said=frozenset(text.body for text in await TicketText.filter(ticket_id=ticket.id)),
            resumes=ticket.resumes,
        )

    def _template(self, ticket: Ticket) -> Template | None:
        category = self.cast.reference.categories.get(ticket.category_id or 0)
        return self.scenario.template_of(category.code if category else None, ticket.title)

    def _words(self, ticket: Ticket, template: Template) -> dict[str, str]:
        columns = {"kelurahan_id": _kelurahan(ticket), "address": ticket.address, "title": ticket.title}
        return words_of(self.scenario, template, columns)

    async def _do(self, ticket: Ticket, answer: Answer | None, step: Step) -> None:
        if step.verb is Verb.VERIFY:
            await self._verify(ticket, step)
        elif step.verb is Verb.DISPATCH:
            await moves.dispatch(self.desk, self._coordinator(), self._dispatch(ticket, step))
        elif step.verb is Verb.MERGE:
            await self._merge(ticket)
        elif step.verb is Verb.MOVE:
            await self._move(ticket, step)
        elif step.verb in (Verb.DRAFT, Verb.APPROVE, Verb.SEND):
            await self._answer(ticket, answer, step)
        elif step.verb in (Verb.REPLY, Verb.EXTEND):
            await self._speak(ticket, step)
        else:
            await self._handle(ticket, step)

    async def _verify(self, ticket: Ticket, step: Step) -> None:
        template = self._template(ticket)
        command = commands.Verification(
            ticket_id=ticket.id,
            expected_version=ticket.version,
            classification=step.classification or Classification.COMPLAINT,
            category_code=template.category if template else None,
            supervisory=True if step.supervisory else None,
        )
        await moves.verify(self.desk, self._coordinator(), command)

    def _dispatch(self, ticket: Ticket, step: Step) -> commands.Dispatch:
        return commands.Dispatch(ticket.id, ticket.version, step.agency or "", step.supporting, step.text)

    async def _merge(self, ticket: Ticket) -> None:
        target = await self._earlier(ticket)
        if target is None:
            return
        command = merging.Merge(ticket.id, ticket.version, target.number)
        await merging.merge(self.desk, self._coordinator(), command)

    async def _earlier(self, ticket: Ticket) -> Ticket | None:
        """The open ticket that told the same of the same place before."""
        if ticket.address is None or ticket.status is not TicketStatus.RECEIVED:
            return None
        alike = Ticket.filter(title=ticket.title, address=ticket.address, merged_into_id=None, id__lt=ticket.id)
        return await alike.filter(status__in=OPEN_STATUSES).order_by("-id").first()

    async def _move(self, ticket: Ticket, step: Step) -> None:
        to = step.to or TicketStatus.IN_PROGRESS
        resolved = to is TicketStatus.RESOLVED
        text = None if step.text is None else step.text.replace("{pukul}", f"{self._local():%H.%M}")
        command = commands.StatusChange(
            ticket_id=ticket.id,
            expected_version=ticket.version,
            status=to,
            note=None if resolved else text,
            reason_code=step.outcome if resolved else step.reason,
            until=_day(self.desk, step.hold_days),
            evidence=(commands.Evidence(text or ""),) if resolved else (),
            missing=step.missing,
            referred_to_agency_code=step.referred_to,
            referred=step.referred or None,
        )
        await moves.change_status(self.desk, self._mover(ticket, to), command)

    async def _answer(self, ticket: Ticket, answer: Answer | None, step: Step) -> None:
        lead = ticket.lead_agency_id or 0
        if answer is None:
            text = (step.text or "").replace("{instansi}", self.cast.reference.agencies[lead].name)
            scope = self.cast.handler(self.rng, lead, ticket.assignee_id, ticket.number)
            await answers.save_draft(self.desk, scope, answers.Draft(ticket.id, text, submit=True))
        elif step.verb is Verb.APPROVE:
            scope = self.cast.liaison(self.rng, lead)
            await answers.review(self.desk, scope, answers.Review(answer.id, answer.version, approve=True))
        else:
            scope = self.cast.liaison(self.rng, lead)
            await answers.send(self.desk, scope, answers.Send(ticket.id, ticket.version, answer.id))

    async def _speak(self, ticket: Ticket, step: Step) -> None:
        """A reply of the reporter is noted, or more time is asked for, which the desk grants or refuses."""
        scope = self.cast.handler(self.rng, ticket.lead_agency_id or 0, ticket.assignee_id, ticket.number)
        if step.verb is Verb.REPLY:
            await replies.record_reply(self.desk, scope, replies.Reply(ticket.id, step.text or "", Channel.PHONE))
        else:
            await extend(self.desk, scope, self._coordinator(), ticket.id, ticket.version, step.text or "")

    async def _handle(self, ticket: Ticket, step: Step) -> Done:
        lead = ticket.lead_agency_id or 0
        judged = step.reason in DESK_REASONS
        scope = self._coordinator() if judged else self.cast.handler(self.rng, lead, ticket.assignee_id, ticket.number)
        if step.verb is Verb.RETURN:
            return await moves.return_(self.desk, scope, commands.Return(ticket.id, ticket.version, step.reason or ""))
        if step.verb is Verb.REOPEN:
            return await moves.reopen(self.desk, scope, commands.Reopen(ticket.id, ticket.version, step.reason or ""))
        if step.verb is Verb.NOTE:
            note = editing.Note(ticket.id, step.text or "", Visibility.INTER_AGENCY)
            return await editing.add_note(self.desk, scope, note)
        scope, team = self.cast.liaison(self.rng, lead), self.cast.teams.get(lead)
        officer = self.rng.choice(team.officers).officer_id if team is not None and team.officers else None
        return await assigning.assign(self.desk, scope, commands.Assign(ticket.id, ticket.version, officer))

    def _mover(self, ticket: Ticket, to: TicketStatus) -> Scope:
        lead = ticket.lead_agency_id
        desk_moves = (TicketStatus.RECEIVED, TicketStatus.ARCHIVED, TicketStatus.OUT_OF_JURISDICTION)
        if lead is None or to in desk_moves:
            return self._coordinator()
        if self.cast.is_liaisons(to, lead):
            return self.cast.liaison(self.rng, lead)
        return self.cast.handler(self.rng, lead, ticket.assignee_id, ticket.number)

    def _coordinator(self) -> Scope:
        return self.cast.coordinator(self.rng)


def _submission(form: Form) -> forms.Submission:
    named = form.reporter_name is not None
    return forms.Submission(
        title=form.title,
        body=form.body,
        channel=form.channel,
        occurred_on=form.occurred_on,
        anonymous=form.anonymous,
        confidential=form.confidential,
        reported_agency_code=form.reported_agency_code,
        place=location.Place(form.kelurahan_code, form.address) if form.kelurahan_code or form.address else None,
        reporter=forms.Person(form.reporter_name, form.reporter_phone) if named else None,
    )


def _kelurahan(ticket: Ticket) -> str | None:
    key: str | None = ticket.kelurahan_id
    return key


def _day(desk: Desk, days: int) -> date | None:
    return desk.today() + timedelta(days=days) if days else None
