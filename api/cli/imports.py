"""surga import"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from api.cli.desks import writing_desk
from api.cli.output import add_task, echo, open_progress
from api.cli.running import run_async
from services.intake.open311.importer import ImportReport, Progress, import_open311

FileArgument = Annotated[Path, typer.Argument(help="A JSON array of service requests.", exists=True, dir_okay=False)]
SourceOption = Annotated[str | None, typer.Option(help="The publishing city, where several are imported.")]


def verbs() -> typer.Typer:
    """The kinds of files that can be imported."""
    group = typer.Typer(help="Bring tickets in from files of other systems.", no_args_is_help=True)
    group.command("open311")(open311)
    group.callback()(one_group)
    return group


def one_group() -> None:
    """Bring tickets in from files of other systems."""


def open311(file: FileArgument, source: SourceOption = None) -> None:
    """Import Open311 GeoReport v2 service requests. A second run of the same file makes nothing."""
    with file.open("rb") as stream, open_progress() as progress:
        bar = add_task(progress, file.name, total=file.stat().st_size)
        report = run_async(imported(stream, source, lambda so_far: progress.update(bar, completed=so_far.bytes_read)))
    for line in summary(report):
        echo(line)
    for bad in report.bad:
        echo(f"left out: {bad}", err=True)
    if not report.complete:
        raise typer.Exit(1)


async def imported(file: BinaryIO, source: str | None, progress: Progress) -> ImportReport:
    """Import one file through a desk, so that running servers hear of every ticket."""
    async with writing_desk() as desk:
        return await import_open311(desk, file, source=source, progress=progress)


def summary(report: ImportReport) -> list[str]:
    """What became of the file, for a person."""
    lines = [f"{report.read} records read: {report.imported} imported with {report.notes} notes"]
    lines[0] += f", {report.existing} already here, {report.refused} left out."
    if report.broken:
        lines.append(f"The file is broken off: {report.broken}")
    elif report.complete and not report.imported:
        lines.append("Nothing new: every record was here already.")
    return lines
