"""Marks in every word that a command of `surga` takes: they stand where they were asked for, and nowhere else.

Logs, the bus and the metrics are searched for them at the end of the run. What tickets get of an import is erased.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from typer.main import get_command

from api.cli.program import program as all_verbs
from models import ExternalLink, PendingReindex, Ticket
from models.enums import Role
from services.audit.words import WordVerification
from services.core.desk import Desk
from services.displays import device_grant
from services.reporters.erasure import Erasure, erase
from tests.conftest import SECRET, Clock
from tests.factories import make_agency, make_scope
from tests.forking import Program
from tests.marked_imports import IMPORTED, records
from tests.spills import note
from tests.words_of_the_schema import mark_of
from tests.words_on_disk import columns_with, left_in_files
from workers.jobs import JOBS
from workers.loop import run_all

pytestmark = pytest.mark.slow

# What a command needs besides words where it shall reach its use case.
PLAIN = {"token create": ("DISPLAY",)}
REFUSE_NO_WORD = ["search explain"]  # it changes nothing, and leaves nothing either
# Where words stay: they name an account, a partner, a screen or another system, and go with it.
STAY = {
    "admin create.email": {"officer.email"},
    "admin create.name": {"officer.name"},
    "staff import.email": {"officer.email"},
    "staff import.name": {"officer.name"},
    "partner create.name": {"client.name"},
    "partner import.name": {"client.name"},
    "partner import.purpose": {"partner_grant.purpose"},
    "partner import.document": {"stored_document.name"},
    "partner import.text": {"stored_document.text"},
    "partner grant.purpose": {"partner_grant.purpose"},
    "partner document store.document": {"stored_document.name"},
    "partner document store.file": {"stored_document.text"},
    "partner key create.key": {"credential.name"},
    "token create.name": {"client.name", "credential.name"},
    "token approve.name": {"client.name"},
    "import open311.source": {
        *("event.actor_id", "event.after", "event.before", "event.details"),
        *("external_link.system", "ticket.external_keys"),
    },
}


def commands() -> dict[str, dict[str, type]]:
    """Every command with its parameters that take words, in text or in a file."""
    return {path: dict(_words(command)) for path, command in _leaves(get_command(all_verbs()), ())}


def _leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield " ".join(path), command
    for name, below in (inner or {}).items():
        yield from _leaves(below, (*path, name))


def _words(command: Any) -> Iterator[tuple[str, Any]]:
    for parameter in command.params:
        kinds = list(_kinds(parameter.type_descriptor.annotation)) if parameter.name != "help" else []
        for kind in (str, Path):
            if kind in kinds:
                yield parameter.name, (kind, parameter)


def _kinds(annotation: Any) -> Iterator[Any]:
    yield annotation
    for each in get_args(annotation):
        yield from _kinds(each)


def marked_call(command: str, folder: Path) -> list[str]:
    """The command with a mark in every word that it takes; files hold one, and have one for their name."""
    said, options = [*command.split(), *PLAIN.get(command, ())], []
    for name, (kind, parameter) in commands()[command].items():
        word = mark_of(f"{command}.{name}")
        if kind is Path:
            (folder / word).write_text(word)
            word = str(folder / word)
        is_option = parameter.param_type_name == "option"
        options += [parameter.opts[0], word] if is_option else []
        said += [] if is_option else [word]
    return said + options


Surga = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def surga(program: Program, desk: Desk, clock: Clock, database_url: str, redis_url: str, tmp_path: Path) -> Surga:
    """Run the program on this test's database, in a process of its own, where it is now what it really is."""
    clock.set(datetime.now(UTC))
    place = {"SURGA_DATABASE_URL": database_url, "SURGA_REDIS_URL": redis_url, "SURGA_SECRET_KEY": SECRET}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **place, "SURGA_ENVIRONMENT": "test", "COLUMNS": "200"}
        return program.run(*words, **environment | {"SURGA_DATA_DIR": str(tmp_path)})

    return run


def noted(names: Sequence[str]) -> Mapping[str, str]:
    """Marks by their names, which are searched for when the run ends."""
    found = {name: mark_of(name) for name in names}
    for mark in found.values():
        note("word", mark)
    return found


async def test_commands_that_are_refused_leave_nothing_of_any_word_of_theirs(
    surga: Surga, database: BaseDBAsyncClient, tmp_path: Path
) -> None:
    with_words = [command for command, words in commands().items() if words]
    marks = noted([f"{command}.{name}" for command in with_words for name in commands()[command]])

    ended = {command: surga(*marked_call(command, tmp_path)).returncode for command in with_words}

    assert [command for command, code in ended.items() if code == 0] == REFUSE_NO_WORD
    assert await columns_with(database, marks) == {}
    assert await left_in_files(database, marks.values()) == []


