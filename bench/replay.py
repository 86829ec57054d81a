"""The whole event log, replayed against what stands in the tables: after the demo's thirty days, and after a storm.

The storm are processes of `surga simulate` and of `bench.storm`, which do all that is done to tickets as fast as they
can, beside rotations of the key, while boards are kept. Every contradiction is named with the first events that show
it; the exit code is 1 where there is any.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from api.server.opening import open_desk
from api.settings import load_settings
from bench.desks import SURGA, quiet_demo
from models.database import connection
from models.enums import AnswerState, PrincipalKind, Role, TicketStatus
from realtime.log import LoggedEvent, read_after
from services.access.scopes import Sight
from services.access.states import row_state
from services.audit.words import WordVerification
from services.board.board import Board, BoardFilter
from services.core.desk import Desk
from services.core.reference import Reference
from services.tickets.records.changes import changed_names

ACTS, STORM_ACTS, PROCESSES, ROTATIONS, PAGE, SHOWN = 200, 1_500, 3, 6, 1_000, 5
SIMULATION = (str(SURGA), "simulate", "--rate", "6000", "--acts", str(ACTS))
STORM = (sys.executable, "-m", "bench.storm", "--acts", str(STORM_ACTS))
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
# What a use case names of its own: words and rows that no state holds.
NAMED_BY_HAND = {"answers", "body", "continuedIn", "duplicates", "location", "reporter", "timeline", "title"}
WITH_AN_AGENCY = (TicketStatus.DISPATCHED, TicketStatus.IN_PROGRESS, TicketStatus.ANSWERED)
Rows = Sequence[Mapping[str, Any]]
Tickets = Mapping[int, Mapping[str, Any]]


class Contradictions(defaultdict[str, list[object]]):
    """What contradicts what, by kind."""

    def __init__(self) -> None:
        super().__init__(list)

    def expect(self, holds: bool, kind: str, where: object) -> None:
        if not holds:
            self[kind].append(where)

    def told(self) -> list[str]:
        return [f"{len(found)} x {kind}, e.g. {found[:SHOWN]}" for kind, found in sorted(self.items())]


def main() -> int:
    with quiet_demo() as (_, folder):
        os.environ["SURGA_DATA_DIR"] = str(folder)
        found = [*asyncio.run(replayed()), *asyncio.run(stormed(folder))]
    for line in found:
        print(f"  {line}")
    return int(bool(found))


async def replayed() -> list[str]:
    """Contradictions of the thirty days that the demo begins with."""
    async with open_desk(load_settings()) as desk:
        found, events = await contradictions(desk, ())
    print(f"thirty days, {events} events replayed: {len(found)} contradictions")
    return found.told()


async def stormed(folder: Path) -> list[str]:
    """The same after the storm, with boards that were kept up through it."""
    async with open_desk(load_settings()) as desk:
        reference = await desk.reference()
        boards = [Board(sight, wanted) for sight, wanted in kept_boards(reference)]
        deadlocks = (await rows(DEADLOCKS))[0]["deadlocks"]
        plays = [SIMULATION, *[STORM] * (PROCESSES - 1)]
        storm = [begun(folder, *play, "--seed", str(seed)) for seed, play in enumerate(plays, 2)]
        rotations = 0
        while any(each.poll() is None for each in storm):
            if rotations < ROTATIONS:
                await asyncio.to_thread(begun(folder, str(SURGA), "keys", "rotate").wait)
                rotations += 1
            for board in boards:
                await board.read(desk)
        failed = [each.returncode for each in storm if each.returncode]
        found, events = await contradictions(desk, boards)
        deadlocks = (await rows(DEADLOCKS))[0]["deadlocks"] - deadlocks
    found.expect(not failed, "a process of the storm failed", failed)
    found.expect(not deadlocks, "two use cases waited for one another", deadlocks)
    name = f"a storm of {PROCESSES} processes and {rotations} rotations"
    print(f"{name}, {events} events replayed: {len(found)} contradictions")
    return found.told()


def begun(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "SURGA_DATA_DIR": str(folder)}
    told = None if words[0] == sys.executable else subprocess.DEVNULL  # a storm says what broke
    return subprocess.Popen(words, env=environment, stdout=told)  # noqa: S603


def kept_boards(reference: Reference) -> list[tuple[Sight, BoardFilter]]:
    """Boards of several callers, with and without a filter."""
    first, second = sorted(reference.agencies)[:2]
    sights = [Sight(PrincipalKind.DISPLAY), Sight(PrincipalKind.DISPLAY, agency_id=first)]
    sights += [Sight(PrincipalKind.STAFF, (role,), second) for role in (Role.COORDINATOR, Role.OFFICER)]
    code, place = reference.agencies[first].code, min(reference.kecamatan)
    filters = [BoardFilter(), BoardFilter(agency_code=(code,)), BoardFilter(kecamatan_code=(place,))]
    return [(sight, wanted) for sight in sights for wanted in filters]


async def contradictions(desk: Desk, boards: Iterable[Board]) -> tuple[Contradictions, int]:
    """Everything that contradicts something, and how many events were read."""
    found = Contradictions()
    events, head = await whole_log()
    tickets = {row["id"]: row for row in await rows("SELECT * FROM ticket")}
    found.expect([event.seq for event in events] == list(range(1, head + 1)), "the log has holes", head)
    replay_states(found, events, tickets)
    replay_texts(found, desk, events, await rows("SELECT id, ticket_id, kind, body FROM ticket_text"))
    replay_answers(found, events, tickets, await rows("SELECT * FROM answer"))
    check_tickets(
        found, tickets, await rows("SELECT ticket_id, system || '|' || external_id AS name FROM external_link")
    )
    check_numbers(found, tickets, await rows("SELECT year, issued FROM ticket_counter"))
    async for finding in WordVerification(desk.keys).findings():
        found["rows or words are other than the log says"].append(str(finding))
    for board in boards:
        await compare(found, desk, board)
    return found, len(events)


async def whole_log() -> tuple[list[LoggedEvent], int]:
    events: list[LoggedEvent] = []
    while True:
        page, head = await read_after(connection(), events[-1].seq if events else 0, PAGE)
        events += page
        if not page:
            return events, head.seq


async def rows(statement: str) -> Rows:
    found: Rows = await connection().execute_query_dict(statement)
    return found


def replay_states(found: Contradictions, events: Iterable[LoggedEvent], tickets: Tickets) -> None:
    """Each event goes on from the one before it, and the row is what the last one left."""
    last: dict[int, LoggedEvent] = {}
    for event in events:
        if event.ticket_id is None:
            continue
        step(found, event, last.get(event.ticket_id))
        last[event.ticket_id] = event
    for key, row in tickets.items():
        after = last[key].after if key in last else None
        found.expect(after == row_state(row), "the row is not the after of its last event", key)
    found.expect(
        last.keys() <= tickets.keys(), "events of a ticket that is not there", sorted(last.keys() - tickets.keys())
    )


def step(found: Contradictions, event: LoggedEvent, earlier: LoggedEvent | None) -> None:
    where, before, after = (event.seq, str(event.kind), event.ticket_id), event.before, event.after or {}
    found.expect(before == (earlier.after if earlier else None), "before is not the after of the event before", where)
    found.expect(event.version == after.get("version"), "the version is not that of its after", where)
    if before is None:
        return
    raised = after["version"] - before["version"]
    found.expect(raised in (0, 1), "the version jumps", where)
    found.expect(bool(raised) or before["status"] == after["status"], "the status moves without the version", where)
    found.expect(after["updated_at"] >= before["updated_at"], "updatedAt goes back", where)
    imported = event.kind == "IMPORTED_NOTE"
    found.expect(imported or earlier is None or event.at >= earlier.at, "the time of events goes back", where)
    differing = set(changed_names(before, after))
    named_right = differing <= set(event.changed) <= differing | NAMED_BY_HAND
    found.expect(named_right, "the changed names are wrong", (*where, sorted(event.changed)))


def replay_texts(found: Contradictions, desk: Desk, events: Iterable[LoggedEvent], texts: Rows) -> None:
    """Each text is named by an event of its ticket, which holds its digest."""
    known, named = {row["id"]: row for row in texts}, set()
    for event in events:
        for key, digest in digests_in(event):
            named.add(key)
            text = known.get(key)
            owned = text is not None and text["ticket_id"] == event.ticket_id
            found.expect(owned, "an event names a text that is not its ticket's", (event.seq, key))
            if text is not None and text["body"] is not None:
                found.expect(
                    desk.keys.text_digest(text["body"]) == digest, "a text has another digest", (event.seq, key)
                )
    found.expect(known.keys() <= named, "a text that no event names", sorted(known.keys() - named))


def digests_in(event: LoggedEvent) -> list[tuple[int, bytes]]:
    more = [(int(text["id"]), bytes.fromhex(text["digest"])) for text in event.details.get("texts", ())]
    if event.text_id is None or event.text_digest is None:
        return more
    return [(event.text_id, bytes(event.text_digest)), *more]


def replay_answers(found: Contradictions, events: Iterable[LoggedEvent], tickets: Tickets, answers: Rows) -> None:
    """Each answer is what the last event that names it says, and those that wait are counted at their ticket."""
    told = {
        event.details["answer"]: (event.details["answerVersion"], event.details["answerState"])
        for event in events
        if "answer" in event.details
    }
    waiting: Counter[int] = Counter()
    for answer in answers:
        said, stands = told.get(answer["id"]), (answer["version"], answer["state"])
        found.expect(said == stands, "an answer is other than the log says", (answer["id"], said, stands))
        waits = answer["state"] == AnswerState.WAITING_APPROVAL and answer["approver_id"] is None
        waiting[answer["ticket_id"]] += waits
    for key, row in tickets.items():
        found.expect(row["answers_waiting"] == waiting[key], "the number of waiting answers is wrong", key)


def check_tickets(found: Contradictions, tickets: Tickets, links: Rows) -> None:
    """What must hold of every row, whatever happened to it."""
    names: defaultdict[int, set[str]] = defaultdict(set)
    for link in links:
        names[link["ticket_id"]].add(link["name"])
    for key, row in tickets.items():
        for kind, holds in RULES.items():
            found.expect(holds(row), kind, key)
        found.expect(len(row["external_keys"]) == len(names[key]), "the external keys are not the links", key)
        found.expect(not in_a_ring(tickets, key), "merged in a ring", key)


RULES: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "holdUntil and ON_HOLD differ": lambda row: (
        (row["hold_until"] is not None) == (row["status"] == TicketStatus.ON_HOLD)
    ),
    "an assignee without a lead": lambda row: row["assignee_id"] is None or row["lead_agency_id"] is not None,
    "the lead supports itself": lambda row: row["lead_agency_id"] not in row["supporting_agency_ids"],
    "supporters without a lead": lambda row: not row["supporting_agency_ids"] or row["lead_agency_id"] is not None,
    "in work without a lead": lambda row: row["status"] not in WITH_AN_AGENCY or row["lead_agency_id"] is not None,
    "merged and not archived": lambda row: row["merged_into_id"] is None or row["status"] == TicketStatus.ARCHIVED,
}


def in_a_ring(tickets: Tickets, key: int) -> bool:
    seen: set[int] = set()
    at: int | None = key
    while at is not None and at not in seen:
        seen.add(at)
        at = tickets[at]["merged_into_id"]
    return at is not None


def check_numbers(found: Contradictions, tickets: Tickets, counters: Rows) -> None:
    """The numbers of a year have no hole."""
    given: defaultdict[int, list[int]] = defaultdict(list)
    for row in tickets.values():
        head, _, place = row["number"].rpartition("-")
        given[int(head[-4:])].append(int(place))
    for counter in counters:
        whole = sorted(given[counter["year"]]) == list(range(1, counter["issued"] + 1))
        found.expect(whole, "the numbers of a year have holes", counter["year"])


async def compare(found: Contradictions, desk: Desk, board: Board) -> None:
    """A board that was kept against one that is counted anew, in every part but its moment."""
    kept, fresh = await board.read(desk), await Board(*board.kind).read(desk)
    differing = [name for name in kept.__slots__ if name != "as_of" and getattr(kept, name) != getattr(fresh, name)]
    found.expect(not differing, "a kept board differs from one counted anew", (board.kind, differing))


if __name__ == "__main__":
    sys.exit(main())
