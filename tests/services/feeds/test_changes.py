"""What a frame tells a partner of a change: the names of what it was granted, and no frame where that is nothing."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from models.database import connection
from models.enums import (
    ActorKind,
    AgencyKind,
    Channel,
    Classification,
    EventKind,
    PrincipalKind,
    Role,
    TicketStatus,
    Visibility,
)
from realtime import log
from realtime.log import LoggedEvent
from services.access.access import hidden_names, row_rule
from services.access.filters.filters import TicketFilter
from services.access.grants import standard_grants
from services.access.predicates import Anything
from services.access.scopes import Budget, Granted, Sight
from services.access.states import KEPT, State
from services.core.desk import Desk
from services.core.reference import AgencyRef, AreaRef, CategoryRef
from services.credentials.identify import identify
from services.feeds import decisions, feeds, pull
from services.feeds.changes import PARTS
from services.reporters import erasure
from services.tickets.editing import Edit, edit
from services.tickets.moves import Verify, verify
from services.tickets.records.changes import CONTRACT_NAMES, changed_names
from tests.api.partner_desk import make_partner
from tests.drawn import MOMENT, OF_KIND, a_reference
from tests.factories import make_scope, make_ticket

AGENCIES = {
    key: AgencyRef(key, f"a{key}", f"a{key}", f"A{key}", AgencyKind.OPD if key < 3 else AgencyKind.BUMD, None, True)
    for key in (1, 2, 3)
}
CATEGORIES = {key: CategoryRef(key, f"c{key}", f"c{key}", f"C{key}", None, None, True) for key in (1, 2)}
AREAS = {
    "one": AreaRef("one", "Satu", "Mojoroto", "35.71.01"),
    "two": AreaRef("two", "Dua", "Mojoroto", "35.71.01"),
    "far": AreaRef("far", "Jauh", "Pesantren", "35.71.03"),
}
REFERENCE = a_reference(AGENCIES, CATEGORIES, AREAS)
START: State = {
    **{name: field.first() for name, field in KEPT.items()},
    "id": 1,
    "number": "KDR-2026-000001",
    "version": 1,
    "status": TicketStatus.RECEIVED,
    "classification": None,
    "channel": Channel.SMS,
    "category": 1,
    "anonymous": None,
    "confidential": False,
    "supervisory": False,
    "reported": None,
    "lead": 1,
    "supporting": [],
    "assignee": None,
    "kelurahan": "one",
    "received_at": "2026-03-01T00:00:00.000000Z",
    "updated_at": "2026-03-01T00:00:00.000000Z",
    "occurred_on": None,
    "hold_until": None,
    "merged_into": None,
    "returns": 0,
    "reopens": 0,
    "waiting": 0,
    "external": [],
}
RAISED: State = {"version": 2, "updated_at": "2026-03-02T01:00:00.000000Z"}
# Every field of the contract that an event can change alone, by what differs in the state; words differ in none.
CHANGED: dict[str, State] = {
    "status": {"status": TicketStatus.VERIFIED},
    "classification": {"classification": "COMPLAINT"},
    "category": {"category": 2},
    "anonymous": {"anonymous": True},
    "referredTo": {"referred_to": 2},
    "reportedAgency": {"reported": 2},
    "leadAgency": {"lead": 2},
    "supportingAgencies": {"supporting": [2]},
    "location": {"kelurahan": "far"},
    "holdUntil": {"hold_until": "2026-04-01"},
    "mergedInto": {"merged_into": 2},
    "returnCount": {"returns": 1},
    "reopenCount": {"reopens": 1},
    "title": {},
    "body": {},
    "answers": {},
}
WORDS = {"title", "body", "answers"}  # told by hand, as no state holds them
NOT_ALONE = {"confidential", "supervisory"}  # a partner no longer sees the ticket
NEVER = {"assignee", "escalations", "sp4n", "unresolvedCases"}  # no partner reads them, whatever it is granted
OTHERS = {
    field.change: {name: OF_KIND[field.kind][-1]}
    for name, field in KEPT.items()
    if field.change is not None and field.change not in {*CHANGED, *NOT_ALONE, *NEVER}
}
CHANGES = CHANGED | OTHERS
ALL = standard_grants() | {f"Ticket.{name}" for name in CHANGES}
WITH_ALL = {"Ticket.version", "Ticket.updatedAt", "Ticket.timeline"}


def granted(opens: frozenset[str]) -> Sight:
    return Sight(PrincipalKind.PARTNER, client_id=1, granted=Granted("c", "d", Budget(1, 1), Anything(), opens=opens))


def event_of(name: str, differing: State, **given: Any) -> LoggedEvent:
    after = {**START, **RAISED, **differing}
    kind = EventKind.ANSWER_SENT if name == "answers" else EventKind.FIELD_CHANGED
    event = LoggedEvent(
        visibility=Visibility.PUBLIC,
        kind=kind,
        at=MOMENT,
        actor_kind=ActorKind.STAFF,
        ticket_id=1,
        version=2,
        before=START,
        after=after,
        changed=changed_names(START, after, {name} & WORDS),
        seq=1,
        recorded_at=MOMENT,
    )
    return replace(event, **given)


def told(event: LoggedEvent, opens: frozenset[str]) -> list[str] | None:
    """The names in the frame of a partner's live list; None where there is no frame."""
    sight = granted(opens)
    now: Any = SimpleNamespace(row={"id": 1}, reference=REFERENCE, state=event.after)
    shown = decisions.membership(event, feeds.Watch(sight, row_rule(sight), Anything()), now)
    assert shown is None or isinstance(shown, decisions.Updated)
    return None if shown is None else shown.changed


