"""Every restricted field x every kind of caller x every path: a planted word shows where it may, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import strawberry
import structlog
from graphql import (
    FieldNode,
    GraphQLObjectType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)

from api.documents.documents import Documents
from models import Answer, Event
from models.database import connection
from models.enums import EventKind
from realtime import log
from realtime.cursors import FeedPosition
from schema.core.context import context_for
from schema.feeds.live import LiveSchema
from services.access.fields import EMPTY, RULES
from services.access.open_fields import open_coordinates
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.nodes import node_id
from services.core.refusals import EdgeRefusal
from services.queries.lists.orders import TicketOrder
from tests.factories import citizen_scope
from tests.schema.conftest import Ask, City, OpenGate
from tests.schema.planted import CALLERS, SEES, Planted, leaks, may_read, plant, readable, shown, word

EVENT = "id at kind version visibility from to text reasonCode publicMessage actor { kind name agency { code } }"
ANSWER = "id version state text reviewNote author { id name agency { code } } approver { id name } updatedAt sentAt"
FIELDS = f"""
fragment Event on TicketEvent {{ {EVENT} }}
fragment Said on Answer {{ {ANSWER} }}
fragment Whole on Ticket {{
  id number version title body status hidden {{ field reason }} anonymous confidential supervisory
  reportedAgency {{ code }} leadAgency {{ code }} supportingAgencies {{ code }} referredTo {{ code }} holdCount
  continuedIn {{ number }} assignee {{ id name agency {{ code }} }} dueAt standing handlingClass closedBySilence
  escalations {{ id level }}
  deadlines {{ clock policy {{ code agency {{ code }} }} explanation {{ segments {{ agency {{ code }} }} }} }}
  location {{ kelurahanCode kelurahan address latitude longitude }}
  reporter {{ name phone email nik }} allowedMoves {{ to by }}
  escalations {{ id level reason note raisedBy {{ name }} notified {{ name }} acknowledgedBy {{ name }} }}
  sp4n {{ trackingId rawStatus mismatch history {{ rawStatus recordedBy {{ name }} }} }}
  unresolvedCases {{ id cause decision recommendation outcome evaluatedBy {{ name }} }}
  answers {{ ...Said }} timeline(first: 100) {{ edges {{ cursor node {{ ...Event }} }} }}
}}
fragment Nested on Ticket {{ ...Whole mergedInto {{ ...Whole mergedInto {{ ...Whole }} }} }}"""
TICKET = "query ($id: ID!) { ticket(id: $id) { ...Nested } }" + FIELDS
NUMBER = "query ($number: String!) { ticket(number: $number) { ...Nested } }" + FIELDS
NODE = (
    """query ($id: ID!) { node(id: $id) { id ...Nested ...Said ...Event ... on Officer { name }
  ... on Escalation { reason note }
  ... on UnresolvedCase { decision recommendation outcome ticket { ...Nested } } } }"""
    + FIELDS
)
LIST = (
    """query ($filter: TicketFilter, $order: TicketOrder) {
  tickets(first: 100, filter: $filter, orderBy: $order) { totalCount edges { cursor node { ...Nested } } } }"""
    + FIELDS
)
CASES = (
    """{ unresolvedCases(first: 100) { totalCount edges { node { id decision recommendation outcome
  ticket { ...Nested } } } } }"""
    + FIELDS
)
OFFICERS = "{ officers(first: 100) { edges { node { id name agency { code } } } } }"
PULL = (
    """query ($after: Cursor) { ticketStatusChanges(first: 100, after: $after) {
  edges { node { clientMutationId from to ticket { ...Nested } } } } }"""
    + FIELDS
)
BOARD = """{ wallboard { total open byAgency { open agency { code } } oldestOpen { number } latest { number to } } }"""
FEED = (
    """subscription { ticketFeed { ... on TicketEntered { clientMutationId ticket { ...Nested } }
  ... on TicketUpdated { changed clientMutationId ticket { ...Nested } } ... on TicketLeft { id reason } } }"""
    + FIELDS
)
CHANGES = "subscription { ticketStatusChanged { clientMutationId from to ticket { ...Nested } } }" + FIELDS
NOTE = (
    """mutation ($id: ID!) { addNote(input: {id: $id, text: "Catatan.", visibility: INTERNAL}) {
  ticket { ...Nested } errors { code message path } } }"""
    + FIELDS
)
STALE = (
    """mutation ($id: ID!) { editTicket(input: {id: $id, expectedVersion: 1, title: "Lain"}) {
  ticket { ...Nested } errors { code message path ... on VersionConflict {
    current { ...Nested } changedSince { ...Event } } } } }"""
    + FIELDS
)
MOVE = """mutation ($id: ID!) { changeTicketStatus(input: {id: $id, expectedVersion: 2, status: VERIFIED}) {
  errors { code message path ... on IllegalTransition { current allowed { to by } } } } }"""
MERGE = """mutation ($id: ID!, $number: String!) {
  mergeTicket(input: {id: $id, expectedVersion: 99, intoNumber: $number}) { errors { code message path } } }"""
SUBMIT = (
    """mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) {
  ticket { ...Nested } errors { code message path } } }"""
    + FIELDS
)
# Restricted fields that only a mutation shows, or that are no ticket's; tests of their own hold them.
OF_MUTATIONS = {
    # Extensions have a test of their own for every kind of reader: tests/schema/tickets/test_extensions.py.
    "Ticket.extensions",
    "Extension.reason",
    "Extension.note",
    "Extension.requestedBy",
    "Extension.decidedBy",
    "SignInPayload.accessToken",
    "SignInPayload.csrfToken",
    "Viewer.assignments",
    "Viewer.csrfToken",
    "Viewer.sessions",
    "Query.displays",
    "Query.displayRequest",
    "DisplayPayload.display",
    "RevealReporterPayload.reporter",
    "RevealedReporter.name",
    "RevealedReporter.phone",
    "RevealedReporter.email",
    "RevealedReporter.nik",
    "FindReporterTicketsPayload.tickets",
    "RotateTrackingSecretPayload.trackingSecret",
    "TicketPayload.trackingSecret",
    "CitizenSessionPayload.accessToken",
    "Query.auditLog",
    "Query.notifications",
    "Subscription.notificationFeed",
    "Viewer.unreadNotifications",
    "Query.deadlineFor",
    "Query.deadlinePolicies",
    "Query.workCalendars",
    "Query.calendarDays",
    "Query.previewDeadlineRules",
    "DeadlineRulesPayload.impact",
    "Query.escalationRules",
    "Query.partners",
    "PartnerPayload.partner",
    "PartnerKeyPayload.key",
    "PartnerKeyPayload.token",
    "Query.staff",
    "StaffPayload.account",
    "StaffInvitationPayload.account",
    "StaffInvitationPayload.path",
    "AcceptInvitationPayload.email",
}


@pytest.fixture
async def planted(desk: Desk, city: City) -> Planted:
    made = await plant(desk, city)
    await desk.reference()  # the picture in memory is read once, by whoever comes first
    return made


def test_every_field_of_the_schema_is_restricted_or_open(schema: strawberry.Schema) -> None:
    """A new field needs a rule in services/access/fields.py or its name in services/access/open_fields.py."""
    types = [each for each in schema._schema.type_map.values() if isinstance(each, GraphQLObjectType)]
    ours = {f"{each.name}.{name}" for each in types if not each.name.startswith("__") for name in each.fields}

    restricted = set(RULES) | set(EMPTY)
    assert ours - restricted - open_coordinates() == set(), "without a rule"
    assert (restricted | open_coordinates()) - ours == set(), "ruled, but not in the schema"
    assert restricted & open_coordinates() == set(), "restricted and open"


class Selected(Visitor):
    """The coordinates that documents select."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.found.add(f"{get_named_type(self.info.get_parent_type())}.{node.name.value}")


