"""Whoever changes a word, a row or an event behind the program's back is found, and an untouched desk is not."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import Answer, Ticket
from models.enums import AnswerState, Channel, Classification, Role, TicketStatus, Visibility
from services.access.scopes import Scope
from services.audit.words import WordVerification
from services.core.desk import Desk
from services.intake.forms import Person, Submission
from services.intake.open311.importer import import_open311
from services.intake.submissions import submit
from services.reporters.erasure import Erasure, erase
from services.tickets.answers import Draft, Review, Send, review, save_draft, send
from services.tickets.editing import Edit, Note, add_note, edit
from services.tickets.location import Place
from services.tickets.moves import (
    ChangeStatus,
    Dispatch,
    Evidence,
    Return,
    Verify,
    change_status,
    dispatch,
    return_,
    verify,
)
from tests.factories import anonymous_scope, make_agency, make_client_scope, make_scope
from tests.root import ROOT

FILE = ROOT / "tests" / "data" / "open311-chicago-2014.json"


@pytest.fixture
async def people(database: object) -> dict[str, Scope]:
    roads = await make_agency("pupr")
    return {
        "coordinator": await make_scope(Role.COORDINATOR, await make_agency("diskominfo")),
        "officer": await make_scope(Role.OFFICER, roads),
        "liaison": await make_scope(Role.LIAISON, roads),
    }


async def a_life(desk: Desk, people: dict[str, Scope]) -> Ticket:
    """A ticket with every kind of word."""
    form = Submission(
        "One", "Two", Channel.PARTNER, external_id="A-1", place=Place(address="Jalan 1"), client_mutation_id="m-1"
    )
    key = (await submit(desk, await make_client_scope(), form)).ticket.id
    desk_, officer, liaison = people["coordinator"], people["officer"], people["liaison"]
    await verify(desk, desk_, Verify(key, 1, Classification.COMPLAINT, title="One, again", dispatch=None))
    await dispatch(desk, desk_, Dispatch(key, 2, "pupr", note="Note"))
    await edit(
        desk, desk_, Edit(key, 3, body="Two, again", place=Place(address="Jalan 2", latitude=1.0, longitude=2.0))
    )
    await add_note(desk, officer, Note(key, "Note", Visibility.INTERNAL))
    first = await save_draft(desk, officer, Draft(key, "Answer", submit=True))
    await save_draft(desk, officer, Draft(key, "Another"))
    await review(desk, liaison, Review(first.id, 1, approve=True))
    await change_status(desk, officer, ChangeStatus(key, 4, TicketStatus.IN_PROGRESS))
    await return_(desk, liaison, Return(key, 5, "NOT_OUR_DUTY", "Not ours"))
    await dispatch(desk, desk_, Dispatch(key, 6, "pupr", note="Yours"))
    await change_status(desk, officer, ChangeStatus(key, 7, TicketStatus.IN_PROGRESS))
    await save_draft(
        desk, officer, Draft(key, "Answer, again", answer_id=first.id, expected_answer_version=3, submit=True)
    )
    await review(desk, liaison, Review(first.id, 4, approve=True))
    await send(desk, liaison, Send(key, 8, first.id))
    await change_status(desk, liaison, ChangeStatus(key, 9, TicketStatus.RESOLVED, evidence=(Evidence("Photo"),)))
    return await Ticket.get(id=key)


async def found(desk: Desk) -> list[str]:
    return [str(finding) async for finding in WordVerification(desk.keys).findings()]


async def test_a_desk_that_nobody_touched_is_as_the_log_says(desk: Desk, people: dict[str, Scope]) -> None:
    ticket = await a_life(desk, people)
    with FILE.open("rb") as file:
        await import_open311(desk, file)
    again = Submission("Same", "Same", Channel.SURGA_WEB, reporter=Person(name="Nama"))
    for _ in range(2):
        await submit(desk, anonymous_scope(), again)
    await erase(desk, people["coordinator"], Erasure(ticket.id, ticket.version, "OTHER"))
    await add_note(desk, people["coordinator"], Note(ticket.id, "Later", Visibility.INTERNAL))
    imported = await Ticket.filter(channel=Channel.OPEN311).first()
    assert imported is not None
    await Ticket.filter(id=imported.id).update(anonymous=None)
    await erase(desk, people["coordinator"], Erasure(imported.id, imported.version, "OTHER"))

    work = WordVerification(desk.keys)
    assert [str(finding) async for finding in work.findings()] == []

    assert (work.tickets, work.unbound) == (28, 0)


TAMPERINGS = {
    "UPDATE ticket SET title = 'x'": "CHANGED: Ticket 1: title, event {title}.",
    "UPDATE ticket SET body = 'x'": "CHANGED: Ticket 1: body, event {body}.",
    "UPDATE ticket SET address = 'x'": "CHANGED: Ticket 1: location, event {body}.",
    "UPDATE ticket SET latitude = 1.5": "CHANGED: Ticket 1: location, event {body}.",
    "UPDATE ticket SET media = '[1]'": "CHANGED: Ticket 1: media, event {media}.",
    "UPDATE ticket SET status = 'ARCHIVED', assignee_id = 1": "CHANGED: Ticket 1: its row: assignee, status.",
    "UPDATE answer SET text = 'x' WHERE id = 1": "CHANGED: Ticket 1: answer:1, event {answer}.",
    "UPDATE answer SET state = 'DRAFT' WHERE id = 1": "CHANGED: Ticket 1: the state of answer:1, event {sent}.",
    "DELETE FROM answer WHERE id = 2": "REMOVED: Ticket 1: answer:2, event {second}.",
    "INSERT INTO answer (ticket_id, state, text, updated_at) VALUES (1, 'SENT', 'x', now())": (
        "INSERTED: Ticket 1: answer:3."
    ),
    "UPDATE ticket_text SET body = 'x' WHERE id = 1": "CHANGED: Ticket 1: text 1, event {title}.",
    "UPDATE ticket_text SET body = NULL WHERE id = 1": "REMOVED: Ticket 1: text 1, event {title}.",
    "DELETE FROM ticket_text WHERE id = 1": "REMOVED: Ticket 1: text 1, event {title}.",
    "INSERT INTO ticket_text (ticket_id, kind, body) VALUES (1, 'NOTE', 'x')": "INSERTED: Ticket 1: text {next_text}.",
    "UPDATE external_link SET external_id = 'x'": "CHANGED: Ticket 1: names in other systems.",
    "DELETE FROM external_link": "CHANGED: Ticket 1: names in other systems.",
    "UPDATE mutation_id SET value = 'x'": "CHANGED: Ticket 1: a name of a change.",
    "INSERT INTO mutation_id (ticket_id, digest, value, at) VALUES (1, 'x', 'y', now())": (
        "INSERTED: Ticket 1: a name of a change."
    ),
    "UPDATE event SET after = after || '{{\"lead\": 9}}' WHERE kind = 'VERIFIED'": (
        "CHANGED: Ticket 1: the state before an event is not the one after the event before it, event {after_verified}."
    ),
    "DELETE FROM event WHERE kind = 'NOTE_ADDED'": (
        "GAP: The log: {all_but_one} events up to {all}, where {all} were written."
    ),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_what_was_changed_behind_the_log_is_named(
    desk: Desk, database: BaseDBAsyncClient, people: dict[str, Scope], tampering: str
) -> None:
    await a_life(desk, people)
    places = await places_of(database)
    guards_off = "SET session_replication_role = replica; {}; RESET session_replication_role"

    await database.execute_script(guards_off.format(tampering.replace("{{", "{").replace("}}", "}")))

    assert TAMPERINGS[tampering].format(**places) in await found(desk)


async def places_of(database: BaseDBAsyncClient) -> dict[str, int]:
    """The events that set words, by what they set, and some counts."""
    _, rows = await database.execute_query("SELECT seq, kind, words::text, details::text FROM event ORDER BY seq")
    last = {name: row["seq"] for row in rows for name in ("title", "body", "media") if f'"{name}"' in row["words"]}
    answers = {name: row["seq"] for row in rows for name in ("answer:1", "answer:2") if f'"{name}"' in row["words"]}
    verified = next(row["seq"] for row in rows if row["kind"] == "VERIFIED")
    sent = next(row["seq"] for row in rows if row["kind"] == "ANSWER_SENT")
    _, texts = await database.execute_query("SELECT last_value FROM ticket_text_id_seq")
    counts = {"all": len(rows), "all_but_one": len(rows) - 1, "next_text": texts[0]["last_value"] + 1}
    return {
        **last,
        **counts,
        "answer": answers["answer:1"],
        "second": answers["answer:2"],
        "after_verified": verified + 1,
        "sent": sent,
    }


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        ("UPDATE ticket SET title = 'One'", "CHANGED: Ticket 1: title, event {erasure}."),
        ("UPDATE ticket_text SET body = 'Note' WHERE id = 1", "KEPT: Ticket 1: text 1, event {title}."),
        ("UPDATE answer SET text = 'Another' WHERE id = 2", "KEPT: Ticket 1: answer:2, event {second}."),
        ("UPDATE external_link SET raw_status = 'open'", "KEPT: Ticket 1: source:1."),
    ],
)
async def test_what_an_erasure_should_have_taken_is_named(
    desk: Desk, database: BaseDBAsyncClient, people: dict[str, Scope], tampering: str, told: str
) -> None:
    ticket = await a_life(desk, people)
    places = await places_of(database)
    await erase(desk, people["coordinator"], Erasure(ticket.id, ticket.version, "OTHER"))

    await database.execute_script(tampering)

    assert told.format(erasure=places["all"] + 1, **places) in await found(desk)


async def test_a_blank_that_no_erasure_made_is_found(desk: Desk, people: dict[str, Scope]) -> None:
    await a_life(desk, people)
    await Answer.filter(id=2).update(text="(dihapus)", state=AnswerState.DRAFT)

    assert [line.partition(",")[0] for line in await found(desk)] == ["CHANGED: Ticket 1: answer:2"]
