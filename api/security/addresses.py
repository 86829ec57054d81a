"""Whose request it is, by network address: what our own proxies say, and nothing that the client says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from starlette.requests import HTTPConnection

from api.security.forwarding import UntrustedProxies
from services.core.keys import Keys
from services.credentials.subscribers import Address, Network, network_of, parsed, subscriber

UNKNOWN = "unknown"  # a peer on a Unix socket that is not trusted, or a server that does not tell
MOST_KNOWN = 1_000  # our choice: addresses of the last requests, of which an office has one
MOST_HOPS = 20  # our choice: more proxies in a row than anybody has; who sends more is not read on


class KeyedAddress(str):
    """The keyed hash of an address, which still knows the address itself, for those who compare it with networks."""

    plain: str

    @classmethod
    def of(cls, key: str, plain: str) -> KeyedAddress:
        made = cls(key)
        made.plain = plain
        return made


class Addresses:
    """Finds the client's address behind trusted proxies.

    trusted lists networks (CIDR) whose X-Forwarded-For is believed; "unix" stands for a proxy on a Unix socket. Raises
    ValueError for anything else.
    """

    def __init__(self, trusted: Iterable[str], keys: Keys) -> None:
        names = [name.strip() for name in trusted if name.strip()]
        self._socket_trusted = "unix" in names
        self._trusted: list[Network] = [network_of(name) for name in names if name != "unix"]
        self._keys = keys
        self.untrusted = UntrustedProxies()
        self.key = lru_cache(maxsize=MOST_KNOWN)(self._key)

    def of(self, connection: HTTPConnection) -> str:
        """The address of the nearest hop that is not one of our proxies."""
        peer = _known(connection.client.host) if connection.client else None
        if not self._trusts(peer):
            if "x-forwarded-for" in connection.headers:
                self.untrusted.note(peer)
            return str(peer) if peer else UNKNOWN
        nearest = peer
        for hop in reversed(forwarded_hops(connection)):
            address = parsed(hop)
            if address is None:
                break
            nearest = address
            if not self._trusts(address):
                break
        return str(nearest) if nearest else UNKNOWN

    def hints(self, connection: HTTPConnection) -> tuple[str, ...]:
        """What is set wrong, as this connection and those of the last hour show."""
        self.of(connection)
        return self.untrusted.hints()

    def key_of(self, connection: HTTPConnection) -> str:
        """A keyed hash of the client's network, for throttles and principals; it does not tell the address."""
        return self.key(self.of(connection))

    def keyed(self, connection: HTTPConnection) -> KeyedAddress:
        """The keyed hash together with the address."""
        address = self.of(connection)
        return KeyedAddress.of(self.key(address), address)

    def _key(self, address: str) -> str:
        return self._keys.address_hash(subscriber(address))

    def _trusts(self, address: Address | None) -> bool:
        if address is None:
            return self._socket_trusted
        return any(address in network for network in self._trusted)


_known = lru_cache(maxsize=MOST_KNOWN)(parsed)


def forwarded_hops(connection: HTTPConnection) -> list[str]:
    """The hops that X-Forwarded-For names, the nearest last; only the nearest few count."""
    return ",".join(connection.headers.getlist("x-forwarded-for")).split(",")[-MOST_HOPS:]
