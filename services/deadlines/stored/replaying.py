"""The clocks of a ticket recounted from the whole of its log (docs/adr/0033). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.deadlines.stored.histories import History, HistoryEntry
from services.deadlines.stored.keeping import advance, concerns
from services.deadlines.stored.kept import Clocks, Measures

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """One event of a ticket, with the states around it."""

    entry: HistoryEntry
    before: State | None
    after: State | None


def replayed(received_at: datetime, events: Iterable[ClockEvent], measures: Measures) -> tuple[Clocks, History]:
    """What these events of a ticket, in the order of the log, make of its clocks by the rules of now."""
    history, kept = History(received_at), dict[Any, Any]()
    for each in events:
        history.note(each.entry, measures.agencies)
        if each.after is not None and concerns(each.entry, each.before, each.after):
            kept = dict(advance(kept, history, each.after, measures, each.entry.at))
    return kept, history
