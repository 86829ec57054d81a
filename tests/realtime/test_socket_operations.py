"""Operations of a socket: each id has one end, a few run at a time, and what has ended is gone at once."""

from __future__ import annotations

import asyncio
import gc
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from api.websocket.session_parts import Operation
from api.websocket.websocket import SocketLimits
from realtime.members import Member
from services.core.refusals import EdgeRefusal
from tests.realtime.served import CHANGES, FRAMES, PLAIN, Client, Context, NamedCaller, Served, served
from tests.realtime.world import World, eventually

pytestmark = pytest.mark.slow

RAISED: list[Callable[[], BaseException]] = [
    lambda: ValueError("secret of Budi"),
    asyncio.CancelledError,
    lambda: SystemExit(1),
    GeneratorExit,
]
NAMES = ["error", "cancellation", "exit", "generator"]


@pytest.fixture(params=[FRAMES, PLAIN])
async def door(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    async with served(world, request.param) as door:
        yield door


def broken(door: Served, step: str, raised: Callable[[], BaseException]) -> None:
    """Let one step of every operation raise."""

    async def raising(*arguments: Any) -> Any:
        await asyncio.sleep(0)
        raise raised()

    def at_once(*arguments: Any) -> Any:
        raise raised()

    step, how = (step.removesuffix(" at once"), at_once) if step.endswith(" at once") else (step, raising)
    door.endpoint._parts = replace(door.endpoint._parts, **{step: how})  # type: ignore[arg-type]


# ---------------------------------------------------------------- one end for each id


@pytest.mark.parametrize("raised", RAISED, ids=NAMES)
@pytest.mark.parametrize(
    ("step", "query"),
    [
        ("execute", "{ ping }"),
        ("execute", 'mutation { remember(word: "a") }'),
        ("execute at once", "{ ping }"),
        ("plan", CHANGES),
        ("plan at once", CHANGES),
        ("choose", "{ ping }"),
        ("context at once", "{ ping }"),
    ],
)
async def test_whatever_is_raised_ends_one_id_once(
    door: Served, step: str, query: str, raised: Callable[[], BaseException]
) -> None:
    broken(door, step, raised)
    async with door.client() as client:
        [session] = door.endpoint.sessions
        for _ in range(3):  # the id is free again each time
            await client.subscribe("1", query)
            ended = await client.next()
            assert (ended["id"], ended["type"]) == ("1", "error")
            assert [error["extensions"]["code"] for error in ended["payload"]] == ["INTERNAL"]
        await client.settled()

        assert (session._operations, session._orphans) == ({}, 0)


@pytest.mark.parametrize("raised", RAISED[1:], ids=NAMES[1:])
async def test_a_join_that_the_hub_loses_ends_its_id(
    door: Served, raised: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*arguments: Any) -> None:
        raise raised()

    monkeypatch.setattr(door.world.hub, "join", lost)
    async with door.client() as client:
        await client.subscribe("1")
        ended = await client.next()

        assert (ended["type"], ended["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")
        await client.settled()


@pytest.mark.parametrize("raised", RAISED, ids=NAMES)
async def test_an_init_that_breaks_is_told_to_come_back(door: Served, raised: Callable[[], BaseException]) -> None:
    broken(door, "identify", raised)
    async with door.connect() as line:
        client = Client(line)
        await client.send(type="connection_init")

        assert (await client.closed())[0] == 1013
    await eventually(lambda: not door.endpoint.sessions)


async def test_an_answer_that_can_not_be_counted_is_written(door: Served) -> None:
    def counting(*arguments: Any) -> None:
        raise ValueError("no counts")

    door.endpoint._parts = replace(door.endpoint._parts, refused=counting)
    async with door.client() as client:
        await client.subscribe("1", "{ fail }")
        assert [(await client.next())["type"] for _ in range(2)] == ["next", "complete"]
        await client.subscribe("1", "{ nothing }")
        assert (await client.next())["type"] == "error"
        await client.settled()


# ---------------------------------------------------------------- what has ended is gone


def alive(*kinds: type) -> Counter[str]:
    """Objects that are there, with those that only the collector of garbage would find."""
    return Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds))


async def ask_and_be_answered(client: Client, door: Served) -> None:
    await client.subscribe("1", "{ ping }")
    assert [(await client.next())["type"] for _ in range(2)] == ["next", "complete"]


