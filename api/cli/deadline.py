"""surga deadline"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from api.cli.output import add_row, echo, print_table
from api.cli.running import run_async
from api.server.opening import open_desk
from api.settings import load_settings
from models.enums import Channel, Classification, ClockKind, HandlingClass, TicketStatus
from services.core.labels import LANGUAGES, labels
from services.core.messages import DEFAULT_LANGUAGE, say
from services.core.refusals import EdgeRefusal
from services.deadlines.daybook import DayLine, Why, day_lines
from services.queries.deadline_questions import Answer, Question, QuestionStep, answer
from services.queries.deadline_words import day_words, explained, number_words

MOMENT = "a moment is written as 2026-03-16 09:00 or 2026-03-16T09:00:00+07:00"
STEP = "a step is written as '2026-03-17 10:00 DISPATCHED DISHUB' or '2026-03-18 09:00 ON_HOLD until=2026-03-31'"


def moment(text: str) -> datetime:
    """A moment, with or without an offset; without one it is in the desk's zone."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(MOMENT) from None
    if not 1900 <= found.year <= 9000:
        raise typer.BadParameter("a moment lies between the years 1900 and 9000")
    return found


def step_of(text: str) -> QuestionStep:
    """A step of the history: moment, status, and who leads from then on or until when it is held."""
    day, *rest = text.split()
    if rest and ":" in rest[0] and ":" not in day:
        day, rest = f"{day} {rest[0]}", rest[1:]
    held = [each.removeprefix("until=") for each in rest[1:] if each.startswith("until=")]
    named = [each for each in rest[1:] if not each.startswith("until=")]
    if not rest or rest[0] not in set(TicketStatus) or len(held) > 1 or len(named) > 1:
        raise typer.BadParameter(STEP)
    until = moment(held[0]).date() if held else None
    return QuestionStep(moment(day), TicketStatus(rest[0]), until, named[0] if named else None)


ReceivedArgument = Annotated[
    datetime, typer.Argument(parser=moment, help="When it was received, e.g. '2026-03-16 09:00', in the desk's zone.")
]
Steps = Annotated[
    list[QuestionStep] | None,
    typer.Option("--step", parser=step_of, help="'2026-03-17 10:00 DISPATCHED DISHUB'; several in their order."),
]
Sp4n = Annotated[datetime | None, typer.Option(parser=moment, help="For NATIONAL: when it came to be in SP4N-LAPOR!.")]


def run(
    received: ReceivedArgument,
    clock: ClockKind = ClockKind.RESOLUTION,
    classification: Classification | None = None,
    handling_class: Annotated[HandlingClass | None, typer.Option("--class")] = None,
    channel: Channel | None = None,
    category: Annotated[str | None, typer.Option(help="The code of a category.")] = None,
    steps: Steps = None,
    extension: Annotated[int, typer.Option(help="Granted on top, in units.")] = 0,
    sp4n: Sp4n = None,
    language: Annotated[str, typer.Option(help="id or en.")] = DEFAULT_LANGUAGE,
) -> None:
    """Say when a report would be due, and count it day by day: every day off with its decree.

    Ends with 1 where no rule bounds it.
    """
    if language not in LANGUAGES:
        raise typer.BadParameter(f"language is one of {', '.join(LANGUAGES)}")
    question = Question(
        received, clock, classification, handling_class, channel, category, sp4n, extension, tuple(steps or ())
    )
    try:
        found = run_async(asked(question))
    except EdgeRefusal as refusal:
        raise typer.BadParameter(
            " ".join(say(each.reason, language, **each.params) for each in refusal.each())
        ) from None
    if found is None:
        echo(say("deadline.none", language))
        raise typer.Exit(1)
    echo(explained(found.reading, language, found.zone))
    print_table(days_table(found, language))


async def asked(question: Question) -> Answer | None:
    """What the desk's calendar and policies say; moments without an offset are in its zone."""
    async with open_desk(load_settings()) as desk:
        zone = desk.rules.zone
        steps = tuple(replace(step, at=in_zone(step.at, zone)) for step in question.steps)
        sp4n = question.sp4n_created_at
        whole = replace(
            question,
            received_at=in_zone(question.received_at, zone),
            sp4n_created_at=None if sp4n is None else in_zone(sp4n, zone),
            steps=steps,
        )
        return answer(whole, await desk.reference(), zone)


def in_zone(at: datetime, zone: ZoneInfo) -> datetime:
    return at.replace(tzinfo=zone) if at.tzinfo is None else at


def days_table(found: Answer, language: str) -> Table:
    """Every day with what counted on it, or why nothing did."""
    table = Table()
    for name in say("deadline.columns", language).split("|"):
        table.add_column(name, no_wrap=True)
    statuses = labels(language)["TicketStatus"]
    for line in day_lines(found.reading, found.reference.calendar, found.zone):
        add_row(
            table,
            day_words(line.day, language),
            why_words(line, language),
            number_words(line.counted, found.reading, language) if line.counted else "",
            number_words(line.so_far, found.reading, language),
            statuses[line.status],
            line.agency_code or say("deadline.desk", language),
        )
    return table


def why_words(line: DayLine, language: str) -> str:
    """Why a day counts as it does; a day off with its decree."""
    special = line.special
    if line.why is not Why.DAY_OFF or special is None:
        return say(f"deadline.why.{line.why}", language)
    decree = f"{special.decree}, {say('deadline.estimated', language)}" if special.estimated else special.decree
    return say("deadline.why.DAY_OFF", language, name=special.name, decree=decree)
