"""The boards that a process keeps in memory: some for each account, so that no account evicts those of others."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

MOST = 64  # kinds of board in all; our choice
SHARE = 8  # kinds of one account; our choice: more than a page shows side by side


class Account(NamedTuple):
    """Who asks; boards of wall displays are evicted last."""

    principal: str
    wall: bool = False


class Boards:
    """Boards by kind. build names the pages that this server serves; made counts how often one had to be read.

    A board is kept while an account has it among its last SHARE kinds, and while anybody else holds it: a board
    that a live group shows is never made a second time.
    """

    def __init__(self, build: str = "development", most: int = MOST, share: int = SHARE) -> None:
        self.build = build
        self.made = 0
        self._most = most
        self._share = share
        self._known: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._kept: OrderedDict[Account, OrderedDict[Hashable, Any]] = OrderedDict()
        self._holders: Counter[Hashable] = Counter()

    def take(self, kind: Hashable, make: Callable[[], Any], account: Account) -> Any:
        """The board of this kind, kept for this account from now on."""
        board = self._known.get(kind)
        if board is None:
            board = self._known[kind] = make()
        kinds = self._kept.setdefault(account, OrderedDict())
        self._kept.move_to_end(account)
        if kind not in kinds:
            kinds[kind] = board
            self._holders[kind] += 1
        kinds.move_to_end(kind)
        if len(kinds) > self._share:
            self._drop_from(account)
        while len(self._holders) > self._most:
            self._drop_from(self._greediest())
        return board

    def find(self, kind: Hashable) -> Any | None:
        return self._known.get(kind)

    def clear(self) -> None:
        """Remove all boards."""
        self._known.clear()
        self._kept.clear()
        self._holders.clear()

    def _greediest(self) -> Account:
        """The account with the most kinds, of several the one that asked longest ago; wall displays come last."""
        guests = [account for account in self._kept if not account.wall] or list(self._kept)
        return max(guests, key=lambda account: len(self._kept[account]))

    def _drop_from(self, account: Account) -> None:
        """Remove the kind that an account asked for longest ago."""
        kinds = self._kept[account]
        kind, _ = kinds.popitem(last=False)
        self._holders[kind] -= 1
        if not self._holders[kind]:
            del self._holders[kind]
        if not kinds:
            del self._kept[account]
