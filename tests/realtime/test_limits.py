"""The limits as they are shipped: tests shrink them, so these are the only ones that look at the real numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.composition import hub_limits
from api.endpoints import socket_limits
from api.server.opening import rules_of
from api.server.serving import MESSAGE_BYTES
from api.settings import Environment, Settings
from api.websocket.frames import MOST_BUFFERED_BYTES, FrameProtocol
from realtime.limits import HubLimits


@pytest.mark.parametrize(
    ("environment", "of_principal", "of_address"),
    [(Environment.PRODUCTION, 20, 500), (Environment.DEVELOPMENT, 10_000, 10_000)],
)
def test_sockets_are_capped_per_principal_and_address(
    settings: Settings, environment: Environment, of_principal: int, of_address: int
) -> None:
    limits = socket_limits(settings.model_copy(update={"environment": environment}))

    assert (limits.sockets_per_principal, limits.sockets_per_address) == (of_principal, of_address)


def test_an_installation_sets_its_own_caps(settings: Settings) -> None:
    limits = socket_limits(settings.model_copy(update={"sockets_per_principal": 3, "sockets_per_address": 4}))

    assert (limits.sockets_per_principal, limits.sockets_per_address) == (3, 4)


def test_a_socket_has_ten_seconds_to_begin_and_64_kb_for_a_message(settings: Settings) -> None:
    limits = socket_limits(settings)

    assert (limits.init_seconds, limits.message_bytes, MESSAGE_BYTES) == (10.0, 65_536, 65_536)


def test_a_peer_that_does_not_read_is_gone_within_thirty_seconds(settings: Settings) -> None:
    limits = socket_limits(settings)

    assert 2 * FrameProtocol.ping_seconds <= 30  # one to send, one to answer
    assert limits.stall_seconds + limits.close_seconds <= 30
    assert FrameProtocol.most_buffered_bytes == limits.buffered_bytes == MOST_BUFFERED_BYTES == 1 << 20


def test_the_hub_looks_beats_and_reaches_back_as_promised() -> None:
    shipped, limits = HubLimits(), hub_limits(Settings.model_construct())

    assert (limits.tick, limits.heartbeat, limits.members_at_once) == (1.0, 10.0, 500)
    assert (limits.groups, limits.groups_of_principal) == (50_000, 250)
    assert (limits.horizon, limits.horizon_matches) == (timedelta(days=7), 2_000)
    assert limits == shipped


def test_who_is_pushed_to_and_who_pulls_reach_back_equally_far(settings: Settings) -> None:
    set_here = settings.model_copy(update={"horizon_days": 2.0, "horizon_events": 30})

    for found in (hub_limits(set_here), rules_of(set_here)):
        assert (found.horizon, found.horizon_matches) == (timedelta(days=2), 30)
    assert hub_limits(set_here).horizon_reach == rules_of(set_here).horizon_reach == 20_000
