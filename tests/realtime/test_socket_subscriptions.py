"""Subscriptions over a socket: delivered under their ids, replayed, and ended with the rights that they had."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from realtime.members import Validity
from tests.realtime.served import Served
from tests.realtime.world import eventually

pytestmark = pytest.mark.slow


async def test_delivers_to_every_socket_under_its_own_id(desk_door: Served) -> None:
    ticket = await desk_door.world.ticket()
    async with desk_door.client() as one, desk_door.client() as two:
        await one.subscribe('with "quotes" é')
        await two.subscribe("a")
        await two.subscribe("b")
        for client in (one, two):
            await client.settled()
        await desk_door.world.change(ticket)
        await desk_door.world.hub.look()

        assert [(await one.next())["id"]] == ['with "quotes" é']
        assert {(await two.next())["id"], (await two.next())["id"]} == {"a", "b"}
    assert desk_door.world.domain.rendered == [1]


@pytest.mark.parametrize("length", [0, 100, 70_000])
async def test_delivers_messages_of_every_frame_length(desk_door: Served, length: int) -> None:
    ticket = await desk_door.world.ticket()
    desk_door.world.domain.padding = "p" * length
    async with desk_door.client(max_size=None) as client:
        await client.subscribe()
        await client.settled()
        await desk_door.world.change(ticket)
        await desk_door.world.hub.look()

        message = await client.next()

    assert message["payload"]["data"] == {"kind": "event", "seq": 1, "padding": "p" * length}


async def test_replays_then_goes_on_live(desk_door: Served) -> None:
    world = desk_door.world
    ticket = await world.ticket()
    for _ in range(300):
        await world.change(ticket)
    await world.hub.begin()
    async with desk_door.client() as client:
        await client.subscribe("1", variables={"after": 10})
        seqs = [(await client.next())["payload"]["data"]["seq"] for _ in range(290)]
        await world.change(ticket)
        await world.hub.look()
        seqs.append((await client.next())["payload"]["data"]["seq"])

    assert seqs == list(range(11, 302))


async def test_a_completed_subscription_gets_nothing_more(desk_door: Served) -> None:
    ticket = await desk_door.world.ticket()
    async with desk_door.client() as client:
        await client.subscribe("1")
        await client.subscribe("2")
        await client.settled()
        await client.send(id="1", type="complete")
        await client.settled()
        await desk_door.world.change(ticket)
        await desk_door.world.hub.look()

        assert (await client.next())["id"] == "2"
        await client.settled()


async def test_an_expired_cursor_is_an_error_of_that_id(desk_door: Served) -> None:
    async with desk_door.client() as client:
        await client.subscribe("1", variables={"after": 99})
        refused = await client.next()
        await client.settled()

    assert (refused["id"], refused["type"], len(refused["payload"])) == ("1", "error", 1)


async def test_a_dropped_socket_leaves_nothing_behind(desk_door: Served) -> None:
    tasks = len(asyncio.all_tasks())
    async with desk_door.client() as client:
        await client.subscribe("1")
        await client.subscribe("2", "{ wait }")
        await client.settled()
        client.line.transport.abort()

    await eventually(lambda: not desk_door.endpoint.sessions)
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks)
    assert (desk_door.world.hub.state.members, desk_door.world.hub.state.sockets) == (0, 0)


async def test_a_revoked_credential_closes_the_socket(desk_door: Served) -> None:
    world = desk_door.world
    world.domain.verdicts["fired"] = Validity.REVOKED
    async with desk_door.client("fired") as fired, desk_door.client("stays") as stays:
        for client in (fired, stays):
            await client.subscribe()
            await client.settled()
        await world.rights()
        await world.hub.look()

        assert (await fired.next())["type"] == "error"
        assert await fired.closed() == (4403, "Forbidden: the credential was revoked or has expired")
        await stays.settled()


async def test_a_changed_scope_ends_operations_and_is_asked_for_again(desk_door: Served) -> None:
    world = desk_door.world
    ticket = await world.ticket()
    async with desk_door.client("moved") as client:
        await client.subscribe()
        await client.settled()
        world.domain.verdicts["moved"] = Validity.CHANGED
        await world.rights()
        await world.change(ticket)
        await world.hub.look()
        ended = await client.next()
        world.domain.verdicts.clear()
        await client.subscribe(variables={"after": 0})

        assert (ended["id"], ended["type"]) == ("1", "error")
        assert (await client.next())["payload"]["data"]["seq"] == 2
    assert desk_door.identified == ["moved", "moved"]


async def test_operations_that_come_back_together_after_a_change_of_rights_ask_once(desk_door: Served) -> None:
    world, gate = desk_door.world, desk_door.gate
    gate.set()
    async with desk_door.client("slow") as client:
        gate.clear()
        world.domain.verdicts["slow"] = Validity.CHANGED
        await world.rights()
        await world.hub.look()
        for id_ in ("1", "2"):
            await client.subscribe(id_)
        await client.settled()
        gate.set()
        await eventually(lambda: world.hub.state.members == 2)
        await world.change(await world.ticket())
        await world.hub.look()

        assert sorted([(await client.next())["id"], (await client.next())["id"]]) == ["1", "2"]
    assert desk_door.identified == ["slow", "slow"]


async def test_a_scope_whose_time_is_over_answers_nothing_more_even_before_the_next_look(desk_door: Served) -> None:
    world = desk_door.world
    async with desk_door.client("guest") as client:
        (session,) = desk_door.endpoint.sessions
        session.scope = replace(session.scope, valid_until=world.clock() + timedelta(microseconds=1))
        await world.hub.attach(session, world.hub.rights_seen)
        await client.subscribe("1", "{ ping }")
        assert [(await client.next())["type"] for _ in range(2)] == ["next", "complete"]
        assert desk_door.identified == ["guest"]

        world.clock.forward(microseconds=1)
        await client.subscribe("2", "{ ping }")
        assert [(await client.next())["type"] for _ in range(2)] == ["next", "complete"]
        assert desk_door.identified == ["guest", "guest"]
