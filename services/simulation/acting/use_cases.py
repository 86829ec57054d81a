"""What simulated people do in the present: through the use cases that everybody goes through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from models import Answer, Ticket
from models.enums import OPEN_STATUSES, Channel, Classification, TicketStatus, Visibility
from services.access.scopes import Scope
from services.clocks import replies
from services.core.desk import Desk
from services.reasons.reasons import DESK_REASONS
from services.simulation.cast import Cast
from services.simulation.day.templates import Template
from services.simulation.scenario import Scenario
from services.simulation.steps import Step, Verb
from services.simulation.waiting.extending import extend
from services.tickets import answers, assigning, commands, editing, merging, moves
from services.tickets.case import Done


@dataclass(frozen=True, slots=True)
class UseCaseActs:
    """Does with a ticket what was chosen, as somebody who may do it."""

    desk: Desk
    scenario: Scenario
    cast: Cast
    rng: Random

    async def do(self, ticket: Ticket, answer: Answer | None, step: Step) -> None:
        """Let somebody who may do this step do it."""
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
        template = self.template_of(ticket)
        command = commands.Verify(
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
        target = await self.earlier(ticket)
        if target is None:
            return
        command = merging.Merge(ticket.id, ticket.version, target.number)
        await merging.merge(self.desk, self._coordinator(), command)

    async def earlier(self, ticket: Ticket) -> Ticket | None:
        """The open ticket that told the same of the same place before."""
        if ticket.address is None or ticket.status is not TicketStatus.RECEIVED:
            return None
        alike = Ticket.filter(title=ticket.title, address=ticket.address, merged_into_id=None, id__lt=ticket.id)
        return await alike.filter(status__in=OPEN_STATUSES).order_by("-id").first()

    async def _move(self, ticket: Ticket, step: Step) -> None:
        to = step.to or TicketStatus.IN_PROGRESS
        resolved = to is TicketStatus.RESOLVED
        text = None if step.text is None else step.text.replace("{pukul}", f"{self.local():%H.%M}")
        command = commands.ChangeStatus(
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
            await replies.record_reply(self.desk, scope, replies.RecordReply(ticket.id, step.text or "", Channel.PHONE))
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

    def template_of(self, ticket: Ticket) -> Template | None:
        """The case that a ticket is of; None where it is of no case of the simulation."""
        category = self.cast.reference.categories.get(ticket.category_id or 0)
        return self.scenario.template_of(category.code if category else None, ticket.title)

    def local(self) -> datetime:
        """Now, by the city's clocks."""
        return self.desk.now().astimezone(self.desk.rules.zone)


def _day(desk: Desk, days: int) -> date | None:
    return desk.today() + timedelta(days=days) if days else None
