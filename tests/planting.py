"""Lives of tickets by every mutation of theirs, with a mark in every text that the schema takes."""

from __future__ import annotations

import json
from typing import Any

from models import Answer, Assignment, Escalation, Extension, Ticket, UnresolvedCase
from models.enums import ClockKind, Role
from services.core.nodes import node_id
from tests.clients.town import Town
from tests.services.clocks.rules import give_policy
from tests.spills import NIK_MARK, PHONE_MARK, note
from tests.words_of_the_schema import document_of, mark_of, marked_variables, texts_of

NO_CODES = {"sp4n": None, "categoryCode": None, "reportedAgencyCode": None, "location.kelurahanCode": None}
DISPATCH = {"leadAgencyCode": "dpupr", "supportingAgencyCodes": None}
PHONE, NIK = f"+62{PHONE_MARK}77", f"{NIK_MARK}7"


class Planter:
    """Calls mutations with marks in their texts, and remembers which were taken."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.planted: set[str] = set()

    async def send(self, who: str | None, mutation: str, given: dict[str, Any]) -> dict[str, Any]:
        """The answer to a call with a mark in every text, but for what is given by coordinate under `input`."""
        values = {f"{mutation}.input.{name}": value for name, value in given.items()}
        variables = marked_variables(mutation, values)
        for path in texts_of(mutation):
            note("word", mark_of(path))
        answer = await self.town.post(self.town.tokens[who] if who else None, document_of(mutation), variables)
        return {**answer, "sent": json.dumps(variables)}

    async def plant(self, who: str | None, mutation: str, **given: Any) -> None:
        """The same, where it has to be taken."""
        answer = await self.send(who, mutation, given)
        assert "errors" not in answer, (mutation, answer)
        assert answer["data"][mutation].get("errors", []) == [], (mutation, answer)
        self.planted |= {path for path in texts_of(mutation) if mark_of(path) in answer["sent"]}


async def plant_all(planter: Planter) -> list[int]:
    """Three tickets' lives by every mutation of theirs, with a mark in every text; gives the tickets."""
    first = await submitted(planter, idempotency=True)
    await plant_handling(planter, first)
    await plant_answers(planter, first)
    await plant_end(planter, first)
    await plant_looks(planter, first)
    second = await submitted(planter, idempotency=False)
    number = (await Ticket.get(id=first)).number
    await planter.plant("coordinator", "mergeTicket", **await version_of(second), intoNumber=number)
    return [first, second, await plant_case(planter)]


async def submitted(planter: Planter, *, idempotency: bool) -> int:
    """A new ticket; the second one of a life has neither a key nor a name in another system."""
    own = {} if idempotency else {"idempotencyKey": None, "externalId": None}
    flags = {"anonymous": not idempotency, "confidential": not idempotency}
    await planter.plant("officer", "submitTicket", **NO_CODES, **person(), **own, **flags)
    made = await Ticket.all().order_by("-id").first()
    assert made is not None
    return made.id


async def version_of(ticket: int) -> dict[str, Any]:
    """The id and the version of now, as inputs name them."""
    return {"id": node_id("Ticket", ticket), "expectedVersion": (await Ticket.get(id=ticket)).version}


async def plant_handling(planter: Planter, ticket: int) -> None:
    """Verified, corrected, returned, dispatched, assigned and begun, with a note."""
    plant = planter.plant
    target = {f"dispatch.{name}": value for name, value in DISPATCH.items()}
    await plant("coordinator", "verifyTicket", **await version_of(ticket), **NO_CODES, **target)
    await plant("officer", "editTicket", **await version_of(ticket), **NO_CODES)
    await plant("liaison", "returnTicket", **await version_of(ticket), reasonCode="NOT_OUR_DUTY")
    await plant("coordinator", "dispatchTicket", **await version_of(ticket), **DISPATCH)
    officer = await Assignment.get(agency__code="dpupr", role=Role.OFFICER)
    who = {"officerId": node_id("Officer", officer.officer_id)}
    await plant("liaison", "assignOfficer", **await version_of(ticket), **who)
    begun = {"status": "IN_PROGRESS", "reasonCode": None, "evidence": None, **OF_OTHER_MOVES}
    await plant("officer", "changeTicketStatus", **await version_of(ticket), **begun)
    await plant("officer", "addNote", id=node_id("Ticket", ticket), mentions=None)
    await plant_deadlines(planter, ticket)
    await plant_escalation(planter, ticket)


async def plant_deadlines(planter: Planter, ticket: int) -> None:
    """Another class, and an extension that is refused and one that is granted, each with its words."""
    plant = planter.plant
    await give_policy(ClockKind.RESOLUTION, 30, extension=7, extensions=2)
    await plant("coordinator", "changeHandlingClass", **await version_of(ticket), handlingClass="NORMATIVE")
    for grant in (False, True):
        asked = {"clock": "RESOLUTION", "amount": 7}
        await plant("officer", "requestExtension", **await version_of(ticket), **asked)
        newest = await Extension.all().order_by("-id").first()
        assert newest is not None
        decided = {"extensionId": node_id("Extension", newest.id), "grant": grant}
        version = (await version_of(ticket))["expectedVersion"]
        await plant("coordinator", "decideExtension", **decided, expectedVersion=version)


