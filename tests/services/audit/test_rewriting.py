"""The words of earlier releases leave the log: each event once, on record, wherever it was stopped."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import Answer, AuditEntry, Event, ExternalLink, MutationId, Ticket, TicketText, WordBinding
from models.database import connection
from models.enums import Channel, Classification, EventKind, Role, Visibility
from realtime import log
from services.access.scopes import Scope
from services.access.states import ticket_state
from services.audit import rewriting
from services.audit.old_words import Found, bindings, changes
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.words import answer_word, digests, words_of
from services.intake.forms import Submission
from services.intake.submissions import submit
from services.reporters.erasure import Erasure, erase
from services.reporters.reporters import Lookup, find
from services.tickets.answers import Draft, save_draft
from services.tickets.editing import Edit, Note, add_note, edit
from services.tickets.location import Place
from services.tickets.moves import Dispatch, Verify, dispatch, verify
from tests.factories import make_agency, make_client_scope, make_scope

NOW = timedelta(0)
# What a release before this one would have written, in place of what this one wrote.
AGED = """
SET session_replication_role = replica; -- past the guards of what is append-only
UPDATE event SET words = NULL,
    client_mutation_id = (SELECT value FROM mutation_id m WHERE m.digest = client_mutation_id),
    before = CASE WHEN before->'external' <> '[]' THEN jsonb_set(before, '{external}', '["partner:1|A-1"]')
        ELSE before END,
    after = CASE WHEN after->'external' <> '[]' THEN jsonb_set(after, '{external}', '["partner:1|A-1"]')
        ELSE after END;
UPDATE event SET client_mutation_id = 'sought' WHERE kind = 'REPORTER_SOUGHT';
UPDATE ticket SET external_keys = '{partner:1|A-1}' WHERE external_keys <> '{}';
UPDATE external_link SET external_id = 'A-1';
DELETE FROM mutation_id;
RESET session_replication_role;
"""


@pytest.fixture
async def coordinator(database: object) -> Scope:
    await make_agency("pupr")
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


async def a_life(desk: Desk, coordinator: Scope) -> Ticket:
    """A partner's ticket with words on every path, as this release writes it."""
    form = Submission(
        "One",
        "Two",
        Channel.PARTNER,
        external_id="A-1",
        anonymous=False,
        place=Place(address="Jalan 1"),
        client_mutation_id="m-1",
    )
    ticket = (await submit(desk, await make_client_scope(), form)).ticket
    key = ticket.id
    await verify(desk, coordinator, Verify(key, 1, Classification.COMPLAINT, title="One, again"))
    await dispatch(desk, coordinator, Dispatch(key, 2, "pupr", note="Note", client_mutation_id="m-2"))
    await edit(
        desk, coordinator, Edit(key, 3, body="Two, again", place=Place(address="Jalan 2"), client_mutation_id="m-2")
    )
    await save_draft(desk, coordinator, Draft(key, "Answer"))
    await find(desk, coordinator, Lookup(phone="081200000000", client_mutation_id="sought"))
    return await Ticket.get(id=key)


async def everything() -> list[list[dict[str, Any]]]:
    found = [await model.all().order_by("id").values() for model in (Ticket, ExternalLink, TicketText, Answer)]
    return [*found, await Event.all().order_by("seq").values()]


async def test_what_an_earlier_release_wrote_becomes_what_this_one_writes(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope
) -> None:
    await a_life(desk, coordinator)
    before, names = await everything(), await MutationId.all().order_by("digest").values_list("digest", "value")
    await database.execute_script(AGED)

    assert await rewriting.rewrite(desk, NOW) == 6

    after = await everything()
    for old, new in zip(before[-1], after[-1], strict=True):
        # Which words an earlier release set by which event is known as far as it kept what gave way.
        old["words"], new["words"] = old["words"] or None, new["words"] or None
    assert after == before
    assert await MutationId.all().order_by("digest").values_list("digest", "value") == names
    assert await rewriting.rewrite(desk, NOW) == 0
    assert (await WordBinding.get()).seq == (await log.head(connection())).seq