def test_every_field_that_can_change_is_attacked() -> None:
    assert CHANGES.keys() == (set(CONTRACT_NAMES.values()) | WORDS) - NOT_ALONE - NEVER


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_a_field_that_is_not_granted_is_neither_frame_nor_name(name: str) -> None:
    event = event_of(name, CHANGES[name])

    assert told(event, ALL - WITH_ALL - {f"Ticket.{name}"}) is None
    assert told(event, ALL - WITH_ALL) == [name]


@pytest.mark.parametrize("name", CHANGES)
def test_a_field_that_is_granted_is_told_alone(name: str) -> None:
    more = "status" if name != "status" else "classification"
    event = event_of(name, CHANGES[name] | CHANGES[more])
    others = frozenset(each for each in ALL if not each.startswith("Ticket."))

    assert sorted(told(event, ALL - WITH_ALL) or ()) == sorted({name, more})
    assert told(event, others | {f"Ticket.{name}"}) == [name]


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_what_every_move_changes_stands_for_what_is_not_granted_only_where_it_is_itself(name: str) -> None:
    event, most = event_of(name, CHANGES[name]), ALL - {f"Ticket.{name}"}

    assert told(event, most) == ["version"]
    assert told(event, most - {"Ticket.version"}) == ["updatedAt"]
    assert told(event, most - {"Ticket.version", "Ticket.updatedAt"}) == ["timeline"]
    assert told(event, most - WITH_ALL) is None


@pytest.mark.parametrize("kind", [EventKind.ASSIGNED, EventKind.REPORTER_REVEALED, "FORETOLD"])
@pytest.mark.parametrize("visibility", Visibility)
def test_an_entry_that_no_timeline_of_a_partner_shows_is_none_for_it(kind: Any, visibility: Visibility) -> None:
    event = event_of("assignee", {"assignee": 1}, kind=kind, visibility=visibility)
    shown = (kind, visibility) == (EventKind.ASSIGNED, Visibility.PUBLIC)

    assert told(event, ALL - {"Ticket.version", "Ticket.updatedAt"}) == (["timeline"] if shown else None)
    assert told(event, ALL - WITH_ALL) is None


