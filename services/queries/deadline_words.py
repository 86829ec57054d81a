"""A deadline in words, as an officer would say it to a citizen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from models.enums import UNITS_OF_DAYS, ClockKind
from services.core.labels import labels
from services.core.messages import say, tell, written_day
from services.deadlines.calendars import SpecialDay
from services.deadlines.readings import Reading


def explained(reading: Reading, language: str, zone: ZoneInfo) -> str:
    """The whole explanation in one text: what was given, from when, what was left out, until when, and why."""
    return " ".join(_sentences(reading, language, zone))


def unbounded(clock: ClockKind, language: str) -> str:
    """The explanation of a clock that no rule bounds."""
    return say("deadline.unbounded", language, clock=labels(language)["ClockKind"][clock])


def moment_words(moment: datetime, language: str, zone: ZoneInfo) -> str:
    """A moment as people read it, e.g. `Senin, 16 Maret 2026 pukul 09.00 WIB`; midnight is the end of a day."""
    local = moment.astimezone(zone)
    clock = f"{local:%H.%M}" if language == "id" else f"{local:%H:%M}"
    return say("deadline.moment", language, day=day_words(local.date(), language), time=clock, zone=local.tzname())


def day_words(day: date, language: str) -> str:
    """A day with its weekday."""
    return f"{say('deadline.weekdays', language).split()[day.weekday()]}, {written_day(day, language)}"


def number_words(number: int, reading: Reading, language: str) -> str:
    """Days, or hours and minutes."""
    if reading.policy.unit in UNITS_OF_DAYS:
        return say("deadline.days", language, number=number)
    hours, rest = divmod(number, 3_600)
    minutes, seconds = divmod(rest, 60)
    known = {"hours": str(hours), "minutes": str(minutes)} | ({"seconds": str(seconds)} if seconds else {})
    return tell("deadline.seconds", language, known)


def off_words(special: SpecialDay, language: str) -> str:
    """A day off with its name and its decree, where they are told."""
    if not special.name:
        return day_words(special.day, language)
    mark = f", {say('deadline.estimated', language)}" if special.estimated else ""
    return f"{day_words(special.day, language)} ({special.name}; {special.decree}{mark})"


def _sentences(reading: Reading, language: str, zone: ZoneInfo) -> Iterator[str]:
    policy = reading.policy
    given = {
        "clock": labels(language)["ClockKind"][reading.clock],
        "amount": str(policy.amount),
        "unit": say(f"deadline.{policy.unit}", language),
        "started": moment_words(reading.started_at, language, zone),
    }
    yield tell("deadline.amount", language, given | _extension(reading))
    if policy.unit in UNITS_OF_DAYS:
        yield say("deadline.first_day", language)
    if stays := [each for each in reading.segments if not each.running]:
        statuses = labels(language)["TicketStatus"]
        said = (
            say(
                "deadline.stay",
                language,
                status=statuses[each.status],
                start=moment_words(each.start, language, zone),
                end=moment_words(each.end, language, zone),
            )
            for each in stays
        )
        yield say("deadline.rests", language, stays="; ".join(said))
    if reading.days_off:
        days = "; ".join(off_words(special, language) for special in reading.days_off)
        yield say("deadline.off", language, days=days)
    yield _due(reading, language, zone)
    used, left = (number_words(number, reading, language) for number in (reading.used, reading.left))
    yield say("deadline.used", language, used=used, left=left)
    mark = {} if policy.verified else {"unverified": say("deadline.unverified", language)}
    yield tell("deadline.basis", language, {"basis": policy.legal_basis} | mark)


def _extension(reading: Reading) -> dict[str, str]:
    return {"extension": str(reading.extension)} if reading.extension else {}


def _due(reading: Reading, language: str, zone: ZoneInfo) -> str:
    if reading.due_at is None or reading.due_on is None:
        return say("deadline.no_due", language)
    return say(
        "deadline.due",
        language,
        last=day_words(reading.due_on, language),
        due=moment_words(reading.due_at, language, zone),
    )