def test_the_matrix_asks_for_every_restricted_field(schema: strawberry.Schema) -> None:
    found: set[str] = set()
    for document in (TICKET, NODE, LIST, CASES, OFFICERS, PULL, FEED, CHANGES):
        info = TypeInfo(schema._schema)
        visitor = Selected(info)
        visit(parse(document), TypeInfoVisitor(info, visitor))
        found |= visitor.found

    assert (set(RULES) | set(EMPTY)) - OF_MUTATIONS - found == set()


Path = Callable[["Walk"], Awaitable[list[Any]]]


class Walk:
    """One caller on one path."""

    def __init__(self, ask: Ask, desk: Desk, schema: strawberry.Schema, planted: Planted, scope: Scope) -> None:
        self.ask, self.desk, self.schema, self.planted, self.scope = ask, desk, schema, planted, scope

    async def told(self, document: str, **variables: Any) -> Any:
        """Data and errors of one operation."""
        result = await self.ask(self.scope, document, **variables)
        errors = [error.message for error in result.errors or ()]
        assert all(isinstance(error.original_error, EdgeRefusal) for error in result.errors or ()), errors
        return {"data": result.data, "errors": errors}

    async def each(self, document: str) -> list[Any]:
        """One operation for every ticket."""
        return [await self.told(document, id=node_id("Ticket", each.id)) for each in self.planted.tickets.values()]

    async def frames(self, document: str) -> list[Any]:
        """What a subscription shows of the whole log, as its hub would write it."""
        live = LiveSchema(self.desk, self.schema, structlog.get_logger("tests"))
        callbacks = live.callbacks()
        context = context_for(self.desk, self.scope, "en", "test", OpenGate())
        try:
            request = await live.plan(Documents(self.schema._schema).prepare(document, None, {}), context)
        except EdgeRefusal as refusal:
            return [str(refusal)]
        events, head = await log.read_after(connection(), 0, 1_000)
        rows = await callbacks.load([event.ticket_id for event in events if event.ticket_id])
        shown = []
        for event in events:
            row = rows.get(event.ticket_id or 0)
            decision = callbacks.decide(event, request.plan, row)
            if decision is not None:
                place = FeedPosition(head.epoch, event.seq)
                shown.append(bytes(await callbacks.render(request.plan, event, decision, row, place)).decode())
        return shown


