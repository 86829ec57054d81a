"""Tells of a proxy that is not trusted: behind it everybody has one address, and shares its limits."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from services.credentials.subscribers import Address

LOGGER = logging.getLogger("surga.addresses")
ONCE_SECONDS = 3600.0
MOST_PEERS = 100  # our choice: nobody has more proxies
FEWEST_OF_STRANGERS = 100  # a stranger may write the header, too; who does it so often stands before many
HINT = (
    "X-Forwarded-For comes from a peer that SURGA_TRUSTED_PROXIES does not name, so that all who come by it count as "
    "one address: the log names it"
)


class UntrustedProxies:
    """Counts requests with X-Forwarded-For by peer, and warns of each peer by name once an hour."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._counted: dict[str, int] = {}
        self._warned: dict[str, float] = {}

    def note(self, peer: Address | None) -> None:
        """A request came from this peer, None for a Unix socket, and says that it is somebody else's."""
        name = "unix" if peer is None else str(peer)
        if name not in self._counted and len(self._counted) >= MOST_PEERS:
            return
        self._counted[name] = self._counted.get(name, 0) + 1
        near = peer is None or not peer.is_global
        if (near or self._counted[name] >= FEWEST_OF_STRANGERS) and not self._is_fresh(name):
            self._warned[name] = self._monotonic()
            LOGGER.warning(
                "X-Forwarded-For from %s is not believed, and all who come by it count as one address: "
                "if it is your proxy, name it in SURGA_TRUSTED_PROXIES.", name,
            )  # fmt: skip

    def hints(self) -> tuple[str, ...]:
        """What /ready says of it, for an hour after the last warning."""
        return (HINT,) if any(map(self._is_fresh, self._warned)) else ()

    def _is_fresh(self, name: str) -> bool:
        return name in self._warned and self._monotonic() - self._warned[name] < ONCE_SECONDS
