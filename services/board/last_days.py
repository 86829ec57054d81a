"""On which day tickets last reached their current state (docs/adr/0026)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date


@dataclass(slots=True)
class LastDays:
    """Tickets by the day on which they last reached their state, and how many did on each day."""

    days: Counter[date] = field(default_factory=Counter)
    _last: dict[int, date] = field(default_factory=dict)

    def __contains__(self, ticket_id: int) -> bool:
        return ticket_id in self._last

    def note(self, ticket_id: int, day: date) -> None:
        self.forget(ticket_id)
        self._last[ticket_id] = day
        self.days[day] += 1

    def forget(self, ticket_id: int) -> None:
        day = self._last.pop(ticket_id, None)
        if day is not None:
            self.days[day] -= 1