async def test_each_step_is_named_by_the_audit_log_with_digests_of_before_and_after(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope
) -> None:
    await a_life(desk, coordinator)
    await database.execute_script(AGED)
    statement = (
        "SELECT seq, event::text AS row FROM event WHERE client_mutation_id IS NOT NULL OR ticket_id IS NOT NULL "
    )
    _, rows = await database.execute_query(statement + "ORDER BY seq")

    await rewriting.rewrite(desk, NOW)

    entry = await AuditEntry.get(kind="LOG_REWRITTEN")
    assert entry.principal == "system"
    told = json.loads(entry.details)
    assert (told["first"], told["last"], told["events"]) == (rows[0]["seq"], rows[-1]["seq"], 6)
    assert told["before"] == desk.keys.digest("log rewritten", "\n".join(row["row"] for row in rows)).hex()
    assert told["after"] != told["before"]


async def test_events_are_rewritten_once_and_new_ones_of_an_old_server_when_they_come(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "BATCH", 2)
    ticket = await a_life(desk, coordinator)
    await database.execute_script(AGED)
    assert await rewriting.rewrite(desk, NOW) == 6
    entries = await AuditEntry.filter(kind="LOG_REWRITTEN").count()
    done = await Event.all().order_by("seq").values()
    await add_note(desk, coordinator, Note(ticket.id, "Old server", Visibility.PUBLIC, "m-9"))
    old = AGED.replace("UPDATE event SET words = NULL,", "UPDATE event SET").split("UPDATE event SET client")[0]
    of_last = old.replace("ELSE after END;", "ELSE after END WHERE seq = (SELECT seq FROM log_head);")
    await database.execute_script(
        of_last + "DELETE FROM mutation_id WHERE value = 'm-9'; RESET session_replication_role;"
    )

    assert await rewriting.rewrite(desk, NOW) == 1

    events = await Event.all().order_by("seq").values()
    assert events[:-1] == done
    assert events[-1]["client_mutation_id"] == desk.keys.mutation_digest(ticket.id, "m-9")
    assert events[-1]["before"] == events[-1]["after"] == ticket_state(await Ticket.get())
    assert await AuditEntry.filter(kind="LOG_REWRITTEN").count() == entries + 1


async def test_events_that_just_came_are_left_until_their_writers_have_found_them(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope
) -> None:
    await a_life(desk, coordinator)
    await database.execute_script(AGED)

    assert await rewriting.rewrite(desk) == 0

    assert (await Event.get(kind=EventKind.SUBMITTED)).client_mutation_id == "m-1"
    assert await rewriting.rewrite(desk, NOW) == 6