async def ask_and_fail(client: Client, door: Served) -> None:
    await client.subscribe("1", "{ fail }")
    assert [(await client.next())["type"] for _ in range(2)] == ["next", "complete"]


async def ask_wrongly(client: Client, door: Served) -> None:
    await client.subscribe("1", "{ nothing }")
    assert (await client.next())["type"] == "error"


async def ask_and_leave(client: Client, door: Served) -> None:
    await client.subscribe("1", "{ wait }")
    await client.settled()
    await client.send(id="1", type="complete")
    await client.settled()


async def ask_and_leave_at_once(client: Client, door: Served) -> None:
    await client.subscribe("1", "{ wait }")
    await client.send(id="1", type="complete")
    await client.settled()


async def ask_and_run_out_of_time(client: Client, door: Served) -> None:
    await client.subscribe("1", "{ wait }")
    assert (await client.next())["payload"][0]["extensions"]["code"] == "TIMEOUT"


async def subscribe_and_leave(client: Client, door: Served) -> None:
    await client.subscribe("1")
    await client.settled()
    await client.send(id="1", type="complete")
    await client.settled()


async def plan_and_leave(client: Client, door: Served) -> None:
    await client.subscribe("1", variables={"only": "slow"})
    await client.settled()
    await client.send(id="1", type="complete")
    await client.settled()


@pytest.mark.parametrize(
    "ask",
    [
        ask_and_be_answered, ask_and_fail, ask_wrongly, ask_and_leave, ask_and_leave_at_once, ask_and_run_out_of_time,
        subscribe_and_leave, plan_and_leave,
    ],
)  # fmt: skip
async def test_an_operation_that_ended_leaves_nothing_to_the_collector_of_garbage(
    world: World, ask: Callable[[Client, Served], Any]
) -> None:
    kinds = (Operation, Context, Member, asyncio.Task)
    limits = SocketLimits(request_seconds=0.2 if ask is ask_and_run_out_of_time else 60.0)
    async with served(world, FRAMES, limits) as door, door.client() as client:
        await ask(client, door)  # what is kept for all operations is there now
        door.contexts.clear()
        await eventually(lambda: not next(iter(door.endpoint.sessions))._tasks)
        gc.collect()
        gc.disable()
        try:
            before = alive(*kinds)
            for _ in range(10):
                await ask(client, door)
            door.contexts.clear()
            await eventually(lambda: not next(iter(door.endpoint.sessions))._tasks)
            await asyncio.sleep(0)  # whoever told of the last end ends too
            after = alive(*kinds)
        finally:
            gc.enable()

    assert after - before == Counter()


# ---------------------------------------------------------------- a few at a time


async def test_a_few_operations_of_a_socket_run_at_a_time_and_the_others_in_turn(world: World) -> None:
    limits = SocketLimits(executing_per_socket=2)
    async with served(world, FRAMES, limits) as door, door.client() as client, door.client() as other:
        for number in range(5):
            await client.subscribe(str(number), "{ wait }")
        await client.settled()
        assert len(door.contexts) == 2
        await other.subscribe("1", "{ ping }")
        assert (await other.next())["type"] == "next"

        await client.send(id="0", type="complete")
        await client.send(id="3", type="complete")  # which was waiting
        await client.settled()
        assert len(door.contexts) == 4
        door.gate.set()
        answers = [await client.next() for _ in range(6)]

    assert [answer["id"] for answer in answers if answer["type"] == "next"] == ["1", "2", "4"]


async def test_subscriptions_hold_no_place_among_those_that_run(world: World) -> None:
    async with served(world, FRAMES, SocketLimits(executing_per_socket=1)) as door, door.client() as client:
        for number in range(5):
            await client.subscribe(str(number))
        await eventually(lambda: world.hub.state.members == 5)
        await client.subscribe("q", "{ ping }")

        assert (await client.next())["id"] == "q"


async def test_an_operation_without_a_turn_is_refused_alone(door: Served) -> None:
    def busy(scope: Any) -> Any:
        raise EdgeRefusal("BUSY", "executions_waiting", extensions={"retryAfterSeconds": 2})

    async with door.client() as client:
        [session] = door.endpoint.sessions
        turn, session._parts = session._parts, replace(session._parts, turn=busy)
        await client.subscribe("1", "{ ping }")
        refused = await client.next()
        session._parts = turn
        await client.subscribe("1", "{ ping }")

        assert refused["payload"][0]["extensions"] == {"code": "BUSY", "retryAfterSeconds": 2}
        assert (await client.next())["type"] == "next"


