"""The log and its home: elsewhere nothing is read or written, and adopting it gives nothing a second time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from api.cli.worker import work_until_stopped
from api.composition import open_components
from api.settings import Settings
from models import AuditEntry, Event, LogEpoch, LogHead
from models.enums import ActorKind, EpochKind, EventKind, SubjectKind, Visibility
from realtime import log
from realtime.homes import HighWaterMark, LogElsewhereError
from realtime.log_reader import LogReader
from services import epochs
from services.access.scopes import SYSTEM
from services.core.desk import Desk, utc_now
from services.core.reference import References
from services.credentials import identify
from services.feeds.rights import named_by
from services.queries import tickets
from services.tickets.numbering import next_numbers
from tests.factories import make_ticket
from tests.root import ROOT
from workers.epochs import adopt_log
from workers.jobs import JOBS, Job
from workers.loop import run_alone

SERVER = "7713450967423203774"
HOME = f"{SERVER}/00000001/16384/16400"


def an_event() -> log.NewEvent:
    return log.NewEvent(
        kind=EventKind.STATUS_CHANGED,
        at=utc_now(),
        actor_kind=ActorKind.SYSTEM,
        visibility=Visibility.PUBLIC,
    )


async def move_away(database: BaseDBAsyncClient, home: str = HOME) -> None:
    """Let the log have been written somewhere else until now."""
    await database.execute_query("UPDATE log_head SET home = $1", [home])


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (f"{SERVER}/00000002/16384/16400", EpochKind.FAILED_OVER),
        (f"{SERVER}/00000001/16999/16400", EpochKind.COPIED),
        (f"{SERVER}/00000002/16999/16400", EpochKind.COPIED),
        (f"{SERVER}/00000001/16999/17000", EpochKind.RESTORED),
        (f"{SERVER}/00000001/16384/17000", EpochKind.RESTORED),
        ("7713450967423203775/00000001/16384/16400", EpochKind.RESTORED),
    ],
)
def test_where_the_log_is_now_tells_what_has_happened_to_it(after: str, kind: EpochKind) -> None:
    assert epochs.kind_of_move(HOME, after) is kind


async def test_elsewhere_nothing_is_read(desk: Desk, database: BaseDBAsyncClient) -> None:
    ticket = await make_ticket()
    await move_away(database)

    reader = LogReader(lambda: database)
    reading = (
        log.head(database),
        log.read_after(database, 0, 10),
        reader.head(),
        tickets.ticket_by_id(desk, SYSTEM, ticket.id),
        tickets.tickets_by_ids(desk, SYSTEM.sight, [ticket.id]),
        References().current(database, desk.today()),
    )
    for each in reading:
        with pytest.raises(LogElsewhereError, match="lives elsewhere"):
            await each


async def test_elsewhere_no_change_of_rights_is_read(database: BaseDBAsyncClient) -> None:
    await log.append(database, [log.NewEvent(EventKind.RIGHTS_CHANGED, utc_now(), ActorKind.SYSTEM,
        subject_kind=SubjectKind.OFFICER, subject_id=1)])  # fmt: skip
    await move_away(database)

    with pytest.raises(LogElsewhereError):
        await log.read_others(database, 0, 10, 10)


async def test_elsewhere_nothing_is_written(database: BaseDBAsyncClient) -> None:
    await move_away(database)

    async with in_transaction() as transaction:
        with pytest.raises(LogElsewhereError):  # at once, and not only at COMMIT
            await log.append(transaction, [an_event()])

    assert (await LogHead.get()).seq == await Event.all().count() == 0


async def test_a_transaction_that_began_at_home_does_not_commit_elsewhere(database: BaseDBAsyncClient) -> None:
    async def write() -> None:
        async with in_transaction() as transaction:
            await log.append(transaction, [an_event()])
            await move_away(database)

    with pytest.raises(LogElsewhereError):
        await write()

    assert (await LogHead.get()).seq == await Event.all().count() == 0


async def test_adopting_begins_an_epoch_with_one_event_that_lets_everybody_be_asked_again(
    desk: Desk, database: BaseDBAsyncClient
) -> None:
    await log.append(database, [an_event()])
    before = await LogHead.get()
    await move_away(database)

    done = await epochs.adopt(desk)

    head, [event] = await LogHead.get(), (await log.read_after(database, 1, 10))[0]
    assert done == epochs.Adoption(EpochKind.RESTORED, head.epoch, before.epoch, 1)
    assert head.epoch not in ("", before.epoch)
    assert (head.seq, head.reference_seq, head.home) == (2, 2, before.home)
    assert (event.kind, named_by(event)) == (EventKind.RIGHTS_CHANGED, None)
    assert [(each.kind, each.seq) for each in await LogEpoch.all().order_by("began_at")] == [
        (EpochKind.MADE, 0),
        (EpochKind.RESTORED, 1),
    ]
    assert desk.bell.epoch == head.epoch


async def test_at_home_nothing_is_adopted(desk: Desk) -> None:
    before = await LogHead.get()

    assert await epochs.adopt(desk) is None

    after = await LogHead.get()
    assert (after.epoch, after.seq) == (before.epoch, before.seq)
    assert await LogEpoch.all().count() == 1
    assert await AuditEntry.all().count() == 0


async def test_an_epoch_begins_at_home_where_that_is_ordered(desk: Desk) -> None:
    done = await epochs.adopt(desk, ordered=True)

    assert done is not None
    assert (done.kind, (await LogHead.get()).epoch) == (EpochKind.ORDERED, done.epoch)


async def test_of_three_who_adopt_at_once_one_does(desk: Desk, database: BaseDBAsyncClient) -> None:
    await move_away(database)

    done = await asyncio.gather(*(epochs.adopt(desk) for _ in range(3)))

    assert len([each for each in done if each is not None]) == 1
    assert await LogEpoch.all().count() == 2
    assert await AuditEntry.all().count() == 1


async def test_an_adoption_that_is_cut_half_way_is_done_by_the_next_one(
    desk: Desk, database: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await move_away(database)

    async def cut(*_: object) -> None:
        raise OSError("the line is cut")

    with monkeypatch.context() as patched:
        patched.setattr(epochs, "_write_down", cut)
        with pytest.raises(OSError, match="cut"):
            await epochs.adopt(desk)
    assert ((await LogHead.get()).home, await LogEpoch.all().count()) == (HOME, 1)

    assert await epochs.adopt(desk) is not None
    assert await LogEpoch.all().count() == 2


async def number_of(database: BaseDBAsyncClient, desk: Desk, year: int) -> int:
    [number] = await next_numbers(database, "KDR", desk.now().replace(year=year), desk.rules.zone, 1)
    return int(number.rsplit("-", 1)[1])


async def id_of(database: BaseDBAsyncClient, table: str) -> int:
    rows = await database.execute_query_dict(f"SELECT nextval('{table}_id_seq') AS id")
    return int(rows[0]["id"])


async def known_since(lapse: timedelta) -> None:
    """Let the last that is known of this log be so long ago."""
    await LogEpoch.all().update(alive_at=utc_now() - lapse, began_at=utc_now() - lapse)


@pytest.mark.slow
async def test_of_three_processes_of_which_one_is_killed_half_way_one_adopts(
    desk: Desk, database: BaseDBAsyncClient, database_url: str, redis_url: str
) -> None:
    await move_away(database)
    words = [sys.executable, "-m", "tests.realtime.adopter", database_url, redis_url]
    adopters = [await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, cwd=ROOT) for _ in range(3)]
    assert [await line_of(each) for each in adopters] == ["ready"] * 3

    async with database.acquire_connection() as held, held.transaction():
        await held.execute("LOCK TABLE audit_entry")  # where an adopter comes when it is half-way
        tell(adopters[0])
        async with asyncio.timeout(60):
            while not await held.fetchval(WAITS_FOR_THE_ENTRY):  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(0.01)
        adopters[0].kill()
        await adopters[0].wait()
    for each in adopters[1:]:
        tell(each)
    said = [await line_of(each) for each in adopters[1:]]

    assert sorted(said, key=len) == ["nothing", (await LogHead.get()).epoch]
    assert [await each.wait() for each in adopters[1:]] == [0, 0]
    assert await LogEpoch.all().count() == 2
    assert await AuditEntry.all().count() == 1


WAITS_FOR_THE_ENTRY = "SELECT count(*) FROM pg_locks WHERE relation = 'audit_entry'::regclass AND NOT granted"


async def line_of(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


def tell(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")


async def test_ids_and_numbers_leap_over_all_that_can_have_been_given(desk: Desk, database: BaseDBAsyncClient) -> None:
    year, seconds = desk.now().year, 3_660
    number = await number_of(database, desk, year)
    wide, narrow = await id_of(database, "ticket"), await id_of(database, "officer")
    await known_since(timedelta(hours=1))
    await move_away(database)

    await epochs.adopt(desk)

    assert await id_of(database, "ticket") > wide + seconds * epochs.WIDE_IDS
    assert await id_of(database, "officer") > narrow + seconds * epochs.NARROW_IDS
    assert await number_of(database, desk, year) > number + seconds * epochs.NUMBERS
    assert await number_of(database, desk, year - 6) > seconds * epochs.NUMBERS  # an import can have counted it


async def test_a_log_that_is_kept_alive_has_less_to_leap_over(desk: Desk, database: BaseDBAsyncClient) -> None:
    await known_since(timedelta(days=1))
    assert (await epochs.log_state(desk)).lost > timedelta(days=1)

    await epochs.keep_alive(desk)

    assert (await epochs.log_state(desk)).lost < timedelta(minutes=2)


async def test_one_entry_names_the_heads_that_were_known_before(desk: Desk, database: BaseDBAsyncClient) -> None:
    await log.append(database, [an_event()])
    before = await LogHead.get()
    await desk.bell.ring(7)
    await move_away(database)

    await epochs.adopt(desk)

    [entry] = await AuditEntry.all()
    details = epochs.audit.json.loads(entry.details)
    assert entry.kind == "LOG_ADOPTED"
    assert (details["former"], details["seq"], details["marked"]) == (before.epoch, 1, 7)
    assert (details["position"], details["head"]) == (0, "0" * 64)


async def test_a_snapshot_that_was_put_back_at_its_home_is_behind_the_mark(
    desk: Desk, database: BaseDBAsyncClient
) -> None:
    await log.append(database, [an_event(), an_event()])
    await desk.bell.ring(5)

    done = await epochs.adopt(desk)

    assert done is not None
    assert (done.kind, done.seq) == (EpochKind.RESTORED, 2)
    assert await epochs.adopt(desk) is None


async def test_who_has_seen_more_of_the_log_than_there_is_disowns_it(desk: Desk, database: BaseDBAsyncClient) -> None:
    await log.append(database, [an_event(), an_event()])
    reader = LogReader(lambda: database)
    await reader.head()
    await database.execute_script(
        "BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM event WHERE seq = 2; "
        "UPDATE log_head SET seq = 1; COMMIT"
    )

    with pytest.raises(LogElsewhereError, match="ends at 1, and had come to 2"):
        await reader.after(0, 10)
    with pytest.raises(LogElsewhereError, match="lives elsewhere"):
        await log.append(database, [an_event()])
    done = await epochs.adopt(desk)

    assert done is not None
    assert done.kind is EpochKind.RESTORED


async def test_who_comes_after_the_log_was_put_back_disowns_it_by_the_mark(database: BaseDBAsyncClient) -> None:
    await log.append(database, [an_event(), an_event()])
    epoch = (await LogHead.get()).epoch
    whole = LogReader(lambda: database, lambda: HighWaterMark(epoch, 2))
    of_another_log = LogReader(lambda: database, lambda: HighWaterMark("another", 9))
    put_back = LogReader(lambda: database, lambda: HighWaterMark(epoch, 3))

    assert ((await whole.head()).seq, (await of_another_log.head()).seq) == (2, 2)
    with pytest.raises(LogElsewhereError, match="ends at 2, and had come to 3"):
        await put_back.head()
    with pytest.raises(LogElsewhereError, match="lives elsewhere"):
        await whole.head()


async def test_a_server_that_starts_after_the_log_was_put_back_answers_nobody(
    desk: Desk, database: BaseDBAsyncClient, settings: Settings
) -> None:
    await log.append(database, [an_event(), an_event()])
    await desk.bell.ring(5)
    answered: list[int] = []

    with pytest.raises(LogElsewhereError, match="ends at 2, and had come to 5"):
        async with open_components(settings, desk):
            answered.append(1)

    assert answered == []
    with pytest.raises(LogElsewhereError, match="lives elsewhere"):
        await log.head(database)


async def test_a_worker_that_starts_after_the_log_was_put_back_adopts_it_before_all_else(
    desk: Desk, database: BaseDBAsyncClient
) -> None:
    await log.append(database, [an_event(), an_event()])
    await desk.bell.ring(5)
    former, found = (await LogHead.get()).epoch, []

    async def run(_: Desk) -> int:
        found.append((await LogHead.get()).epoch)
        os.kill(os.getpid(), signal.SIGTERM)
        return 1

    await work_until_stopped(desk, [Job("a job", 7_357_298, timedelta(minutes=1), run), JOBS[0]])

    assert found == [(await LogHead.get()).epoch] != [former]


async def test_a_worker_adopts_and_does_nothing_else_elsewhere(desk: Desk, database: BaseDBAsyncClient) -> None:
    await move_away(database)
    runs: list[int] = []

    async def run(_: Desk) -> int:
        runs.append(1)
        return 1

    job = Job("a job", 7_357_298, timedelta(minutes=1), run)
    with pytest.raises(LogElsewhereError):
        await run_alone(desk, job)
    assert await adopt_log(desk) == 1

    assert await run_alone(desk, job) == 1
    assert (runs, JOBS[0].name, JOBS[0].anywhere, JOBS[0].every <= timedelta(seconds=2)) == (
        [1],
        "adopt_log",
        True,
        True,
    )


async def test_a_caller_is_told_that_the_desk_is_unavailable(desk: Desk, database: BaseDBAsyncClient) -> None:
    await move_away(database)

    with pytest.raises(LogElsewhereError):
        await identify.refreshed_all(desk, [1])
