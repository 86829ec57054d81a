"""The simulation of the present: officers and citizens act through the real use cases, at a rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import asyncpg
from tortoise.exceptions import DBConnectionError

from models import Answer, Ticket, TicketText
from models.enums import OPEN_STATUSES, AnswerState, Purpose, TicketStatus
from services.core.desk import Desk
from services.core.installation import require
from services.core.refusals import EdgeRefusal, Refusal
from services.credentials import identify
from services.intake import forms, submissions
from services.simulation.acting.use_cases import UseCaseActs
from services.simulation.cast import Cast, read_cast
from services.simulation.day.rhythm import Load
from services.simulation.day.templates import Template
from services.simulation.forms import SELF_WRITTEN, Citizens, Form, words_of
from services.simulation.habits.habits import next_step
from services.simulation.habits.pace import at_any_hour
from services.simulation.lives import code_of
from services.simulation.scenario import Scenario, scenario_of
from services.simulation.steps import AnswerProgress, Situation, Step, Verb
from services.tickets import location

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

    @property
    def _acts(self) -> UseCaseActs:
        return UseCaseActs(self.desk, self.scenario, self.cast, self.rng)

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
        local, rhythm = self._acts.local(), self.scenario.rhythm
        count = rhythm.count(Random(local.toordinal()), local.date(), self.load)  # noqa: S311 - a play
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        due = count * rhythm.passed(local) if self.office_hours else count
        return await Ticket.filter(received_at__gte=midnight).count() < due

    async def _submit(self) -> Act:
        local = self._acts.local()
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
        await self._acts.do(ticket, answer, step)
        return Act(step.verb.value if step.to is None else step.to.value, ticket.number)

    def _waits(self, step: Step, ticket: Ticket, template: Template) -> bool:
        """Whether this is left for the next office day."""
        if not self.office_hours or self.scenario.rhythm.is_open(self._acts.local()):
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
        template = self._acts.template_of(ticket)
        if template is None:  # nobody of the play knows what to do with it
            return None
        reply = (
            AnswerProgress.NONE
            if answer is None
            else AnswerProgress.WAITING
            if answer.approver_id is None
            else AnswerProgress.APPROVED
        )
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
            again=await self._acts.earlier(ticket) is not None,
            said=frozenset(text.body for text in await TicketText.filter(ticket_id=ticket.id)),
            resumes=ticket.resumes,
        )

    def _words(self, ticket: Ticket, template: Template) -> dict[str, str]:
        columns = {"kelurahan_id": _kelurahan(ticket), "address": ticket.address, "title": ticket.title}
        return words_of(self.scenario, template, columns)


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
