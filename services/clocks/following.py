"""What follows when a clock passes, in the transaction that writes the passing down (docs/adr/0033)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from models.enums import ClockKind
from services.clocks.escalation.reaching import reach
from services.clocks.silence import close_by_silence
from services.tickets.bounds.lapses import lapse
from services.tickets.case import Case

# Called after the passing of this clock's deadline was recorded; the case acts for the system, at the true moment.
AfterPassing = Callable[[Case, ClockKind], Awaitable[None]]
# Called after whatever passed by a moment was recorded, and where nothing but a rung of the ladder came due.
EachMoment = Callable[[Case, datetime], Awaitable[None]]

AFTER_PASSING: Mapping[ClockKind, tuple[AfterPassing, ...]] = {
    ClockKind.VERIFICATION: (lapse,),
    ClockKind.FIRST_RESPONSE: (lapse,),
    ClockKind.RESOLUTION: (lapse,),
    ClockKind.REPORTER_REPLY: (close_by_silence,),
    ClockKind.COMPLETION: (close_by_silence,),
    ClockKind.NATIONAL: (lapse,),
}
EACH_MOMENT: tuple[EachMoment, ...] = (reach,)