async def test_a_step_that_breaks_changes_nothing_and_is_taken_again(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_life(desk, coordinator)
    await database.execute_script(AGED)
    before = await everything()

    async def broken(*_: object, **__: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(rewriting, "record", broken)
        with pytest.raises(ConnectionResetError):
            await rewriting.rewrite(desk, NOW)

    assert await everything() == before
    assert await MutationId.all().count() == 0
    assert await rewriting.rewrite(desk, NOW) == 6


async def test_a_ticket_that_somebody_works_on_is_taken_by_the_next_run(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await a_life(desk, coordinator)
    await database.execute_script(AGED)
    monkeypatch.setattr(rewriting, "TICKETS", rewriting.TICKETS.replace("FOR UPDATE", "FOR UPDATE NOWAIT"))
    holder = await asyncpg.connect(database_url)

    async with holder.transaction():
        await holder.execute("SELECT 1 FROM ticket WHERE id = $1 FOR UPDATE", ticket.id)
        assert await rewriting.rewrite(desk, NOW) == 0
    await holder.close()

    assert await rewriting.rewrite(desk, NOW) == 6


async def test_of_what_was_erased_nothing_is_kept_but_digests(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope
) -> None:
    ticket = await a_life(desk, coordinator)
    await database.execute_script(AGED)
    await database.execute_script(
        'SET session_replication_role = replica; UPDATE event SET details = details || \'{"type": "Sekar"}\' '
        "WHERE kind = 'VERIFIED'; RESET session_replication_role"
    )
    await erase(desk, coordinator, Erasure(ticket.id, ticket.version, "OTHER", "m-8"))

    assert await rewriting.rewrite(desk, NOW) == 7

    assert await MutationId.all().count() == 0
    kind = await TicketText.get(kind="SOURCE_KIND")
    assert (kind.body, kind.erased_at) == (None, desk.now())
    verified = await Event.get(kind=EventKind.VERIFIED)
    assert verified.details["texts"][-1] == {
        "kind": "SOURCE_KIND",
        "id": kind.id,
        "digest": desk.keys.text_digest("Sekar").hex(),
    }
    assert "type" not in verified.details
    events = await Event.filter(ticket_id=ticket.id).order_by("seq")
    row = await Ticket.get()
    assert events[-1].after == ticket_state(row)
    assert [later.before for later in events[1:]] == [earlier.after for earlier in events[:-1]]
    digest, erased = desk.keys.all_external_digests("A-1")
    assert (events[0].after["external"], row.external_keys) == ([f"partner:1|{digest}"], [f"partner:1|{erased}"])
    assert (await ExternalLink.get()).external_id == erased


async def test_the_same_name_from_servers_of_two_releases_stands_once(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope
) -> None:
    ticket = await a_life(desk, coordinator)
    await database.execute_script(AGED)
    other = await submit(desk, coordinator, Submission("Three", "Four", Channel.PHONE))
    digest = desk.keys.external_digest("A-1")
    link = await ExternalLink.get()
    link_of_the_new = {"system": link.system, "external_id": digest, "direction": link.direction}
    await ExternalLink.create(ticket_id=other.ticket.id, **link_of_the_new, created_at=desk.now())

    assert await rewriting.rewrite(desk, NOW) == 6

    await link.refresh_from_db()
    assert link.external_id == desk.keys.erased_digest(f"{digest} {ticket.id}")


def test_a_word_that_gave_way_is_bound_to_the_event_that_had_set_it() -> None:
    """Back from the row of now, through the texts that were kept when something else took their place."""
    keys = Keys(b"k" * 32)
    row = {"id": 5, "title": "C", "body": "b", "address": None, "latitude": None, "longitude": None, "media": []}
    nothing = {"ticket_id": 5, "before": None, "after": None, "client_mutation_id": None, "words": None}
    found = Found(row)
    found.texts = {1: {"id": 1, "body": "A"}, 2: {"id": 2, "body": "B"}}
    for seq, kind, changed, texts in (
        (1, "SUBMITTED", [], []),
        (2, "VERIFIED", ["title"], [{"kind": "TITLE", "id": 1}]),
        (3, "FIELD_CHANGED", ["title"], [{"kind": "TITLE", "id": 2}]),
        (4, "ASSIGNED", ["assignee"], []),
    ):
        found.events.append({"seq": seq, "kind": kind, "changed": changed, "details": {"texts": texts}, **nothing})

    told = bindings(keys, found)

    titles = {seq: words["title"] for seq, words in told.items()}
    assert titles == {seq: keys.word_digest(5, "title", f'["{word}"]') for seq, word in ((1, "A"), (2, "B"), (3, "C"))}
    assert set(told[1]) == {"title", "body", "location", "media"}
    assert [change.seq for change in changes(keys, found)] == [1, 2, 3]


async def test_answers_are_bound_to_the_last_event_that_names_them(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope
) -> None:
    ticket = await a_life(desk, coordinator)
    await database.execute_script(AGED)

    await rewriting.rewrite(desk, NOW)

    answer, event = await Answer.get(), await Event.get(kind=EventKind.ANSWER_DRAFTED)
    assert event.words == digests(desk.keys, ticket.id, {answer_word(answer.id): "Answer"})
    first = await Event.get(kind=EventKind.SUBMITTED)
    row = await Ticket.get()
    assert first.words["media"] == digests(desk.keys, ticket.id, words_of(row))["media"]


async def test_names_that_an_old_server_left_behind_its_erasure_go(
    desk: Desk, database: BaseDBAsyncClient, coordinator: Scope
) -> None:
    ticket = await a_life(desk, coordinator)
    await erase(desk, coordinator, Erasure(ticket.id, ticket.version, "OTHER"))
    await MutationId.create(ticket_id=ticket.id, digest="left", value="Sekar", at=desk.now())
    await database.execute_script(
        "SET session_replication_role = replica; UPDATE event SET words = NULL WHERE kind = 'REPORTER_ERASED'; "
        "RESET session_replication_role"
    )

    assert await rewriting.rewrite(desk, NOW) == 1

    assert await MutationId.all().count() == 0