async def by_id(walk: Walk) -> list[Any]:
    return await walk.each(TICKET)


async def by_number(walk: Walk) -> list[Any]:
    return [await walk.told(NUMBER, number=each.number) for each in walk.planted.tickets.values()]


async def by_node(walk: Walk) -> list[Any]:
    return await walk.each(NODE)


async def events_and_answers(walk: Walk) -> list[Any]:
    ids = [("TicketEvent", key) for key in walk.planted.event_ids] + [
        ("Answer", key) for key in walk.planted.answer_ids
    ]
    return [await walk.told(NODE, id=node_id(kind, key)) for kind, key in ids]


async def listed(walk: Walk) -> list[Any]:
    return [await walk.told(LIST)]


async def filtered(walk: Walk) -> list[Any]:
    filters: list[dict[str, Any]] = [
        {"agencyCode": ["pupr"]},
        {"kelurahanCode": ["35.71.01.1001"]},
        {"categoryCode": ["drainase"]},
        {"open": True},
        {"unassigned": False},
        {"worklist": "MINE"},
        {"externalId": "A-1"},
    ]
    return [await walk.told(LIST, filter=each) for each in filters]


async def sorted_(walk: Walk) -> list[Any]:
    return [await walk.told(LIST, order=order.value) for order in TicketOrder]