# ---------------------------------------------------------------- while rights are not confirmed


def nobody_vouches(door: Served) -> None:
    """As when no look has succeeded for too long."""
    door.world.hub._rights.confirm(-math.inf, door.world.hub.state.position)


async def test_without_confirmed_rights_each_operation_identifies_anew_and_keeps_an_equal_scope(door: Served) -> None:
    async with door.client("same") as client:
        [session] = door.endpoint.sessions
        scope = session.scope
        await client.subscribe("live")
        await eventually(lambda: door.world.hub.state.members == 1)
        assert door.identified == ["same"]

        nobody_vouches(door)
        for id_ in ("1", "2"):
            await client.subscribe(id_, "{ ping }")
            assert [(await client.next())["type"] for _ in range(2)] == ["next", "complete"]

        assert door.identified == ["same"] * 3
        assert session.scope is scope
        assert door.world.hub.state.members == 1


async def test_another_scope_found_anew_ends_what_was_subscribed_under_the_old_one(
    door: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with door.client("old") as client:
        [session] = door.endpoint.sessions
        await client.subscribe("live")
        await eventually(lambda: door.world.hub.state.members == 1)

        async def moved(authorization: str | None, address: str) -> NamedCaller:
            return NamedCaller("new")

        session._parts = replace(session._parts, identify=moved)
        nobody_vouches(door)
        await client.subscribe("1", "{ ping }")

        ended, answered, completed = [await client.next() for _ in range(3)]
        assert (ended["id"], ended["payload"][0]["extensions"]["code"]) == ("live", "FORBIDDEN")
        assert answered["payload"]["data"] == {"ping": "pong for new"}
        assert (completed["type"], door.world.hub.state.members) == ("complete", 0)


async def test_another_scope_found_anew_ends_what_is_still_catching_up_too(door: Served) -> None:
    hanging, gate = asyncio.Event(), asyncio.Event()

    async def admit_shown(event: object) -> None:
        hanging.set()
        await gate.wait()

    ticket = await door.world.ticket()
    await door.world.change(ticket)
    await door.world.hub.look()
    door.world.domain.rendering = admit_shown
    async with door.client("old") as client:
        [session] = door.endpoint.sessions
        await client.subscribe("late", variables={"after": 0})
        await hanging.wait()

        async def moved(authorization: str | None, address: str) -> NamedCaller:
            return NamedCaller("new")

        session._parts = replace(session._parts, identify=moved)
        nobody_vouches(door)
        await client.subscribe("1", "{ ping }")
        ended = await client.next()
        gate.set()

        assert (ended["id"], ended["payload"][0]["extensions"]["code"]) == ("late", "FORBIDDEN")
        assert [(await client.next())["id"] for _ in range(2)] == ["1", "1"]
        assert door.world.hub.state.members == 0


async def test_a_credential_that_is_no_longer_good_closes_at_the_next_operation(door: Served) -> None:
    async with door.client("fired") as client:
        [session] = door.endpoint.sessions
        session._authorization = "wrong"
        nobody_vouches(door)
        await client.subscribe("1", 'mutation { remember(word: "a") }')

        assert await client.closed() == (4403, "Forbidden: UNAUTHENTICATED")
    assert door.words == []


async def test_a_database_that_is_away_costs_an_operation_and_not_the_line(door: Served) -> None:
    async with door.client("patient") as client:
        [session] = door.endpoint.sessions
        await client.subscribe("live")
        await eventually(lambda: door.world.hub.state.members == 1)
        session._authorization = "broken"
        nobody_vouches(door)
        await client.subscribe("1", "{ ping }")
        assert (await client.next())["type"] == "error"

        session._authorization = "patient"
        await client.subscribe("1", "{ ping }")
        assert (await client.next())["type"] == "next"
        assert door.world.hub.state.members == 1


async def test_a_line_that_is_given_up_is_told_to_come_back(door: Served) -> None:
    async with door.client() as client:
        [session] = door.endpoint.sessions
        session.give_up()

        assert await client.closed() == (1013, "Try again later")
        assert session.scope is None
