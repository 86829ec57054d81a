"""Addresses: what our proxies say is believed, what a client says of itself is not."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from api.security.addresses import Addresses, subscriber
from api.security.forwarding import HINT, UntrustedProxies
from services.core.keys import Keys
from services.credentials.subscribers import parsed

KEYS = Keys(b"a-secret-of-the-tests-that-guards-nothing")


def connection(peer: str | None, *forwarded: str) -> HTTPConnection:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return HTTPConnection({"type": "http", "headers": headers, "client": (peer, 5000) if peer else None})


@pytest.mark.parametrize("forged", ["1.2.3.4", "127.0.0.1", "10.0.0.9, 127.0.0.1", "", "::1", "x\tAdmin"])
def test_without_trusted_proxies_only_the_peer_counts(forged: str) -> None:
    addresses = Addresses((), KEYS)

    assert addresses.of(connection("203.0.113.7", forged)) == "203.0.113.7"
    assert addresses.key_of(connection("203.0.113.7", forged)) == addresses.key_of(connection("203.0.113.7"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.5", ["198.51.100.2"], "198.51.100.2"),
        ("10.0.0.5", ["6.6.6.6, 198.51.100.2"], "198.51.100.2"),
        ("10.0.0.5", ["6.6.6.6, 10.9.9.9, 198.51.100.2"], "198.51.100.2"),
        ("10.0.0.5", ["6.6.6.6", "198.51.100.2, 10.0.0.6"], "198.51.100.2"),
        ("10.0.0.5", ["198.51.100.2:4711"], "198.51.100.2"),
        ("10.0.0.5", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("::ffff:10.0.0.5", ["198.51.100.2"], "198.51.100.2"),
        ("10.0.0.5", ["198.51.100.2, nonsense"], "10.0.0.5"),
        ("10.0.0.5", ["198.51.100.2, nonsense, 10.0.0.6"], "10.0.0.6"),
        ("10.0.0.5", [], "10.0.0.5"),
        ("10.0.0.5", ["10.0.0.7, 10.0.0.6"], "10.0.0.7"),
        ("203.0.113.7", ["198.51.100.2"], "203.0.113.7"),
        (None, ["198.51.100.2"], "unknown"),
    ],
)
def test_behind_trusted_proxies_the_nearest_stranger_is_the_client(
    peer: str | None, forwarded: list[str], client: str
) -> None:
    assert Addresses(["10.0.0.0/8"], KEYS).of(connection(peer, *forwarded)) == client


def test_a_proxy_on_a_unix_socket_is_trusted_by_name() -> None:
    assert Addresses(["unix"], KEYS).of(connection(None, "6.6.6.6, 198.51.100.2")) == "198.51.100.2"
    assert Addresses(["unix"], KEYS).of(connection("203.0.113.7", "6.6.6.6")) == "203.0.113.7"


def test_a_wrong_network_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="everyone"):
        Addresses(["everyone"], KEYS)


def test_one_subscriber_has_one_key_however_many_addresses_they_take() -> None:
    addresses = Addresses((), KEYS)

    assert subscriber("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert addresses.key("2001:db8:1:2::1") == addresses.key("2001:db8:1:2:ffff::9")
    assert addresses.key("2001:db8:1:2::1") != addresses.key("2001:db8:1:3::1")
    assert addresses.key("198.51.100.2") != addresses.key("198.51.100.3")


def test_the_key_does_not_tell_the_address() -> None:
    key = Addresses((), KEYS).key("198.51.100.2")

    assert "198" not in key.split("-")
    assert key != Addresses((), Keys(b"another-secret-of-the-tests-for-nothing")).key("198.51.100.2")


def test_a_network_of_ipv4_proxies_may_be_written_as_ipv6() -> None:
    addresses = Addresses(["::ffff:10.0.0.0/104"], KEYS)

    assert addresses.of(connection("10.0.0.5", "198.51.100.2, 10.0.0.6")) == "198.51.100.2"
    assert addresses.of(connection("203.0.113.7", "198.51.100.2")) == "203.0.113.7"


@pytest.mark.parametrize("hop", ["١٩٨.51.100.2", "198.51.100.02", "0x7f.1", "2130706433", "localhost", "unknown", "%"])
def test_a_hop_that_is_no_address_ends_the_chain(hop: str) -> None:
    forwarded = f"6.6.6.6, {hop}".encode().decode("latin-1")

    assert Addresses(["10.0.0.0/8"], KEYS).of(connection("10.0.0.5", forwarded)) == "10.0.0.5"


def test_a_proxy_that_is_not_trusted_is_warned_of_by_name_once_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    hours = [0.0]
    untrusted = UntrustedProxies(lambda: hours[0] * 3600)
    before = untrusted.hints()

    for moment in (0.0, 0.5, 0.99, 1.0):
        hours[0] = moment
        untrusted.note(parsed("10.0.0.7"))
    told = untrusted.hints()
    hours[0] = 2.1

    lines = [record.getMessage() for record in caplog.records]
    assert (before, told, untrusted.hints()) == ((), (HINT,), ())
    assert len(lines) == 2
    assert all(line.startswith("X-Forwarded-For from 10.0.0.7 is not believed") for line in lines)


def test_a_stranger_who_writes_the_header_is_no_proxy(caplog: pytest.LogCaptureFixture) -> None:
    untrusted = UntrustedProxies()
    for _ in range(99):
        untrusted.note(parsed("8.8.8.8"))
    few = untrusted.hints()
    untrusted.note(parsed("8.8.8.8"))

    assert (few, untrusted.hints(), len(caplog.records)) == ((), (HINT,), 1)


def test_only_who_is_not_trusted_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    addresses = Addresses(["10.0.0.0/8"], KEYS)

    hints = [
        addresses.hints(connection("10.0.0.7", "203.0.113.9")),
        addresses.hints(connection("192.168.1.2")),
        addresses.hints(connection("192.168.1.2", "203.0.113.9")),
    ]

    assert hints == [(), (), (HINT,)]