async def cases(walk: Walk) -> list[Any]:
    ids = [node_id("UnresolvedCase", key) for key in walk.planted.case_ids]
    ids += [node_id("Escalation", key) for key in walk.planted.escalation_ids]
    return [await walk.told(CASES), *[await walk.told(NODE, id=each) for each in ids]]


async def officers(walk: Walk) -> list[Any]:
    return [await walk.told(OFFICERS)]


async def pulled(walk: Walk) -> list[Any]:
    head = await log.head(connection())
    return [await walk.told(PULL, after=walk.desk.cursors.seal_feed(head.epoch, 0))]


async def feed(walk: Walk) -> list[Any]:
    return await walk.frames(FEED)


async def changes(walk: Walk) -> list[Any]:
    return await walk.frames(CHANGES)


async def board(walk: Walk) -> list[Any]:
    return [await walk.told(BOARD)]


async def refused(walk: Walk) -> list[Any]:
    """Error texts, and the ticket as a conflict of versions shows it."""
    number = walk.planted.tickets["closed"].number
    merged = [
        await walk.told(MERGE, id=node_id("Ticket", each.id), number=number) for each in walk.planted.tickets.values()
    ]
    return await walk.each(STALE) + await walk.each(MOVE) + merged


async def noted(walk: Walk) -> list[Any]:
    return await walk.each(NOTE)


PATHS: dict[str, Path] = {
    "by id": by_id,
    "by number": by_number,
    "node": by_node,
    "events and answers": events_and_answers,
    "list": listed,
    "cases": cases,
    "filter": filtered,
    "sort": sorted_,
    "ticketStatusChanges": pulled,
    "ticketFeed": feed,
    "ticketStatusChanged": changes,
    "wallboard": board,
    "refusals": refused,
    "payloads": noted,
}
# Paths on which everything that a caller may read is shown, so that the absence of all else says something; the name
# of a change (move) is told in feeds only.
WHOLE = ("by id", "by number", "node", "list", "sort", "ticketStatusChanges", "ticketFeed", "ticketStatusChanged")
FEEDS = ("ticketStatusChanges", "ticketFeed", "ticketStatusChanged")


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
async def test_no_path_shows_what_its_caller_may_not_read(
    ask: Ask, desk: Desk, schema: strawberry.Schema, planted: Planted, path: str
) -> None:
    for caller in CALLERS:
        walk = Walk(ask, desk, schema, planted, planted.callers[caller])

        answer = json.dumps(await PATHS[path](walk), default=str)

        assert leaks(caller, answer) == [], path
        if path in WHOLE and caller not in ("anonymous", "citizen", "neighbour"):
            whole = {each for each in readable(caller) if each[1] != "move" or path in FEEDS}
            assert shown(caller, answer) == whole, f"{caller} on {path}"


@pytest.mark.slow
async def test_why_an_answer_was_rejected_stands_beside_it_for_those_who_read_drafts(
    ask: Ask, planted: Planted
) -> None:
    for caller in sorted(SEES["plain"]):
        found = (await ask(planted.callers[caller], TICKET, id=node_id("Ticket", planted.tickets["plain"].id))).data

        notes = {answer["reviewNote"] for answer in found["ticket"]["answers"] or ()} - {None}
        events = (found["ticket"]["timeline"] or {"edges": ()})["edges"]
        told = {edge["node"]["text"] for edge in events if edge["node"]["kind"] == "ANSWER_REJECTED"} - {None}

        assert notes == told == ({word("review", "plain")} if may_read(caller, "plain", "draft") else set()), caller


@pytest.mark.slow
async def test_how_a_merged_report_goes_on_is_told_to_its_reporter_only(ask: Ask, planted: Planted) -> None:
    merged, stays = planted.tickets["double"], planted.tickets["closed"]
    scopes = [planted.callers[caller] for caller in sorted(SEES["double"])]

    told = [
        (await ask(scope, TICKET, id=node_id("Ticket", merged.id))).data["ticket"]["continuedIn"]
        for scope in (citizen_scope(merged), *scopes)
    ]

    assert told == [{"number": stays.number}, *[None] * len(scopes)]


