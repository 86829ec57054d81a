"""The sealed log: whatever somebody does to it with the database's own tools is found, and named."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from models import AuditEntry, AuditSeal, AuditWaiting
from models.database import connection
from models.enums import AuditKind
from services import epochs
from services.audit import audit, sealing, verification
from services.audit.chain import START, Head, current_head, entry_digest, following, read_head
from services.audit.sealing import seal_waiting
from services.audit.verification import Finding, Verification, Wrong
from services.core.desk import Desk
from services.core.keys import Keys

FORGED = (
    "INSERT INTO audit_entry (at, kind, principal, details, count, nonce, key_id, mac) "
    "SELECT at, kind, 'officer:77', details, count, md5(nonce), key_id, mac FROM audit_entry LIMIT 1"
)


async def write(desk: Desk, number: int, first: int = 1) -> None:
    for officer in range(first, first + number):
        await audit.record(desk, AuditKind.SIGNED_IN, f"officer:{officer}", details={"session": officer})


async def sealed(desk: Desk, number: int) -> Head:
    """So many sealed entries; gives the head."""
    await write(desk, number)
    await seal_waiting(desk)
    return await current_head(connection())


async def tamper(database: BaseDBAsyncClient, *statements: str) -> None:
    """What somebody can do who owns the database."""
    async with in_transaction() as using:
        await using.execute_query("SET LOCAL session_replication_role = replica")
        for statement in statements:
            await using.execute_query(statement)


async def found(desk: Desk, *kept: Head) -> list[Finding]:
    return [finding async for finding in Verification(desk.keys, kept).findings()]


def named(findings: list[Finding]) -> list[tuple[Wrong, int | None, int | None]]:
    return [(finding.wrong, finding.entry_id, finding.position) for finding in findings]


# ---------------------------------------------------------------- sealing


async def test_seals_every_entry_once_in_order(desk: Desk) -> None:
    head = await sealed(desk, 5)

    assert await AuditSeal.all().order_by("position").values_list("position", "entry_id") == [
        (n, n) for n in range(1, 6)
    ]
    assert await AuditWaiting.all().count() == 0
    assert head.position == 5
    assert await found(desk, head) == []


async def test_the_chain_can_be_computed_by_hand_from_the_adr(desk: Desk) -> None:
    await audit.record(desk, AuditKind.REPORTER_REVEALED, "officer:3", subject="ticket:9", reason="Perlu dihubungi")
    await sealed(desk, 1)

    head = "0" * 64
    for entry in await AuditEntry.all().order_by("id"):
        at = entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        fields = [entry.id, at, str(entry.kind), entry.principal, entry.subject, entry.reason_digest, entry.details]
        fields += [entry.address, entry.count, entry.nonce, entry.key_id, entry.mac]
        digest = hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()
        seal = await AuditSeal.get(entry_id=entry.id)
        sealed_at = seal.sealed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        head = hashlib.sha256(f"{head}\n{seal.position}\n{sealed_at}\n{digest}".encode()).hexdigest()
        assert (seal.digest, seal.head) == (digest, head)


async def test_an_entry_that_commits_late_is_sealed_later(desk: Desk) -> None:
    async with in_transaction() as slow:
        await audit.record(desk, AuditKind.KEY_ISSUED, "officer:1", using=slow)
        await asyncio.create_task(elsewhere(lambda: audit.record(desk, AuditKind.SIGNED_IN, "officer:2")))
        await asyncio.create_task(elsewhere(lambda: seal_waiting(desk)))
        assert await asyncio.create_task(elsewhere(places)) == [(1, 2)]
    await seal_waiting(desk)

    assert await places() == [(1, 2), (2, 1)]
    assert await found(desk) == []


async def elsewhere(work: Callable[[], Awaitable[object]]) -> object:
    """Work on a connection of its own, not in the transaction that is open here."""
    return await asyncio.get_running_loop().create_task(work(), context=Context())  # type: ignore[arg-type]


async def places() -> list[tuple[int, int]]:
    return [(seal.position, seal.entry_id) for seal in await AuditSeal.all().order_by("position")]


async def test_two_sealers_and_many_writers_make_one_chain_that_verifies_all_the_time(desk: Desk) -> None:
    async def writer(first: int) -> None:
        await write(desk, 30, first)

    async def sealer() -> None:
        for _ in range(15):
            await seal_waiting(desk)

    async def verifier() -> None:
        for _ in range(5):
            assert await found(desk) == []

    await asyncio.gather(*(writer(first) for first in (1, 101, 201, 301)), sealer(), sealer(), verifier())
    await seal_waiting(desk)

    assert [position for position, _ in await places()] == list(range(1, 121))
    assert sorted(entry for _, entry in await places()) == list(range(1, 121))
    assert await found(desk) == []


async def test_seals_in_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 4)
    monkeypatch.setattr(verification, "PAGE", 3)
    seen: list[tuple[int, int]] = []

    await write(desk, 10)
    done = await seal_waiting(desk)

    work = Verification(desk.keys, progress=lambda so_far, total: seen.append((so_far, total)))
    assert done.count == 10
    assert [finding async for finding in work.findings()] == []
    assert seen == [(3, 10), (6, 10), (9, 10), (10, 10)]
    assert work.head == await current_head(connection())


async def test_sealing_nothing_is_nothing(desk: Desk) -> None:
    assert (await seal_waiting(desk)).count == 0
    assert await current_head(connection()) == START
    assert await found(desk, START) == []


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    "change",
    [
        "principal = 'officer:9'",
        "subject = 'officer:9'",
        "at = at + interval '1 microsecond'",
        "kind = 'SIGNED_OUT'",
        "reason_digest = repeat('0', 64)",
        "details = '{}'",
        "address = repeat('0', 32)",
        "count = 2",
        "nonce = repeat('0', 32)",
        "key_id = 'deadbeef'",
        "mac = repeat('0', 64)",
    ],
)
async def test_finds_a_changed_entry(desk: Desk, database: BaseDBAsyncClient, change: str) -> None:
    await sealed(desk, 4)

    await tamper(database, f"UPDATE audit_entry SET {change} WHERE id = 3")

    assert named(await found(desk)) == [(Wrong.CHANGED, 3, 3)]


async def test_finds_a_removed_entry(desk: Desk, database: BaseDBAsyncClient) -> None:
    await sealed(desk, 4)

    await tamper(database, "DELETE FROM audit_entry WHERE id = 2")

    assert named(await found(desk)) == [(Wrong.REMOVED, 2, 2)]


async def test_finds_an_entry_removed_with_its_seal(desk: Desk, database: BaseDBAsyncClient) -> None:
    await sealed(desk, 5)

    await tamper(
        database, "DELETE FROM audit_entry WHERE id IN (2, 3)", "DELETE FROM audit_seal WHERE entry_id IN (2, 3)"
    )

    assert await found(desk) == [Finding(Wrong.GAP, position=2, until=3)]


async def test_finds_removed_entries_though_the_places_were_closed_up(desk: Desk, database: BaseDBAsyncClient) -> None:
    await sealed(desk, 4)

    await tamper(
        database,
        "DELETE FROM audit_entry WHERE id = 2",
        "DELETE FROM audit_seal WHERE entry_id = 2",
        "UPDATE audit_seal SET position = -position WHERE position > 2",
        "UPDATE audit_seal SET position = -position - 1 WHERE position < 0",
    )

    assert named(await found(desk)) == [(Wrong.UNLINKED, 3, 2), (Wrong.UNLINKED, 4, 3)]


async def test_finds_an_entry_removed_before_it_was_sealed(desk: Desk, database: BaseDBAsyncClient) -> None:
    await write(desk, 3)

    await tamper(database, "DELETE FROM audit_entry WHERE id = 2")
    await seal_waiting(desk)

    assert named(await found(desk)) == [(Wrong.REMOVED, 2, None)]


async def test_finds_an_inserted_entry_before_and_after_it_is_sealed(desk: Desk, database: BaseDBAsyncClient) -> None:
    await sealed(desk, 2)
    await database.execute_query(FORGED)

    assert named(await found(desk)) == [(Wrong.INSERTED, 3, None)]

    assert (await seal_waiting(desk)).foreign == [3]
    assert named(await found(desk)) == [(Wrong.INSERTED, 3, 3)]


async def test_an_entry_can_not_be_copied(desk: Desk, database: BaseDBAsyncClient) -> None:
    await sealed(desk, 1)

    with pytest.raises(Exception, match="nonce"):
        await database.execute_query(FORGED.replace("md5(nonce)", "nonce"))


async def test_finds_an_entry_that_was_kept_from_the_sealer(desk: Desk, database: BaseDBAsyncClient) -> None:
    await write(desk, 2)

    await tamper(database, "DELETE FROM audit_waiting WHERE entry_id = 1")
    await seal_waiting(desk)

    assert named(await found(desk)) == [(Wrong.UNSEALED, 1, None)]


async def test_finds_a_removed_seal(desk: Desk, database: BaseDBAsyncClient) -> None:
    await sealed(desk, 3)

    await tamper(database, "DELETE FROM audit_seal WHERE position = 2")

    assert named(await found(desk)) == [(Wrong.GAP, None, 2), (Wrong.UNSEALED, 2, None)]


async def test_finds_reordered_entries(desk: Desk, database: BaseDBAsyncClient) -> None:
    await sealed(desk, 4)

    await tamper(
        database,
        "UPDATE audit_seal SET position = -position WHERE position IN (2, 3)",
        "UPDATE audit_seal SET position = 5 + position WHERE position < 0",
    )

    assert named(await found(desk)) == [(Wrong.UNLINKED, 3, 2), (Wrong.UNLINKED, 2, 3), (Wrong.UNLINKED, 4, 4)]


async def test_finds_a_change_whose_seal_was_computed_anew(desk: Desk, database: BaseDBAsyncClient) -> None:
    await sealed(desk, 3)

    await rewrite(database, 2, until=2)

    assert named(await found(desk)) == [(Wrong.INSERTED, 2, 2), (Wrong.UNLINKED, 3, 3)]


async def test_finds_a_change_though_the_whole_chain_was_computed_anew(desk: Desk, database: BaseDBAsyncClient) -> None:
    head = await sealed(desk, 3)

    await rewrite(database, 2, until=3)

    assert named(await found(desk)) == [(Wrong.INSERTED, 2, 2)]
    assert named(await found(desk, head)) == [(Wrong.INSERTED, 2, 2), (Wrong.REWRITTEN, 3, 3)]


async def rewrite(database: BaseDBAsyncClient, entry_id: int, until: int) -> None:
    """Change an entry and compute the seals from there on anew, as anyone can who reads the ADR."""
    await tamper(database, f"UPDATE audit_entry SET principal = 'officer:66' WHERE id = {entry_id}")
    for position in range(entry_id, until + 1):
        entry = await AuditEntry.get(id=position)
        before = await AuditSeal.get_or_none(position=position - 1)
        seal = await AuditSeal.get(position=position)
        digest = entry_digest({name: getattr(entry, name) for name in ("id", *audit.COLUMNS)})
        head = following(before.head if before else START.digest, position, seal.sealed_at, digest)
        await tamper(
            database, f"UPDATE audit_seal SET digest = '{digest}', head = '{head}' WHERE position = {position}"
        )


async def test_a_cut_tail_is_found_by_a_head_that_was_kept(desk: Desk, database: BaseDBAsyncClient) -> None:
    early = await sealed(desk, 3)
    late = await sealed(desk, 2)

    await tamper(database, "DELETE FROM audit_entry WHERE id > 3", "DELETE FROM audit_seal WHERE position > 3")

    assert await found(desk) == []
    assert await found(desk, early) == []
    assert named(await found(desk, early, late)) == [(Wrong.CUT, None, 5)]


async def test_a_cut_tail_that_was_grown_over_is_found_too(desk: Desk, database: BaseDBAsyncClient) -> None:
    await sealed(desk, 3)
    kept = await sealed(desk, 2)

    await tamper(database, "DELETE FROM audit_entry WHERE id > 3", "DELETE FROM audit_seal WHERE position > 3")
    await sealed(desk, 4)

    assert named(await found(desk, kept)) == [(Wrong.REWRITTEN, 7, 5)]


async def lose_and_adopt(desk: Desk, database: BaseDBAsyncClient, kept: int) -> None:
    """Go on from a backup in which the chain reached so far."""
    await tamper(
        database, f"DELETE FROM audit_entry WHERE id > {kept}", f"DELETE FROM audit_seal WHERE position > {kept}",
        "UPDATE log_head SET home = 'elsewhere'",
    )  # fmt: skip
    await epochs.adopt(desk)


async def test_a_head_of_what_a_restore_lost_is_lost_and_neither_rewritten_nor_cut(
    desk: Desk, database: BaseDBAsyncClient
) -> None:
    before = await sealed(desk, 3)
    grown_over, beyond = await sealed(desk, 2), await sealed(desk, 9)

    await lose_and_adopt(desk, database, 3)
    after = await sealed(desk, 4)

    findings = await found(desk, before, grown_over, beyond, after)
    assert [(finding.wrong, finding.position) for finding in findings] == [(Wrong.LOST, 5), (Wrong.LOST, 14)]
    assert not any(finding.explained for finding in findings)


async def test_the_time_of_a_head_tells_what_a_restore_lost_from_what_was_cut_later(
    desk: Desk, database: BaseDBAsyncClient, clock
) -> None:
    await sealed(desk, 3)
    grown_over, beyond = await sealed(desk, 2), await sealed(desk, 9)
    earlier, adopted_at = clock() - timedelta(hours=1), clock()
    await lose_and_adopt(desk, database, 3)
    await sealed(desk, 4)

    def at(moment: datetime) -> list[Head]:
        return [replace(head, kept_at=moment) for head in (grown_over, beyond)]

    findings = {moment: await found(desk, *at(moment)) for moment in (earlier, adopted_at)}
    both = await found(desk, *at(earlier), replace(grown_over, digest="ab" * 32), *at(adopted_at))

    assert [(each.wrong, each.explained) for each in findings[earlier]] == [(Wrong.LOST, True)] * 2
    assert [(each.wrong, each.explained) for each in findings[adopted_at]] == [
        (Wrong.REWRITTEN, False),
        (Wrong.CUT, False),
    ]
    assert [each.wrong for each in both] == [Wrong.REWRITTEN, Wrong.CUT]


async def test_a_head_from_before_the_restored_backup_is_rewritten_all_the_same(
    desk: Desk, database: BaseDBAsyncClient
) -> None:
    await sealed(desk, 3)
    await lose_and_adopt(desk, database, 3)
    await sealed(desk, 1)

    assert named(await found(desk, Head("ab" * 32, 2))) == [(Wrong.REWRITTEN, 2, 2)]


async def test_nobody_without_the_secret_writes_that_something_was_lost(
    desk: Desk, database: BaseDBAsyncClient
) -> None:
    await sealed(desk, 1)
    kept = await sealed(desk, 2)
    stranger = replace(desk, keys=Keys(b"another secret, of whoever owns the database"))

    await tamper(database, "DELETE FROM audit_entry WHERE id > 1", "DELETE FROM audit_seal WHERE position > 1")
    await audit.record(stranger, AuditKind.LOG_ADOPTED, "system", details={"position": 1})
    await seal_waiting(desk)

    assert Wrong.CUT in [finding.wrong for finding in await found(desk, kept)]


async def test_tells_what_waits_for_the_sealer(desk: Desk, clock) -> None:
    await sealed(desk, 1)
    await write(desk, 2)
    clock.forward(seconds=9)

    work = Verification(desk.keys)

    assert [finding async for finding in work.findings()] == []
    assert (work.waiting, work.oldest_waiting) == (2, desk.now() - timedelta(seconds=9))


async def test_entries_under_another_secret_must_be_answered_for(desk: Desk) -> None:
    await sealed(desk, 1)
    keys = Keys(b"another secret of this installation, from later on")

    work = Verification(keys)
    told = Verification(keys, earlier_keys=[audit.key_id(desk.keys)])

    assert named([finding async for finding in work.findings()]) == [(Wrong.UNKNOWN_KEY, 1, 1)]
    assert [finding async for finding in told.findings()] == []


@pytest.mark.parametrize("text", ["", "12", "0" * 64, "0" * 63 + "@1", "g" * 64 + "@1", "0" * 64 + "@-1"])
def test_reads_no_head_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="HASH@N"):
        read_head(text)


def test_reads_a_head_as_it_was_printed() -> None:
    head = Head("ab" * 32, 12)

    assert read_head(f" {head}\n") == head
