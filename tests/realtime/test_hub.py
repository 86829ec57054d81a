"""The hub: every event once, in order, to everyone who may see it; what is missed is replayed without a seam."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from models.enums import EventKind, TicketStatus
from realtime.cursors import FeedPosition
from realtime.groups import GroupPlan, Wish
from realtime.limits import HubLimits
from realtime.members import Member, Validity
from tests.conftest import Statements
from tests.realtime.world import Caller, Screen, World, eventually

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


async def test_reads_a_long_log_in_pages(world: World) -> None:
    world.hub.limits = replace(world.hub.limits, page=4)
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
    world.hub._spread._at_once = world.hub._spread._left = 5
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


async def test_refuses_a_group_too_many(world: World) -> None:
    world.hub.registry._most_groups = 1
    await world.join(GroupPlan("first"))

    screen, member = await world.join(GroupPlan("second"))

    assert member is None
    assert screen.refusals == [("1", "BUSY", None)]
    assert (world.hub.state.groups, world.hub.state.members) == (1, 1)


@pytest.mark.parametrize("limits", [HubLimits(groups_of_principal=2)])
async def test_one_principal_leaves_groups_to_others(world: World) -> None:
    screen, other = await world.open(), await world.open()

    async def joined(name: str, principal: str, screen: Screen = screen) -> Member | None:
        return await world.hub.join(Wish(GroupPlan(name), principal=principal), screen, name, screen.scope)

    first, second, third = [await joined(name, "greedy") for name in ("a", "b", "c")]
    assert third is None
    assert screen.refusals == [("c", "BUSY", None)]

    assert await joined("d", "modest", other) is not None
    assert await joined("d", "greedy") is not None  # somebody else's group costs nothing more
    assert first is not None
    world.hub.leave(first)
    assert await joined("c", "greedy") is not None
    assert second is not None


async def test_a_group_that_nobody_uses_makes_room(world: World) -> None:
    world.hub.registry._most_groups = 1
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


# ---------------------------------------------------------------- resuming


async def test_resumes_from_what_was_written_live_without_rendering_again(world: World) -> None:
    tickets = [await world.ticket() for _ in range(5)]
    await world.join()
    for ticket in tickets:
        await world.change(ticket)
    await world.hub.look()

    screen, _ = await world.join(after=2)

    assert screen.seqs == [3, 4, 5]
    assert world.domain.rendered == [1, 2, 3, 4, 5]


async def test_resumes_from_the_log_where_nobody_was_listening(world: World) -> None:
    ticket = await world.ticket()
    for _ in range(5):
        await world.change(ticket)
    await world.hub.begin()  # as a worker does that starts now

    screen, _ = await world.join(after=2)

    assert screen.seqs == [3, 4, 5]
    assert [data["now"] for data in screen.data] == [6, 6, 6]


async def test_the_seam_between_replay_and_live_has_neither_hole_nor_overlap(world: World) -> None:
    tickets = [await world.ticket() for _ in range(8)]
    for ticket in tickets[:4]:
        await world.change(ticket)
    await world.hub.begin()
    more = iter(tickets[4:])

    async def change_meanwhile(event: Any) -> None:
        ticket = next(more, None)
        if ticket is not None:
            await world.change(ticket)
            if event.seq < 4:
                await world.hub.look()

    world.domain.rendering = change_meanwhile
    screen, _ = await world.join(after=0)
    await world.hub.look()

    assert screen.seqs == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_a_member_that_reads_slowly_misses_nothing_while_it_catches_up(world: World) -> None:
    ticket = await world.ticket()
    for _ in range(3):
        await world.change(ticket)
    await world.hub.begin()
    screen = await world.open()
    screen.gate = asyncio.Event()

    joining = asyncio.create_task(world.join(after=0, screen=screen))
    for _ in range(20):
        await asyncio.sleep(0.001)
    for _ in range(3):
        await world.change(ticket)
        await world.hub.look()
    screen.gate.set()
    await joining

    assert screen.seqs == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("limits", [HubLimits(replay_bytes_at_once=1)])
async def test_a_slow_reader_is_not_shown_what_was_hidden_while_it_read_the_rest(world: World) -> None:
    shown, hidden = await world.ticket(), await world.ticket()
    for ticket in (shown, hidden, shown, hidden, shown):
        await world.change(ticket)
    await world.hub.begin()
    screen = await world.open()
    screen.gate = asyncio.Event()

    joining = asyncio.create_task(world.join(after=0, screen=screen))
    await eventually(lambda: bool(screen.seqs))
    world.domain.hidden.add(hidden.id)
    await world.change(hidden)
    await world.hub.look()
    assert screen.seqs == [1]
    screen.gate.set()
    await joining
    await world.change(shown)
    await world.hub.look()

    assert screen.seqs == [1, 3, 5, 7]


@pytest.mark.parametrize("limits", [HubLimits(page=4)])
async def test_a_far_past_is_read_a_page_at_a_time(world: World) -> None:
    for _ in range(10):
        await world.change(await world.ticket())
    await world.hub.begin()

    screen, _ = await world.join(after=0)

    assert screen.seqs == list(range(1, 11))
    assert (world.domain.loads, world.domain.most_loaded) == (3, 4)


async def test_the_replays_of_one_line_go_one_at_a_time(world: World) -> None:
    ticket = await world.ticket()
    for _ in range(3):
        await world.change(ticket)
    await world.hub.begin()
    screen, other = await world.open(), await world.open()
    screen.gate = asyncio.Event()
    plans = {number: GroupPlan(number) for number in ("1", "2", "3")}

    joining = [asyncio.create_task(world.join(plan, 0, screen, number)) for number, plan in plans.items()]
    await eventually(lambda: bool(screen.messages))
    for plan in plans.values():  # each group is free for everybody else
        await world.join(plan, 0, other, plan.key)
    assert [message["id"] for message in screen.messages] == ["1"] * 3

    joining[1].cancel()
    screen.gate.set()
    await asyncio.gather(*joining, return_exceptions=True)
    assert [message["id"] for message in screen.messages] == ["1"] * 3 + ["3"] * 3
    assert len(other.messages) == 9


async def test_a_crowd_that_returns_is_one_replay(world: World, count_queries: CountQueries) -> None:
    tickets = [await world.ticket() for _ in range(100)]
    for ticket in tickets:
        await world.change(ticket)
    await world.hub.begin()
    screens = [await world.open() for _ in range(200)]

    with count_queries() as statements:
        await asyncio.gather(*(world.join(after=number % 3, screen=screen) for number, screen in enumerate(screens)))

    assert len(world.domain.rendered) == 100
    assert statements.count <= 6  # up to three ranges, each one read of the log and one load
    assert [screen.seqs[0] for screen in screens[:4]] == [1, 2, 3, 1]
    assert all(screen.seqs[-1] == 100 for screen in screens)


async def test_the_resume_position_does_not_split_a_group(world: World) -> None:
    ticket = await world.ticket()
    for _ in range(3):
        await world.change(ticket)
    await world.hub.look()
    for after in (None, 0, 1, 3):
        await world.join(after=after)
    world.domain.rendered.clear()

    await world.change(ticket)
    await world.hub.look()

    assert world.hub.state.groups == 1
    assert world.domain.rendered == [4]


async def test_a_position_ahead_of_this_worker_is_looked_up(world: World) -> None:
    ticket = await world.ticket()
    await world.change(ticket)

    screen, member = await world.join(after=1)
    await world.change(ticket)
    await world.hub.look()

    assert member is not None
    assert screen.seqs == [2]


async def test_a_replay_does_not_show_what_a_later_event_hid(world: World) -> None:
    tickets = [await world.ticket() for _ in range(2)]
    await world.join()
    for ticket in tickets:
        await world.change(ticket)
        await world.hub.look()
    world.domain.hidden.add(tickets[0].id)
    await world.change(tickets[0])
    await world.hub.look()

    screen, _ = await world.join(after=0)

    assert screen.seqs == [2]


async def test_a_ticket_hidden_while_its_past_is_rendered_is_not_shown(world: World) -> None:
    ticket = await world.ticket()
    await world.change(ticket)
    await world.hub.begin()

    async def hide(event: Any) -> None:
        world.domain.rendering = None
        world.domain.hidden.add(ticket.id)
        await world.change(ticket)
        await world.hub.look()

    world.domain.rendering = hide
    screen, _ = await world.join(after=0)
    again, _ = await world.join(after=0)

    assert (screen.seqs, again.seqs) == ([], [])


# ---------------------------------------------------------------- out of reach


@pytest.mark.parametrize("seq", [4, 2**60])
async def test_a_position_ahead_of_the_log_is_expired(world: World, seq: int) -> None:
    ticket = await world.ticket()
    await world.change(ticket)
    await world.hub.look()

    screen, member = await world.join(after=seq)

    assert member is None
    assert screen.refusals == [("1", "CURSOR_EXPIRED", world.place(1))]
    assert world.hub.state.members == 0


async def test_a_position_of_another_log_is_expired(world: World) -> None:
    screen = await world.open()

    member = await world.hub.join(Wish(GroupPlan("all"), FeedPosition("other", 0)), screen, "1", screen.scope)

    assert member is None
    assert screen.refusals == [("1", "CURSOR_EXPIRED", world.place(0))]


@pytest.mark.parametrize(
    ("limits", "after", "expired"),
    [
        (HubLimits(horizon_matches=3), 0, True),
        (HubLimits(horizon_matches=3), 1, False),
        (HubLimits(horizon_events=3), 0, True),
        (HubLimits(horizon_events=3), 1, False),
        (HubLimits(horizon=timedelta(0)), 3, True),
        (HubLimits(horizon=timedelta(0)), 4, False),
    ],
)
async def test_a_position_beyond_the_horizon_is_expired(world: World, after: int, expired: bool) -> None:
    tickets = [await world.ticket() for _ in range(4)]
    for ticket in tickets:
        await world.change(ticket)
    await world.hub.look()

    screen, member = await world.join(after=after)

    assert (member is None, [code for _, code, _ in screen.refusals]) == (
        expired,
        ["CURSOR_EXPIRED"] if expired else [],
    )
    assert screen.seqs == ([] if expired else list(range(after + 1, 5)))


async def test_events_that_do_not_match_do_not_count_for_the_horizon(world: World) -> None:
    world.hub._joining._limits = replace(world.hub.limits, horizon_matches=1)
    ticket = await world.ticket()
    for status in (TicketStatus.VERIFIED, TicketStatus.DISPATCHED, TicketStatus.RESOLVED):
        await world.change(ticket, status)
    await world.hub.look()

    screen, _ = await world.join(GroupPlan("closed", domain=frozenset({"RESOLVED"})), after=0)

    assert screen.seqs == [3]


@pytest.mark.parametrize("place", [FeedPosition("other", 0, b"mark"), FeedPosition("", 9, b"mark"), None])
async def test_a_feed_that_can_not_be_resumed_is_reset_and_goes_on(world: World, place: FeedPosition | None) -> None:
    ticket = await world.ticket()
    await world.change(ticket)
    await world.hub.look()
    screen = await world.open()
    after = place or world.place(0, b"another filter")

    await world.hub.join(Wish(FEED, after), screen, "1", screen.scope)
    await world.change(ticket)
    await world.hub.look()

    assert [(data["kind"], data["seq"]) for data in screen.data] == [("reset", 1), ("heartbeat", 1), ("event", 2)]
    assert screen.refusals == []


@pytest.mark.parametrize("limits", [HubLimits(horizon_events=1), HubLimits(horizon_matches=1)])
async def test_a_feed_beyond_the_horizon_is_reset_before_any_heartbeat(world: World, limits: HubLimits) -> None:
    for _ in range(2):
        await world.change(await world.ticket())
    await world.hub.look()
    world.hub._joining._limits = world.hub.limits = limits
    screen = await world.open()

    await world.hub.join(Wish(FEED, world.place(0, FEED.mark or b"")), screen, "1", screen.scope)

    assert [(data["kind"], data["seq"]) for data in screen.data] == [("reset", 2), ("heartbeat", 2)]


async def test_a_replaced_log_ends_every_subscription(world: World) -> None:
    ticket = await world.ticket()
    await world.change(ticket)
    await world.hub.look()
    screen, _ = await world.join()

    await world.database.execute_query("UPDATE log_head SET epoch = 'restored', seq = 0")
    await world.hub.look()

    assert screen.refusals == [("1", "CURSOR_EXPIRED", FeedPosition("restored", 0))]
    assert (world.hub.state.members, world.hub.state.groups, world.hub.state.epoch) == (0, 0, "restored")


async def test_a_replaced_log_asks_for_every_scope_again(world: World) -> None:
    good, gone = await world.open(), await world.open(Caller("gone"))
    world.domain.verdicts["gone"] = Validity.REVOKED

    await world.database.execute_script("UPDATE log_head SET epoch = 'another'")
    await world.hub.look()

    assert (good.revoked, gone.revoked) == (False, True)
    assert sorted(world.domain.asked) == ["gone", "someone"]


async def test_a_replaced_log_is_found_again_where_its_scopes_could_not_be_asked_for(world: World) -> None:
    screen, _ = await world.join()
    before, answers = world.hub.state.epoch, world.domain.verdicts
    world.domain.verdicts = None  # the database is away in this very moment

    await world.database.execute_script("UPDATE log_head SET epoch = 'another'")
    with pytest.raises(AttributeError):
        await world.hub.look()
    assert (world.hub.state.epoch, screen.refusals) == (before, [])
    world.domain.verdicts = answers
    await world.hub.look()

    assert world.hub.state.epoch == "another"
    assert [code for _, code, _ in screen.refusals] == ["CURSOR_EXPIRED"]


# ---------------------------------------------------------------- heartbeats


async def test_a_feed_begins_with_a_heartbeat_of_its_position_and_then_the_missed(world: World) -> None:
    ticket = await world.ticket()
    for _ in range(3):
        await world.change(ticket)
    await world.hub.look()
    screen = await world.open()

    await world.hub.join(Wish(FEED, world.place(1, b"mark")), screen, "1", screen.scope)

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


# ---------------------------------------------------------------- rights


async def test_no_event_after_a_change_of_rights_is_shown_under_the_old_rights(world: World) -> None:
    ticket = await world.ticket()
    fired, _ = await world.join(screen=await world.open(Caller("fired")))
    stays, _ = await world.join(screen=await world.open(Caller("stays")))
    world.domain.verdicts["fired"] = Validity.REVOKED

    await world.change(ticket)
    await world.rights()
    await world.change(ticket)
    await world.hub.look()

    assert (fired.seqs, fired.revoked) == ([1], True)
    assert (stays.seqs, stays.revoked, stays.refusals) == ([1, 3], False, [])
    assert world.domain.rights == [2]


async def test_a_changed_scope_ends_its_operations_and_may_come_back(world: World) -> None:
    ticket = await world.ticket()
    screen = await world.open(Caller("moved"))
    for operation in ("1", "2"):
        await world.join(screen=screen, operation=operation)
    world.domain.verdicts["moved"] = Validity.CHANGED
    await world.rights()
    await world.change(ticket)
    await world.hub.look()

    assert screen.refusals == [("1", "FORBIDDEN", None), ("2", "FORBIDDEN", None)]
    assert (screen.seqs, screen.scope, screen.revoked) == ([], None, False)

    screen.scope = Caller("moved, in the new agency")
    await world.hub.attach(screen, world.hub.rights_seen)
    await world.join(screen=screen, after=0)
    assert screen.seqs == [2]


async def test_a_scope_is_asked_for_once_however_many_lines_have_it(world: World) -> None:
    for _ in range(5):
        await world.join(screen=await world.open(Caller("display")))
    await world.join(screen=await world.open(Caller("officer")))

    await world.rights()
    await world.hub.look()

    assert sorted(world.domain.asked) == ["display", "officer"]


async def test_only_scopes_that_an_event_concerns_are_asked_for(world: World) -> None:
    world.domain.concerns = lambda event, scope: scope.name == "guest" or event.kind is EventKind.RIGHTS_CHANGED
    for name in ("guest", "owner"):
        await world.open(Caller(name))

    await world.rights(EventKind.CREDENTIAL_REVOKED)
    await world.hub.look()
    assert world.domain.asked == ["guest"]

    await world.rights()
    await world.hub.look()
    assert world.domain.asked == ["guest", "guest", "owner"]


async def test_events_that_change_nobodys_rights_ask_nobody(world: World) -> None:
    await world.join()

    await world.rights(EventKind.CREDENTIAL_ISSUED)
    await world.hub.look()

    assert (world.domain.rights, world.domain.asked) == ([1], [])


async def test_a_scope_ends_with_its_time(world: World) -> None:
    ticket = await world.ticket()
    until = world.clock() + timedelta(hours=1)
    ends, _ = await world.join(screen=await world.open(Caller("ends", until)))
    expires, _ = await world.join(screen=await world.open(Caller("expires", until)))
    world.domain.verdicts["expires"] = Validity.REVOKED
    await world.hub.look()
    assert (ends.refusals, expires.revoked) == ([], False)

    world.clock.forward(hours=1)
    await world.hub.look()
    await world.change(ticket)
    await world.hub.look()

    assert (ends.refusals, ends.seqs, ends.scope) == ([("1", "FORBIDDEN", None)], [], None)
    assert (expires.refusals, expires.revoked, expires.seqs) == ([("1", "REVOKED", None)], True, [])


async def test_nothing_that_happened_after_the_end_of_a_scope_is_shown_under_it(world: World) -> None:
    ticket = await world.ticket()
    over = await world.open(Caller("over", valid_until=world.clock() + timedelta(microseconds=1)))
    still = await world.open(Caller("still", valid_until=world.clock() + timedelta(microseconds=2)))
    for screen in (over, still):
        await world.join(screen=screen)

    world.clock.forward(microseconds=1)
    await world.change(ticket)
    await world.hub.look()

    assert (over.seqs, still.seqs) == ([], [1])
    assert (over.refusals, still.refusals) == ([("1", "FORBIDDEN", None)], [])


async def test_a_scope_whose_time_is_over_does_not_join_before_the_next_look_either(world: World) -> None:
    await world.change(await world.ticket())
    await world.hub.look()
    screen = await world.open(Caller(valid_until=world.clock() + timedelta(seconds=1)))

    world.clock.forward(seconds=1)
    _, member = await world.join(after=0, screen=screen)

    assert (member, screen.messages) == (None, [])
    assert screen.refusals == [("1", "FORBIDDEN", None)]


async def test_scopes_whose_time_is_over_are_asked_for_once_by_all_who_notice(world: World) -> None:
    for number in range(3):
        await world.open(Caller(f"{number}", valid_until=world.clock() + timedelta(seconds=1)))

    world.clock.forward(seconds=1)
    await asyncio.gather(*(world.hub.end_scopes() for _ in range(10)), world.hub.look())

    assert sorted(world.domain.asked) == ["0", "1", "2"]


async def test_a_scope_read_before_a_change_of_rights_is_judged_when_it_arrives(world: World) -> None:
    seen = world.hub.rights_seen
    world.domain.verdicts["late"] = Validity.REVOKED
    await world.rights()
    await world.hub.look()
    from_before = await world.open(Caller("on time"))
    late = type(from_before)(Caller("late"))

    await world.hub.attach(late, seen)

    assert (late.revoked, from_before.revoked) == (True, False)


async def test_a_plan_made_under_old_rights_does_not_join(world: World) -> None:
    screen = await world.open(Caller("old"))
    old = screen.scope
    screen.scope = Caller("new")

    member = await world.hub.join(Wish(GroupPlan("old sight")), screen, "1", old)

    assert member is None
    assert (screen.refusals, world.hub.state.groups) == ([("1", "FORBIDDEN", None)], 0)


async def test_a_filter_that_means_something_else_by_new_master_data_ends_with_the_place_to_go_on_from(
    world: World,
) -> None:
    ticket = await world.ticket()
    kept, _ = await world.join(GroupPlan("kept"))
    gone, _ = await world.join(GroupPlan("gone"))
    world.domain.outdated = {"gone"}

    await world.change(ticket)
    await world.rights(EventKind.CREDENTIAL_REVOKED)
    await world.rights(EventKind.REFERENCE_CHANGED)
    await world.change(ticket)
    await world.hub.look()

    assert (kept.seqs, gone.seqs) == ([1, 4], [1])
    assert (kept.refusals, gone.refusals) == ([], [("1", "CURSOR_EXPIRED", world.place(2))])
    assert list(world.hub.registry.groups) == ["kept"]


async def test_a_filter_read_by_old_master_data_does_not_join(world: World) -> None:
    screen = await world.open()
    world.domain.outdated = {"old"}
    seen = world.hub.rights_seen
    await world.rights(EventKind.REFERENCE_CHANGED)
    await world.hub.look()

    for name in ("old", "new"):
        await world.hub.join(Wish(GroupPlan(name)), screen, name, screen.scope, seen)

    assert screen.refusals == [("old", "FORBIDDEN", None)]
    assert list(world.hub.registry.groups) == ["new"]


async def test_a_change_of_rights_ends_a_replay_under_the_old_rights(world: World) -> None:
    ticket = await world.ticket()
    for _ in range(4):
        await world.change(ticket)
    await world.hub.begin()
    screen = await world.open(Caller("fired"))
    world.domain.verdicts["fired"] = Validity.REVOKED

    async def fire(event: Any) -> None:
        world.domain.rendering = None
        await world.rights()
        await world.hub.look()

    world.domain.rendering = fire
    _, member = await world.join(after=0, screen=screen)

    assert member is None
    assert (screen.seqs, screen.revoked, world.hub.state.members) == ([], True, 0)


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


async def test_killed_database_connections_lose_nothing(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()
    world.hub._task(world.hub._follow())

    for number in range(1, 4):
        await world.change(ticket)
        await world.database.execute_query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await eventually(lambda number=number: world.hub.state.position == number)

    assert screen.seqs == [1, 2, 3]


async def test_only_who_comes_from_far_back_makes_the_hub_keep_more_than_what_is_recent(world: World) -> None:
    hub = world.hub
    hub.limits = replace(hub.limits, recent_events=2)
    hub._history._recent = 2
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


async def test_what_is_kept_shrinks_when_the_crowd_is_gone(world: World) -> None:
    world.hub.limits = replace(world.hub.limits, recent_events=2, history_kept=0.0)
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
