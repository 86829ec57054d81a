"""surga audit"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from api.cli.audit_words import sentence
from api.cli.output import add_row, add_task, echo, echo_lines, open_progress, print_table
from api.cli.running import run_async
from api.errors import CannotStart
from api.server.opening import open_desk
from api.settings import load_settings
from models.database import connection
from models.enums import AuditKind
from services.access.scopes import SYSTEM
from services.audit.audit import key_id
from services.audit.chain import Head, current_head, read_head
from services.audit.pages import AuditFilter, AuditPage, audit_page
from services.audit.verification import Progress, Verification
from services.audit.words import WordVerification

MOST_PRINTED, MOST_LISTED = 100, 100
SPAN = re.compile(r"([0-9]{1,5})([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
HeadOption = Annotated[
    list[str] | None,
    typer.Option("--head", help="A head that was kept elsewhere, HASH@N or HASH@N@TIME; several may be given."),
]
KeyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--earlier-key", help="The id of a SURGA_SECRET_KEY from before this one, as `surga audit head` told."
    ),
]
KindOption = Annotated[
    list[AuditKind] | None, typer.Option("--kind", help="Only this kind; may be given several times.")
]
PrincipalOption = Annotated[str | None, typer.Option(help="Only what this principal did, e.g. officer:12.")]
SubjectOption = Annotated[
    str | None, typer.Option(help="Only what was done to this subject, e.g. officer:12, ticket:9.")
]
SinceOption = Annotated[
    str | None, typer.Option(help="Not before: a time (2026-03-02T08:00:00+07:00), or 15m, 2h, 7d ago.")
]
UntilOption = Annotated[str | None, typer.Option(help="Before: a time, or 15m, 2h, 7d ago.")]
WordsOption = Annotated[
    bool, typer.Option("--words", help="Compare every ticket and every text with the event log besides.")
]
LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, max=MOST_LISTED, help="The newest so many.")]


def verbs() -> typer.Typer:
    """What can be done with the audit log."""
    group = typer.Typer(help="Read and verify the audit log; docs/audit.md explains it.", no_args_is_help=True)
    for name, verb in (("verify", verify), ("head", head), ("list", show)):
        group.command(name)(verb)
    return group


def verify(head: HeadOption = None, earlier_key: KeyOption = None, words: WordsOption = False) -> None:
    """Verify the whole log and name every entry that was changed, removed or inserted.

    Without --head a log whose end was cut off looks whole: give a head that `surga audit head` printed before.

    Ends with 1 where anything is wrong, and with 0 else. A head that lies in what a restore or a failover lost is LOST:
    with the time at which it was kept (HASH@N@2026-03-02T02:00:00Z), before that loss, it is a warning and ends with 0;
    without one it ends with 1, as it may be a log that was cut later.
    """
    kept = heads(head or [])
    with open_progress() as progress:
        bar = add_task(progress, "entries", total=None)
        found = run_async(
            verified(kept, earlier_key or [], lambda done, total: progress.update(bar, completed=done, total=total))
        )
    if words:
        with open_progress() as progress:
            bar = add_task(progress, "tickets", total=None)
            found += run_async(words_verified(lambda done: progress.update(bar, completed=done)))
    if found:
        raise typer.Exit(1)


async def verified(kept: list[Head], earlier_keys: list[str], progress: Progress) -> int:
    """Print what is wrong or lost, at most MOST_PRINTED findings; gives how many things are wrong."""
    async with open_desk(load_settings(), any_key=True) as desk:
        work, found = Verification(desk.keys, kept, earlier_keys, progress), 0
        printed = 0
        async for finding in work.findings():
            printed += 1
            found += not finding.explained
            if printed <= MOST_PRINTED:
                echo(sentence(finding))
        if printed > MOST_PRINTED:
            echo(f"... and {printed - MOST_PRINTED} more.")
        echo_lines(summary(work, found, desk.now()))
    return found


async def words_verified(progress: Callable[[int], None]) -> int:
    """Print what is wrong with rows and words, at most MOST_PRINTED findings; gives how many things are wrong."""
    async with open_desk(load_settings(), any_key=True) as desk:
        work, found = WordVerification(desk.keys, progress), 0
        async for finding in work.findings():
            found += 1
            if found <= MOST_PRINTED:
                echo(str(finding))
        if found > MOST_PRINTED:
            echo(f"... and {found - MOST_PRINTED} more.")
        said = f"Tickets: {work.tickets}. {f'Wrong: {found}' if found else 'All are as the log says'}."
        echo(said + (f" Words that no event binds yet: {work.unbound}." if work.unbound else ""))
    return found


def summary(work: Verification, found: int, now: datetime) -> str:
    """What was verified, in one or two lines."""
    said = f"Sealed entries: {work.head.position}. {f'Wrong: {found}' if found else 'All are as they were written'}."
    if work.oldest_waiting is not None:
        late = (now - work.oldest_waiting).total_seconds()
        said += f"\nWaiting to be sealed: {work.waiting}, the oldest for {late:.0f} s. Is `surga worker` running?"
    return f"{said}\nhead {work.head}"


def head() -> None:
    """Print the head of the chain, HASH@N. Keep it where nobody who can write to the database can write."""
    found, secret = run_async(head_and_key())
    echo(f"The head at {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}; key id {secret}:", err=True)
    echo(str(found))


async def head_and_key() -> tuple[Head, str]:
    async with open_desk(load_settings(), any_key=True) as desk:
        return await current_head(connection()), key_id(desk.keys)


def show(
    kind: KindOption = None,
    principal: PrincipalOption = None,
    subject: SubjectOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 50,
) -> None:
    """List entries, newest first."""
    now = datetime.now(UTC)
    wanted = AuditFilter(tuple(kind or ()), principal, subject, moment(since, now), moment(until, now))
    page = run_async(listed(wanted, limit))
    table = Table()
    for name in ("entry", "at (UTC)", "kind", "by", "about", "count", "details", "place"):
        table.add_column(name, no_wrap=name in ("entry", "kind", "place"), overflow="fold")
    for row in page.rows:
        cells = (row["id"], f"{row['at']:%Y-%m-%d %H:%M:%S}", row["kind"], row["principal"], row["subject"] or "-")
        details = row["details"] if row["details"] != "{}" else "-"
        add_row(table, *map(str, cells), str(row["count"]), details, str(row["position"] or "waits"))
    print_table(table)
    if page.has_next:
        echo(f"There are more: narrow it, or go on with --until {page.rows[-1]['at'].isoformat()}", err=True)


async def listed(wanted: AuditFilter, limit: int) -> AuditPage:
    async with open_desk(load_settings(), any_key=True) as desk:
        return await audit_page(desk, SYSTEM, wanted, limit, None)


def heads(given: list[str]) -> list[Head]:
    try:
        return [read_head(text) for text in given]
    except ValueError as wrong:
        raise CannotStart(str(wrong)) from None


def moment(text: str | None, now: datetime) -> datetime | None:
    """A time, or how long ago; raises CannotStart for what is neither."""
    if text is None:
        return None
    ago = SPAN.fullmatch(text)
    if ago is not None:
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CannotStart(
            f"{text} is no time: write 2026-03-02T08:00:00+07:00, or 15m, 2h, 7d for so long ago."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