@dataclass(frozen=True)
class Names:
    """Words of the calls below, by the command that brings them in first."""

    folder: Path

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def partner(self, name: str, purpose: str) -> str:
        """A partner as a file."""
        text = f"""name: {name}
purpose: {purpose}
coordinates: standard
documents:
  {mark_of("partner import.document")}: "{{ viewer {{ kind }} }} # {mark_of("partner import.text")}"
"""
        return self.file(f"{purpose}.yaml", text)


def email_of(name: str) -> str:
    return f"{mark_of(name)}@contoh.example"


def calls(names: Names, code: str) -> list[list[str]]:
    """Everything that is taken, in an order in which it is."""
    boss, clerk, partner = (
        email_of("admin create.email"),
        email_of("staff import.email"),
        mark_of("partner create.name"),
    )
    url = ["--url", f"https://{mark_of('staff import.url')}.example"]
    row = f"{clerk},{mark_of('staff import.name')},DISKOMINFO,OFFICER,2026-01-01,"
    staff = names.file("petugas.csv", f"email,name,agency_code,role,valid_from,valid_to\n{row}\n")
    imported = names.partner(mark_of("partner import.name"), mark_of("partner import.purpose"))
    granted = names.partner(partner, mark_of("partner grant.purpose"))
    document = names.file("operasi.graphql", "{ viewer { kind } } # " + mark_of("partner document store.file"))
    cases = names.file("laporan.json", records().decode())
    stored = mark_of("partner document store.document")
    return [
        ["admin", "create", boss, "--name", mark_of("admin create.name"), "--agency", "DISKOMINFO", *url],
        ["staff", "import", staff, "--links", str(names.folder / "tautan.csv"), *url],
        ["staff", "link", clerk, *url],
        ["token", "create", "STAFF", mark_of("token create.name"), "--officer", clerk],
        ["token", "create", "PARTNER", mark_of("token create.name")],
        ["token", "create", "DISPLAY", mark_of("token create.name")],
        ["token", "approve", code, "--name", mark_of("token approve.name")],
        ["staff", "end", clerk],
        ["partner", "create", partner],
        ["partner", "import", imported],
        ["partner", "grant", partner, granted],
        ["partner", "diff", partner, "--file", imported],
        ["partner", "schema", partner],
        ["partner", "export", partner],
        ["partner", "document", "store", partner, stored, document],
        ["partner", "document", "remove", mark_of("partner import.name"), "nothing"],
        ["partner", "key", "create", partner, mark_of("partner key create.key"), "--network", "127.0.0.0/8"],
        ["partner", "key", "list", partner],
        ["partner", "end", partner],
        ["audit", "list", "--principal", mark_of("audit list.principal"), "--subject", mark_of("audit list.subject")],
        ["import", "open311", cases, "--source", mark_of("import open311.source")],
        ["search", "explain", mark_of("search explain.text")],
    ]


# What is refused here whatever it is given: why.
NOT_TAKEN = {
    "deadline": "moments, codes and statuses of a question, of which nothing is kept",
    "seed": "a folder of master data, whose words are no person's",
    "watch": "a name in a demo's file",
    "schema": "a language",
    "migrate": "a role of the database",
    "audit verify": "a head and a key that were kept elsewhere",
}


def test_every_command_with_words_is_called(tmp_path: Path) -> None:
    """A new one is called above, or takes no words that anything keeps: say why."""
    called = {" ".join(words) for words in calls(Names(tmp_path), "000000")}
    with_words = {command for command, words in commands().items() if words}
    assert {each for each in with_words if not any(words.startswith(f"{each} ") for words in called)} == set(NOT_TAKEN)


async def test_words_that_commands_take_stand_where_they_were_asked_for_and_an_import_is_erased(
    surga: Surga, desk: Desk, database: BaseDBAsyncClient, tmp_path: Path
) -> None:
    coordinator = await make_scope(Role.COORDINATOR, await make_agency("DISKOMINFO"))
    code = (await device_grant.begin(desk, "kota", "203.0.113.9")).user_code
    marks = noted([*STAY, "search explain.text", "staff import.url", "audit list.principal", "audit list.subject"])
    for mark in IMPORTED:
        note("word", mark)

    for words in calls(Names(tmp_path), code):
        done = surga(*words)
        assert done.returncode == 0, (words, done.stderr)
    ticket = await Ticket.get()
    await erase(desk, coordinator, Erasure(ticket.id, ticket.version, "REPORTER_REQUEST"))
    while await PendingReindex.all().count():  # a transaction of another test's database may be in its way
        await run_all(desk, JOBS)

    assert await columns_with(database, marks | {mark: mark for mark in IMPORTED}) == STAY
    assert await left_in_files(database, IMPORTED) == []
    assert [str(finding) async for finding in WordVerification(desk.keys).findings()] == []
    assert await ExternalLink.filter(ticket_id=ticket.id).count() == 1