@pytest.mark.parametrize(
    ("clocks", "details", "names"),
    [
        (["FIRST_RESPONSE:OVERDUE"], {"clock": "FIRST_RESPONSE"}, None),
        (["RESOLUTION:OVERDUE"], {"clock": "RESOLUTION"}, ["deadlines"]),
        (["FIRST_RESPONSE", "FIRST_RESPONSE:DUE_SOON"], {"clocks": ["FIRST_RESPONSE", "NATIONAL"]}, None),
        ([], {"clocks": ["FIRST_RESPONSE", "RESOLUTION"]}, ["deadlines"]),
    ],
)
def test_the_reporter_is_woken_by_the_clocks_that_they_read_alone(
    clocks: list[str], details: dict[str, Any], names: list[str] | None
) -> None:
    """A passing raises no version; dueAt and standing of an agency's clock are not the reporter's to read."""
    before = {**START, **{field: KEPT[field].first() for field in ("due_at", "standing", "clocks", "handling_class")}}
    after = {**before, "clocks": clocks, "standing": "OVERDUE", "due_at": "2026-03-02T17:00:00.000000Z"}
    event = event_of(
        "status", {}, kind=EventKind.CLOCK_PASSED, visibility=Visibility.INTER_AGENCY, before=before, after=after
    )
    event = replace(event, changed=("deadlines", "dueAt", "standing", "timeline"), details=details)
    sight = Sight(PrincipalKind.CITIZEN, ticket_id=1)
    now: Any = SimpleNamespace(row={"id": 1}, reference=REFERENCE, state=after)

    shown = decisions.membership(event, feeds.Watch(sight, row_rule(sight), Anything()), now)

    assert (shown.changed if isinstance(shown, decisions.Updated) else shown) == names


def test_a_name_that_only_a_later_release_knows_is_not_told() -> None:
    assert told(event_of("status", CHANGES["status"], changed=("priority",)), ALL - WITH_ALL) is None


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("opens", [frozenset(), frozenset({"id"}), frozenset({"parent"})], ids=str)
def test_master_data_is_told_by_what_of_it_is_granted(name: str, opens: frozenset[str]) -> None:
    part = PARTS[name]
    fields = frozenset(f"{part.type_}.{each}" for each in opens if each in part.fields)

    shown = told(event_of(name, CHANGES[name]), frozenset({f"Ticket.{name}"}) | fields)

    alike = name in ("category", "leadAgency") and opens == {"parent"}
    assert shown == ([name] if fields and not alike else None)


def test_a_move_within_what_is_granted_of_a_place_is_not_told() -> None:
    opens = frozenset({"Ticket.location", "Location.kecamatan"})

    assert told(event_of("location", {"kelurahan": "two"}), opens) is None
    assert told(event_of("location", {"kelurahan": "two"}), opens | {"Location.kelurahan"}) == ["location"]
    assert told(event_of("location", {"kelurahan": "far"}), opens) == ["location"]


def test_an_edit_of_the_exact_place_alone_is_not_told() -> None:
    event = event_of("location", {}, changed=("location",))

    assert told(event, ALL - WITH_ALL) is None


def test_a_handover_within_what_is_granted_of_agencies_is_not_told() -> None:
    opens = frozenset({"Ticket.leadAgency", "Agency.kind"})

    assert told(event_of("leadAgency", {"lead": 2}), opens) is None
    assert told(event_of("leadAgency", {"lead": 3}), opens) == ["leadAgency"]


@pytest.mark.parametrize("field", ["Ticket.status", "TicketStatusChange.from", "TicketStatusChange.to"])
def test_a_status_change_is_shown_to_a_partner_that_reads_the_status_somewhere(field: str) -> None:
    event = event_of("status", CHANGES["status"])
    now: Any = SimpleNamespace(row={"id": 1}, reference=REFERENCE, state=event.after)
    reading = {"Ticket.status", "TicketStatusChange.from", "TicketStatusChange.to"}
    blind, one = (granted(opens) for opens in (ALL - reading, (ALL - reading) | {field}))

    assert decisions.status_change(event, feeds.Watch(blind, row_rule(blind), Anything()), now) is None
    assert decisions.status_change(event, feeds.Watch(one, row_rule(one), Anything()), now) is not None


async def shown(desk: Desk, token: str) -> decisions.Entered | decisions.Updated | decisions.Left | None:
    """What the last event of the log does to the live list of a key's partner."""
    head = await log.head(connection())
    (event,), _ = await log.read_after(connection(), head.seq - 1, 1)
    watched = await feeds.watch(desk, await identify(desk, token), TicketFilter())
    return decisions.membership(
        event, watched, (await feeds.load(desk, [event.ticket_id or 0])).get(event.ticket_id or 0)
    )


