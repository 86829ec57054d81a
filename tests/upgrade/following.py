"""Clients of two releases, which note every frame by its place in the log."""

from __future__ import annotations

import asyncio
from typing import Any

from services.core.desk import Desk
from tests.realtime.chaos import Client, Follower, Keeper


class Noting:
    """What a client was shown: the places of its frames, in the order in which they came."""

    def __init__(self, desk: Desk, arrived: asyncio.Event) -> None:
        self.places: list[int] = []
        self._desk = desk
        self._arrived = arrived

    def note(self, cursor: str) -> None:
        self.places.append(self._desk.cursors.open_feed(cursor).seq)
        self._arrived.set()


class Changes(Follower):
    """Follows status changes."""

    def __init__(self, noting: Noting, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.noting = noting

    def take(self, data: dict[str, Any]) -> bool:
        going_on = super().take(data)
        self.noting.note(data["ticketStatusChanged"]["cursor"])
        return going_on


class List(Keeper):
    """Follows a live list, from a query on."""

    def __init__(self, noting: Noting, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.noting = noting

    def take(self, data: dict[str, Any]) -> bool:
        going_on = super().take(data)
        if data["ticketFeed"]["__typename"] not in ("FeedReset", "FeedHeartbeat"):
            self.noting.note(data["ticketFeed"]["cursor"])
        return going_on


class Board(Client):
    """Follows a wallboard; nothing of it has a place."""

    document = "subscription { wallboard { byStatus { status count } } }"

    def __init__(self, arrived: asyncio.Event, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.counts: dict[str, int] = {}
        self._arrived = arrived

    def take(self, data: dict[str, Any]) -> bool:
        self.counts = {each["status"]: each["count"] for each in data["wallboard"]["byStatus"] if each["count"]}
        self._arrived.set()
        return True