async def plant_escalation(planter: Planter, ticket: int) -> None:
    """Taken to the coordinator, who acknowledges it and asks the reporter for their consent."""
    await planter.plant("officer", "escalateTicket", **await version_of(ticket), level="COORDINATOR")
    row = await Escalation.get(ticket_id=ticket)
    await planter.plant("coordinator", "acknowledgeEscalation", escalationId=node_id("Escalation", row.id))
    await planter.plant("coordinator", "recordOmbudsmanConsent", **await version_of(ticket), consent="GIVEN")


OF_OTHER_MOVES = {"missing": None, "referredToAgencyCode": None, "answeredInNumber": None}


async def plant_answers(planter: Planter, ticket: int) -> None:
    """An answer that is recalled, written anew, approved and sent."""
    plant, whose = planter.plant, {"ticketId": node_id("Ticket", ticket)}
    await plant("officer", "saveAnswerDraft", **whose, submit=True)
    answer = {"answerId": node_id("Answer", (await Answer.get()).id)}
    await plant("officer", "recallAnswer", **answer, expectedAnswerVersion=1)
    await plant("officer", "saveAnswerDraft", **whose, submit=True, **answer, expectedAnswerVersion=2)
    await plant("liaison", "reviewAnswer", **answer, expectedAnswerVersion=3, approve=True)
    version = (await version_of(ticket))["expectedVersion"]
    await plant("liaison", "sendAnswer", **whose, expectedVersion=version, **answer)
    replied = {"channel": "PHONE", "receivedAt": None}
    await plant("officer", "recordReporterReply", id=node_id("Ticket", ticket), **replied)


async def plant_end(planter: Planter, ticket: int) -> None:
    """Resolved with evidence, and reopened."""
    resolved = {"status": "RESOLVED", "reasonCode": None, **evidence(), **OF_OTHER_MOVES}
    await planter.plant("liaison", "changeTicketStatus", **await version_of(ticket), **resolved)
    await planter.plant("coordinator", "reopenTicket", **await version_of(ticket), reasonCode="NEW_INFORMATION")


async def plant_link(planter: Planter, ticket: int) -> None:
    """A link to SP4N-LAPOR!, with what was said there, removed again."""
    plant, inbound = planter.plant, {"direction": "INBOUND", "trackingId": "7654321"}
    await plant("coordinator", "linkSp4n", **await version_of(ticket), **inbound)
    await plant("coordinator", "recordSp4nStatus", id=node_id("Ticket", ticket))
    await plant("coordinator", "unlinkSp4n", **await version_of(ticket))


async def plant_case(planter: Planter) -> int:
    """A report that can not be resolved, evaluated, corrected and closed; the case belongs to a ticket of its own."""
    ticket = await submitted(planter, idempotency=False)
    target = {f"dispatch.{name}": value for name, value in DISPATCH.items()}
    await planter.plant("coordinator", "verifyTicket", **await version_of(ticket), **NO_CODES, **target)
    for status, reason in (("IN_PROGRESS", None), ("UNRESOLVED", "NO_BUDGET")):
        move = {"status": status, "reasonCode": reason, "evidence": None, **OF_OTHER_MOVES}
        await planter.plant("liaison", "changeTicketStatus", **await version_of(ticket), **move)
    await plant_link(planter, ticket)
    row = await UnresolvedCase.get(ticket_id=ticket)
    case = {"id": node_id("UnresolvedCase", row.id)}
    evaluated = {"responsibleAgencyCode": "dpupr", "followUpOn": "2026-03-20"}
    await planter.plant("coordinator", "evaluateUnresolvedCase", **case, expectedVersion=1, **evaluated)
    await planter.plant("coordinator", "closeUnresolvedCase", **case, expectedVersion=2)
    return ticket


async def plant_looks(planter: Planter, ticket: int) -> None:
    """Who reported, asked for in every way, and a new secret."""
    plant, key = planter.plant, {"id": node_id("Ticket", ticket)}
    await plant("coordinator", "revealReporter", **key)
    await plant("coordinator", "findReporterTickets", phone=PHONE, nik=None)
    await plant("coordinator", "findReporterTickets", nik=NIK, phone=None)
    await plant("coordinator", "rotateTrackingSecret", **key)


def person() -> dict[str, Any]:
    email = f"{mark_of('submitTicket.input.reporter.email')}@contoh.example"
    return {"reporter.phone": PHONE, "reporter.nik": NIK, "reporter.email": email}


def evidence() -> dict[str, Any]:
    url = f"https://contoh.example/{mark_of('changeTicketStatus.input.evidence.url')}"
    return {"evidence.url": url}