async def test_a_key_tells_what_its_contract_opens(desk: Desk) -> None:
    _, reading = await make_partner(desk, "Reads titles", ALL - WITH_ALL)
    _, blind = await make_partner(desk, "Reads none", ALL - WITH_ALL - {"Ticket.title"})
    coordinator, ticket = await make_scope(Role.COORDINATOR), await make_ticket(TicketStatus.RECEIVED)

    await edit(desk, coordinator, Edit(ticket.id, 1, title="Lampu pasar padam"))

    updated = await shown(desk, reading)
    assert isinstance(updated, decisions.Updated)
    assert updated.changed == ["title"]
    assert await shown(desk, blind) is None


ERASED = {
    "title": {"Ticket.title"},
    "body": {"Ticket.body"},
    "answers": {"Ticket.answers", "Answer.text"},
    "timeline": {"Ticket.timeline", "TicketEvent.text"},
}


def test_every_field_that_an_erasure_takes_from_a_partner_is_attacked() -> None:
    hidden = hidden_names(granted(ALL))

    assert ERASED.keys() == set(erasure.CHANGED) - hidden - {"location"}  # its exact place is for no partner
    assert {"location.address", "location.latitude", "location.longitude"} <= hidden


@pytest.mark.parametrize("name", ERASED)
async def test_an_erasure_is_told_to_who_reads_what_it_takes_and_to_nobody_else(desk: Desk, name: str) -> None:
    others, number = ALL - WITH_ALL - set().union(*ERASED.values()), frozenset({"Ticket.number"})
    contracts = {"reading": others | ERASED[name], "all": ALL, "no words": others | number}
    keys = {key: (await make_partner(desk, key, opens))[1] for key, opens in contracts.items()}
    coordinator, ticket = await make_scope(Role.COORDINATOR), await make_ticket(TicketStatus.RECEIVED)

    await erasure.erase(desk, coordinator, erasure.Erasure(ticket.id, 1, "Permintaan pelapor"))

    frames = {key: await shown(desk, token) for key, token in keys.items()}
    assert {key: getattr(frame, "changed", None) for key, frame in frames.items()} == {
        "reading": [name],
        "all": ["answers", "body", "timeline", "title"],
        "no words": None,
    }


@pytest.mark.parametrize("name", ["answers", "timeline"])
def test_an_erasure_is_no_change_of_answers_and_entries_without_their_words(name: str) -> None:
    event = event_of(name, {}, kind=EventKind.REPORTER_ERASED, visibility=Visibility.INTERNAL, changed=erasure.CHANGED)
    whole, without = ({f"Ticket.{name}"} | words for words in (ERASED[name], {"Answer.id", "TicketEvent.id"}))

    assert told(event, frozenset(whole)) == [name]
    assert told(event, frozenset(without)) is None


async def test_partners_of_one_contract_are_one_sight_beside_who_they_are(desk: Desk) -> None:
    one, two = [await identify(desk, (await make_partner(desk, name, ALL - WITH_ALL))[1]) for name in ("A", "B")]

    assert one.granted is not None
    assert two.granted is not None
    assert one.granted == two.granted
    assert one.granted.opens == two.granted.opens == ALL - WITH_ALL


async def test_the_pull_form_tells_no_change_of_a_status_that_is_not_granted(desk: Desk) -> None:
    reading = {"Ticket.status", "TicketStatusChange.from", "TicketStatusChange.to"}
    scopes = [await identify(desk, (await make_partner(desk, str(len(x)), x))[1]) for x in (ALL - reading, ALL)]
    starts = [(await pull.status_changes(desk, scope, TicketFilter(), 10, None)).cursor for scope in scopes]
    ticket = await make_ticket(TicketStatus.RECEIVED)

    await verify(desk, await make_scope(Role.COORDINATOR), Verify(ticket.id, 1, Classification.COMPLAINT))

    pages = [
        await pull.status_changes(desk, scope, TicketFilter(), 10, start)
        for scope, start in zip(scopes, starts, strict=True)
    ]
    assert [[change.to for change in page.changes] for page in pages] == [[], ["RECEIVED", "VERIFIED"]]
