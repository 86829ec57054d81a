"""The hub: every event once, in order, to everyone who may see it, whatever breaks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from models.enums import TicketStatus
from models.pool_turns import first_in_line
from realtime.callbacks import GroupPlan, SubscribeRequest
from realtime.limits import HubLimits
from realtime.log import Head
from realtime.members import Member
from tests.conftest import Statements
from tests.realtime.world import Screen, World, eventually

FEED = GroupPlan("feed", feed=True, mark=b"mark")
CountQueries = Callable[[], AbstractContextManager[Statements]]
WHO: ContextVar[str] = ContextVar("who", default="start")


# ---------------------------------------------------------------- live


async def test_shows_each_event_once_and_in_order(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()

    for _ in range(3):
        await world.change(ticket)
        await world.hub.look()
    await world.hub.look()

    assert screen.seqs == [1, 2, 3]
    assert [message["id"] for message in screen.messages] == ["1", "1", "1"]


async def test_shows_nothing_of_before_the_subscription(world: World) -> None:
    ticket = await world.ticket()
    await world.change(ticket)
    await world.hub.look()

    screen, _ = await world.join()
    await world.change(ticket)
    await world.hub.look()

    assert screen.seqs == [2]


async def test_shows_commit_order_whatever_order_transactions_began_in(world: World) -> None:
    slow, quick = await world.ticket(), await world.ticket()
    screen, _ = await world.join()
    begun, committed = asyncio.Event(), asyncio.Event()

    async def begin_first_commit_last() -> None:
        async with in_transaction() as transaction:
            await transaction.execute_query("SELECT 1")
            begun.set()
            await committed.wait()
            await world.write(transaction, slow, TicketStatus.VERIFIED)

    first = asyncio.create_task(begin_first_commit_last())
    await begun.wait()
    await world.change(quick)
    await world.hub.look()
    committed.set()
    await first
    await world.hub.look()

    assert screen.seqs == [1, 2]


@pytest.mark.parametrize("limits", [HubLimits(page=4)])
async def test_reads_a_long_log_in_pages(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()
    for _ in range(10):
        await world.change(ticket)

    await world.hub.look()

    assert screen.seqs == list(range(1, 11))


async def test_looks_asked_for_at_the_same_time_are_one(world: World, count_queries: CountQueries) -> None:
    await world.hub.look()
    with count_queries() as statements:
        await asyncio.gather(*(world.hub.look() for _ in range(50)))

    assert statements.count == 1


async def test_an_unsubscribed_member_gets_nothing_more(world: World) -> None:
    ticket = await world.ticket()
    screen, member = await world.join()
    other, _ = await world.join()

    world.hub.leave(member)
    await world.change(ticket)
    await world.hub.look()

    assert (screen.seqs, other.seqs) == ([], [1])


async def test_a_line_that_is_gone_is_let_go_alone(world: World) -> None:
    ticket = await world.ticket()
    screens = [(await world.join())[0] for _ in range(3)]
    screens[1].reads = False

    for _ in range(2):
        await world.change(ticket)
        await world.hub.look()

    assert [screen.seqs for screen in screens] == [[1, 2], [], [1, 2]]
    assert (world.hub.state.members, world.hub.state.lost) == (2, 1)


@pytest.mark.parametrize("subscribers", [1, 50, 500])
async def test_the_price_of_an_event_does_not_depend_on_the_number_of_subscribers(
    world: World, count_queries: CountQueries, subscribers: int
) -> None:
    ticket = await world.ticket()
    screens = [(await world.join())[0] for _ in range(subscribers)]
    await world.change(ticket)

    with count_queries() as statements:
        await world.hub.look()

    assert statements.count == 2  # one read of the log, one load of the touched tickets
    assert world.domain.rendered == [1]
    assert all(screen.seqs == [1] for screen in screens)


async def test_each_group_renders_once(world: World) -> None:
    ticket = await world.ticket()
    for name in ("a", "b", "c"):
        for _ in range(4):
            await world.join(GroupPlan(name))

    await world.change(ticket)
    await world.hub.look()

    assert world.domain.rendered == [1, 1, 1]
    assert world.domain.loads == 1
    assert world.hub.state.groups == 3


async def test_a_group_that_shows_nothing_renders_nothing(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join(GroupPlan("closed", domain={"RESOLVED"}))

    await world.change(ticket, TicketStatus.VERIFIED)
    await world.change(ticket, TicketStatus.RESOLVED)
    await world.hub.look()

    assert (screen.seqs, world.domain.rendered) == ([2], [2])


async def test_the_loop_is_given_back_after_so_many_members(world: World) -> None:
    ticket = await world.ticket()
    world.hub._group_parts.broadcast._at_once = world.hub._group_parts.broadcast._left = 5
    screens = [(await world.join())[0] for _ in range(20)]
    await world.change(ticket)
    written: list[int] = []

    async def watch() -> None:
        while True:
            written.append(sum(bool(screen.messages) for screen in screens))
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    await world.hub.look()
    watching.cancel()

    steps = sorted(set(written) | {20})
    assert max(later - earlier for earlier, later in itertools.pairwise(steps)) <= 5


async def test_a_group_that_fails_ends_alone(world: World) -> None:
    ticket = await world.ticket()
    good, _ = await world.join(GroupPlan("good"))
    bad, _ = await world.join(GroupPlan("bad", domain=frozenset({"VERIFIED"})))

    async def fail_for_bad(event: Any) -> None:
        if len(world.domain.rendered) == 2:
            raise RuntimeError

    world.domain.rendering = fail_for_bad
    await world.change(ticket)
    await world.hub.look()
    world.domain.rendering = None
    await world.change(ticket)
    await world.hub.look()

    assert good.seqs == [1, 2]
    assert (bad.seqs, bad.refusals) == ([], [("1", "INTERNAL", None)])
    again, _ = await world.join(GroupPlan("bad", domain=frozenset({"VERIFIED"})), after=0)
    assert again.seqs == [1, 2]


async def test_groups_work_in_the_context_of_the_start(world: World) -> None:
    ticket = await world.ticket()
    seen: list[str] = []

    async def note(event: Any) -> None:
        seen.append(WHO.get())

    world.domain.rendering = note
    await world.change(ticket)
    await world.hub.look()
    WHO.set("the first joiner")
    await world.join(after=0)
    await world.change(ticket)
    await world.hub.look()

    assert seen == ["start", "start"]


@pytest.mark.parametrize("limits", [HubLimits(groups=1)])
async def test_refuses_a_group_too_many(world: World) -> None:
    await world.join(GroupPlan("first"))

    screen, member = await world.join(GroupPlan("second"))

    assert member is None
    assert screen.refusals == [("1", "BUSY", None)]
    assert (world.hub.state.groups, world.hub.state.members) == (1, 1)


@pytest.mark.parametrize("limits", [HubLimits(groups_of_principal=2)])
async def test_one_principal_leaves_groups_to_others(world: World) -> None:
    screen, other = await world.open(), await world.open()

    async def joined(name: str, principal: str, screen: Screen = screen) -> Member | None:
        return await world.hub.join(SubscribeRequest(GroupPlan(name), principal=principal), screen, name, screen.scope)

    first, second, third = [await joined(name, "greedy") for name in ("a", "b", "c")]
    assert third is None
    assert screen.refusals == [("c", "BUSY", None)]

    assert await joined("d", "modest", other) is not None
    assert await joined("d", "greedy") is not None  # somebody else's group costs nothing more
    assert first is not None
    world.hub.leave(first)
    assert await joined("c", "greedy") is not None
    assert second is not None


@pytest.mark.parametrize("limits", [HubLimits(groups=1)])
async def test_a_group_that_nobody_uses_makes_room(world: World) -> None:
    _, first = await world.join(GroupPlan("first"))
    world.hub.leave(first)

    _, second = await world.join(GroupPlan("second"))

    assert second is not None
    assert list(world.hub.registry.groups) == ["second"]


async def test_a_crowd_that_waits_for_connections_is_passed_by(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()
    await world.change(ticket)
    asked, answered = 500, 0

    async def ask() -> None:
        nonlocal answered
        await world.database.execute_query("SELECT pg_sleep(0.01)")
        answered += 1

    crowd = [asyncio.create_task(ask()) for _ in range(asked)]
    await eventually(lambda: answered > 0)
    await world.hub.look()
    seen = answered
    await asyncio.gather(*crowd)

    assert screen.seqs == [1]
    assert seen < asked / 2


# ---------------------------------------------------------------- heartbeats


async def test_a_feed_begins_with_a_heartbeat_of_its_position_and_then_the_missed(world: World) -> None:
    ticket = await world.ticket()
    for _ in range(3):
        await world.change(ticket)
    await world.hub.look()
    screen = await world.open()

    await world.hub.join(SubscribeRequest(FEED, world.place(1, b"mark")), screen, "1", screen.scope)

    assert [(data["kind"], data["seq"]) for data in screen.data] == [("heartbeat", 1), ("event", 2), ("event", 3)]


async def test_heartbeats_follow_a_look_when_they_are_due_and_only_in_feeds(world: World) -> None:
    ticket = await world.ticket()
    feed, _ = await world.join(FEED)
    plain, _ = await world.join(GroupPlan("all"))
    group = world.hub.registry.groups["feed"]

    await world.hub.look()
    group.beat_at -= world.hub.limits.heartbeat
    await world.change(ticket)
    assert [data["seq"] for data in feed.data] == [0]
    await world.hub.look()
    await world.hub.look()

    assert [(data["kind"], data["seq"]) for data in feed.data] == [("heartbeat", 0), ("event", 1), ("heartbeat", 1)]
    assert [data["kind"] for data in plain.data] == ["event"]


async def test_a_heartbeat_is_late_only_for_what_its_feed_has_shown(world: World) -> None:
    ticket = await world.ticket()
    await world.join(FEED)
    await world.join(GroupPlan("blind", feed=True, domain=frozenset({"CLOSED"})))
    await world.change(ticket)
    await asyncio.sleep(0.02)  # the event is 20 ms old, at least
    world.domain.lags.clear()

    for _ in range(2):
        for group in world.hub.registry.groups.values():
            group.beat_at -= world.hub.limits.heartbeat
        await world.hub.look()

    (seen, lag), *others = world.domain.lags
    assert (seen, lag >= 20) == ("feed", True)
    assert others == [("blind", 0), ("feed", 0), ("blind", 0)]


async def test_a_heartbeat_never_takes_a_member_back(world: World) -> None:
    ticket = await world.ticket()
    _, member = await world.join(FEED)
    group = world.hub.registry.groups["feed"]
    await world.change(ticket)
    await world.hub.look()
    ahead, ahead_member = await world.join(FEED)
    ahead_member.position = 5
    group.beat_at -= world.hub.limits.heartbeat

    await world.hub.look()

    assert [data["seq"] for data in ahead.data] == [1]
    assert (member.position, ahead_member.position) == (1, 5)


# ---------------------------------------------------------------- trouble


async def test_a_failed_look_loses_nothing(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()
    await world.change(ticket)

    async def fail() -> None:
        raise OSError("the database is away")

    world.domain.before_load = fail
    with pytest.raises(OSError, match="away"):
        await world.hub.look()
    assert (screen.seqs, world.hub.state.error) == ([], "OSError('the database is away')")

    world.domain.before_load = None
    await world.change(ticket)
    await world.hub.look()
    assert (screen.seqs, world.hub.state.error) == ([1, 2], None)


@pytest.mark.slow
async def test_killed_database_connections_lose_nothing(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()
    world.hub._tasks.begin(world.hub._looks.follow())

    for number in range(1, 4):
        await world.change(ticket)
        await world.database.execute_query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'surga' AND pid <> pg_backend_pid()"
        )
        await eventually(lambda number=number: screen.seqs[number - 1 :] == [number])

    assert screen.seqs == [1, 2, 3]


@pytest.mark.parametrize("limits", [HubLimits(recent_events=2)])
async def test_only_who_comes_from_far_back_makes_the_hub_keep_more_than_what_is_recent(world: World) -> None:
    hub = world.hub
    ticket = await world.ticket()

    for _ in range(6):
        _, member = await world.join()
        await world.change(ticket)
        await hub.look()
        hub.leave(member)
    await hub.look()
    assert len(hub._history) == 2

    screen, _ = await world.join(after=1)
    await hub.look()
    assert (len(hub._history), screen.seqs) == (5, [2, 3, 4, 5, 6])


@pytest.mark.parametrize("limits", [HubLimits(recent_events=2, history_kept=0.0)])
async def test_what_is_kept_shrinks_when_the_crowd_is_gone(world: World) -> None:
    ticket = await world.ticket()
    for _ in range(5):
        await world.change(ticket)
    await world.hub.begin()
    screen, member = await world.join(after=0)
    assert len(world.hub._history) == 5

    world.hub.leave(member)
    await world.hub.look()

    assert (len(world.hub._history), world.hub.state.groups, screen.seqs) == (2, 0, [1, 2, 3, 4, 5])
    again, _ = await world.join(after=1)
    assert again.seqs == [2, 3, 4, 5]


async def test_a_hub_begins_ahead_of_all_who_wait_at_the_pool(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    log, asked = world.hub._follower._log, []
    plain = log.head

    async def head() -> Head:
        asked.append(first_in_line.get())
        return await plain()

    monkeypatch.setattr(log, "head", head)
    await world.hub.begin()

    assert asked == [True]
    assert first_in_line.get() is False


class Uncounted(dict[Any, Any]):
    """What nobody goes through."""

    def values(self) -> Any:
        raise AssertionError("The state is asked for at every scrape, whatever it costs.")

    __iter__ = items = values


async def test_the_state_counts_members_and_executions_without_going_through_lines_and_groups(world: World) -> None:
    ticket = await world.ticket()
    (first, member), (second, _), _ = [await world.join() for _ in range(3)]
    _, other = await world.join(GroupPlan("other"), screen=first, operation="2")
    await world.change(ticket)
    await world.hub.look()
    assert member is not None
    assert other is not None

    world.hub.leave(member)
    world.hub.leave(member)
    world.hub.detach(second)
    registry = world.hub.registry
    lines, groups = registry.connections, registry.groups
    registry.connections, registry.groups = Uncounted(lines), Uncounted(groups)
    state = world.hub.state
    registry.connections, registry.groups = lines, groups

    assert (state.members, state.sockets, state.groups, state.executions) == (2, 2, 2, 2)
    assert state.members == sum(map(len, lines.values()))