@pytest.mark.slow
async def test_officers_are_named_to_staff_only(
    ask: Ask, desk: Desk, schema: strawberry.Schema, planted: Planted
) -> None:
    for caller in CALLERS:
        walk = Walk(ask, desk, schema, planted, planted.callers[caller])

        answer = json.dumps(await officers(walk), default=str)

        assert (word("officer", "plain") in answer) is walk.scope.is_staff
        key = planted.tickets["plain"].assignee_id or 0
        one = (await ask(walk.scope, NODE, id=node_id("Officer", key))).data["node"]
        assert (one is not None) is walk.scope.is_staff


@pytest.mark.slow
async def test_entries_that_are_not_for_a_caller_are_not_even_counted(ask: Ask, planted: Planted) -> None:
    ticket = planted.tickets["plain"]
    notes = await Event.filter(ticket_id=ticket.id, kind=EventKind.NOTE_ADDED).order_by("seq")
    ids = [node_id("TicketEvent", each.seq) for each in notes]
    for caller in SEES["plain"]:
        scope = planted.callers[caller]

        timeline = (await ask(scope, TICKET, id=node_id("Ticket", ticket.id))).data["ticket"]["timeline"]["edges"]
        nodes = [(await ask(scope, NODE, id=each)).data["node"] for each in ids]

        listed = {edge["node"]["id"] for edge in timeline}
        allowed = [True, scope.is_staff, caller in ("own", "liaison")]
        assert [each in listed for each in ids] == allowed, caller
        assert [node is not None for node in nodes] == allowed, caller


@pytest.mark.slow
async def test_counts_and_searches_tell_of_no_hidden_ticket(ask: Ask, planted: Planted) -> None:
    for caller in (each for each in CALLERS if each != "anonymous"):
        scope = planted.callers[caller]

        total = (await ask(scope, LIST)).data["tickets"]["totalCount"]

        assert total == sum(caller in seen for seen in SEES.values()), caller
        for flavour in SEES:
            for field in ("title", "body", "name", "phone", "nik", "address", "draft", "inner", "officer"):
                page = (await ask(scope, LIST, filter={"search": word(field, flavour)})).data["tickets"]
                reads = field in ("title", "body") and may_read(caller, flavour, field)
                exact = [each["node"]["title"] for each in page["edges"]]
                assert (word("title", flavour) in exact) is reads, f"{caller} searches {field} of {flavour}"
                if caller in ("display", "screen"):
                    assert page["totalCount"] == 0


@pytest.mark.slow
async def test_filters_by_hidden_fields_are_refused(ask: Ask, planted: Planted) -> None:
    officer = node_id("Officer", planted.tickets["plain"].assignee_id or 0)
    for caller in ("partner", "second", "display", "screen", "citizen"):
        for wanted in ({"assigneeId": officer}, {"unassigned": True}, {"worklist": "MINE"}):
            result = await ask(planted.callers[caller], LIST, filter=wanted)
            assert result.data == {"tickets": None}
            assert [error.original_error.code for error in result.errors] == ["FORBIDDEN"]


