"""The histories of simulated tickets: step by step, with the events that the use cases would write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from models.enums import ActorKind, EventKind, TicketStatus
from realtime.log import NewEvent, usual_visibility
from services.access.scopes import actor
from services.access.states import row_state
from services.core.keys import Keys
from services.simulation import continuing
from services.simulation.acting.rows import ACTS, RowActs
from services.simulation.cast import Cast
from services.simulation.forms import SELF_WRITTEN, Citizens, Form
from services.simulation.habits.habits import next_step
from services.simulation.habits.pace import at_any_hour, delay
from services.simulation.lives import Life, Supply, code_of, new_row
from services.simulation.scenario import Scenario
from services.simulation.steps import Step, Verb
from services.simulation.waiting import silences
from services.simulation.waiting.slowness import slowness

LONGEST = 60
# Others report the same within a few days: of so many latest reports one may be told again.
REPEATABLE = 30
S = TicketStatus


@dataclass(frozen=True, slots=True)
class Storyteller:
    """Makes whole histories of tickets, in which nothing is later than until."""

    scenario: Scenario
    cast: Cast
    keys: Keys
    zone: ZoneInfo
    until: datetime

    def lives(self, rng: Random, supply: Supply, moments: Sequence[datetime]) -> list[Life]:
        """The histories of tickets that came in at these moments, which stand in order."""
        citizens = Citizens(self.scenario, rng)
        lives: list[Life] = []
        for at in moments:
            latest = lives[-REPEATABLE:]
            form = citizens.write(at.astimezone(self.zone), partial(_still_open, latest, at))
            lives.append(self.life(rng, supply, form, at, latest))
        return lives

    def life(self, rng: Random, supply: Supply, form: Form, at: datetime, earlier: list[Life]) -> Life:
        """The history of a ticket received at a moment; it may be merged into one of the earlier ones."""
        life = self._received(rng, supply, form, at)
        for _ in range(LONGEST):
            step = next_step(rng, self.scenario, life.situation(self.scenario, self.cast.reference))
            if step is None:
                break
            then = self._moment(rng, life, step, at)
            if then is None or then > self.until:
                break
            at = then
            self._act(rng, life, step, at, earlier)
        continuing.tell(life, earlier)
        return life

    def _moment(self, rng: Random, life: Life, step: Step, at: datetime) -> datetime | None:
        """When the step is done: officers keep office hours, but for what is urgent; None for never."""
        if step.verb is Verb.SILENCE:
            return silences.silent_at(life, self.cast.reference, self.zone)
        office_time = self.scenario.rhythm.office_time
        if life.row["status"] is S.ON_HOLD and life.row["hold_until"] is not None:
            wait = life.row["hold_until"] - at.astimezone(self.zone).date()
            return office_time(rng, at + max(wait, timedelta(hours=1)), self.zone)
        slow = slowness(life.row["number"], life.row["status"], life.form.template)
        moment = at + delay(rng, step, life.form.template) * slow
        lead = code_of(self.cast.reference, life.row["lead_agency_id"])
        if at_any_hour(step, life.form.template, lead, self.scenario):
            return moment
        return office_time(rng, moment, self.zone)

    def _received(self, rng: Random, supply: Supply, form: Form, at: datetime) -> Life:
        written = form.channel in SELF_WRITTEN
        scope = None if written else self.cast.on_watch(at.astimezone(self.zone))
        submitter = f"address:{rng.getrandbits(128):032x}" if scope is None else scope.principal
        reported = self.cast.reference.agency_codes.get(form.reported_agency_code or "")
        row = new_row(supply, form, at, submitter, reported.pk if reported else None)
        life = Life(form, self.keys, supply, row, row_state(row))
        who = {"actor_kind": ActorKind.REPORTER} if scope is None else actor(scope)
        key = row["id"]
        life.events.append(
            NewEvent(
                kind=EventKind.SUBMITTED,
                visibility=usual_visibility(EventKind.SUBMITTED),
                at=at,
                **who,
                ticket_id=key,
                subject_id=key,
                version=1,
                after=life.state,
                words=life.bound(),
            )
        )
        return life

    def _act(self, rng: Random, life: Life, step: Step, at: datetime, earlier: list[Life]) -> None:
        acts = RowActs(self.cast, self.keys, self.zone)
        if step.verb is Verb.MERGE:
            acts.merge(rng, life, at, earlier)
        else:
            ACTS[step.verb](acts, rng, life, step, at)


def _still_open(lives: list[Life], at: datetime) -> list[Form]:
    return [life.form for life in lives if continuing.stays_open(life, at)]
