"""Who comes back: what was missed is replayed without a seam, and what is out of reach is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from models.enums import TicketStatus
from realtime.callbacks import GroupPlan, SubscribeRequest
from realtime.cursors import FeedPosition
from realtime.limits import HubLimits
from realtime.members import Validity
from tests.conftest import Statements
from tests.realtime.world import Caller, World, eventually

FEED = GroupPlan("feed", feed=True, mark=b"mark")
CountQueries = Callable[[], AbstractContextManager[Statements]]


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

    member = await world.hub.join(
        SubscribeRequest(GroupPlan("all"), FeedPosition("other", 0)), screen, "1", screen.scope
    )

    assert member is None
    assert screen.refusals == [("1", "CURSOR_EXPIRED", world.place(0))]


@pytest.mark.parametrize(
    ("limits", "after", "expired"),
    [
        (HubLimits(horizon_matches=3), 0, True),
        (HubLimits(horizon_matches=3), 1, False),
        (HubLimits(horizon_reach=3), 0, True),
        (HubLimits(horizon_reach=3), 1, False),
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


@pytest.mark.parametrize("limits", [HubLimits(horizon_matches=1)])
async def test_events_that_do_not_match_do_not_count_for_the_horizon(world: World) -> None:
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

    await world.hub.join(SubscribeRequest(FEED, after), screen, "1", screen.scope)
    await world.change(ticket)
    await world.hub.look()

    assert [(data["kind"], data["seq"]) for data in screen.data] == [("reset", 1), ("heartbeat", 1), ("event", 2)]
    assert screen.refusals == []


@pytest.mark.parametrize("limits", [HubLimits(horizon_reach=1), HubLimits(horizon_matches=1)])
async def test_a_feed_beyond_the_horizon_is_reset_before_any_heartbeat(world: World, limits: HubLimits) -> None:
    for _ in range(2):
        await world.change(await world.ticket())
    await world.hub.look()
    screen = await world.open()

    await world.hub.join(SubscribeRequest(FEED, world.place(0, FEED.mark or b"")), screen, "1", screen.scope)

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


async def test_the_bell_follows_a_replaced_log(world: World) -> None:
    before = world.hub.bell.epoch

    await world.database.execute_query("UPDATE log_head SET epoch = 'restored', seq = 0")
    await world.hub.look()

    assert before not in ("tests", "restored")
    assert (world.hub.bell.epoch, world.hub.bell.channel) == ("restored", "surga:restored")


async def test_a_replaced_log_asks_for_every_scope_again(world: World) -> None:
    good, gone = await world.open(), await world.open(Caller("gone"))
    world.domain.verdicts["gone"] = Validity.REVOKED

    await world.database.execute_script("UPDATE log_head SET epoch = 'another'")
    await world.hub.look()

    assert (good.revoked, gone.revoked) == (False, True)
    assert sorted(world.domain.asked) == ["gone", "someone"]


async def test_a_replaced_log_is_found_again_where_its_scopes_could_not_be_asked_for(world: World) -> None:
    screen, _ = await world.join()
    before = world.hub.state.epoch
    world.domain.unreachable = True  # the database is away in this very moment

    await world.database.execute_script("UPDATE log_head SET epoch = 'another'")
    with pytest.raises(OSError, match="away"):
        await world.hub.look()
    assert (world.hub.state.epoch, screen.refusals) == (before, [])
    world.domain.unreachable = False
    await world.hub.look()

    assert world.hub.state.epoch == "another"
    assert [code for _, code, _ in screen.refusals] == ["CURSOR_EXPIRED"]