@pytest.mark.slow
@pytest.mark.parametrize("confidential", [True, False])
async def test_a_replay_shows_no_more_than_the_callers_rights_of_now(
    ask: Ask, planted: Planted, confidential: bool
) -> None:
    form = {
        "title": "titlereplayed",
        "body": "bodyreplayed",
        "channel": "PARTNER",
        "idempotencyKey": "once",
        "anonymous": False,
        "confidential": confidential,
        "location": {"address": "addressreplayed"},
        "reporter": {"name": "namereplayed", "phone": "0811055599017"},
    }
    scope = planted.callers["partner"]

    answers = [(await ask(scope, SUBMIT, input=form)).data["submitTicket"] for _ in range(2)]

    assert answers[0]["ticket"]["number"] == answers[1]["ticket"]["number"]
    assert (answers[0] == answers[1]) is not confidential  # what is hidden is told again by its number alone
    assert answers[0]["errors"] == answers[1]["errors"] == []
    told = json.dumps(answers)
    assert [secret for secret in ("addressreplayed", "namereplayed", "811055599017") if secret in told] == []
    assert ("titlereplayed" in told) is not confidential
    stranger = json.dumps((await ask(planted.callers["second"], SUBMIT, input=form)).data, default=str)
    assert answers[0]["ticket"]["number"] not in stranger


@pytest.mark.slow
async def test_what_is_hidden_hangs_on_relation_and_flags_alone(ask: Ask, planted: Planted) -> None:
    before = {caller: await hidden(ask, planted, caller) for caller in CALLERS}
    await connection().execute_query("DELETE FROM reporter")
    await connection().execute_query("UPDATE ticket SET address = NULL, latitude = NULL, longitude = NULL")

    after = {caller: await hidden(ask, planted, caller) for caller in CALLERS}

    assert before == after


async def hidden(ask: Ask, planted: Planted, caller: str) -> list[Any]:
    answers = [
        (await ask(planted.callers[caller], TICKET, id=node_id("Ticket", each.id))).data["ticket"]
        for each in planted.tickets.values()
    ]
    return [None if answer is None else answer["hidden"] for answer in answers]


ABSENT = 9_999
LOOKUPS = {"ticket": TICKET, "node": NODE, "note": NOTE, "edit": STALE, "move": MOVE}


@pytest.mark.slow
@pytest.mark.parametrize("name", LOOKUPS)
async def test_a_hidden_ticket_and_an_absent_one_look_alike(
    ask: Ask, planted: Planted, count_queries: Callable[[], Any], name: str
) -> None:
    for flavour, seen in SEES.items():
        for caller in (each for each in CALLERS if each not in seen):
            answers, texts = [], []
            for key in (planted.tickets[flavour].id, ABSENT):
                with count_queries() as statements:
                    result = await ask(planted.callers[caller], LOOKUPS[name], id=node_id("Ticket", key))
                answers.append((result.data, [str(error.message) for error in result.errors or ()]))
                texts.append(statements.texts)
            assert answers[0] == answers[1], f"{caller}: {flavour}"
            assert texts[0] == texts[1], f"{caller}: {flavour}"


@pytest.mark.slow
async def test_hidden_events_and_answers_look_like_absent_ones(
    ask: Ask, planted: Planted, count_queries: Callable[[], Any]
) -> None:
    hidden = planted.tickets["closed"].id
    event, answer = await Event.filter(ticket_id=hidden).first(), await Answer.filter(ticket_id=hidden).first()
    assert event is not None
    assert answer is not None
    for caller in ("other", "reported", "neighbour", "anonymous"):
        for kind, held in (("TicketEvent", event.seq), ("Answer", answer.id)):
            seen = []
            for key in (held, ABSENT):
                with count_queries() as statements:
                    result = await ask(planted.callers[caller], NODE, id=node_id(kind, key))
                seen.append((result.data, statements.texts))
            assert seen[0] == seen[1], f"{caller}: {kind}"


@pytest.mark.slow
async def test_a_merge_into_a_hidden_ticket_looks_like_one_into_none(
    ask: Ask, planted: Planted, count_queries: Callable[[], Any]
) -> None:
    own = node_id("Ticket", planted.tickets["strange"].id)
    seen = []
    for number in (planted.tickets["serious"].number, "KDR-2026-999999"):
        with count_queries() as statements:
            result = await ask(planted.callers["rival"], MERGE, id=own, number=number)
        seen.append((result.data, statements.texts))

    assert seen[0] == seen[1]
