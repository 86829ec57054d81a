"""All verbs of `surga`, and how the program ends."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer

from api.cli.explanations import explain
from api.cli.output import echo, echo_lines
from api.cli.running import ONE_LINE_ERRORS, one_line

# What each word runs stands in the file of its name, `run` of a verb and `verbs` of a group.
VERBS = ("demo", "serve", "worker", "migrate", "seed", "simulate", "watch", "deadline", "schema", "settings", "version")
GROUPS = ("admin", "staff", "audit", "calendar", "deadlines", "import", "keys", "log", "token", "partner", "search")
FILES = {"import": "imports"}  # a word of Python names no module


def program(only: str | None = None) -> typer.Typer:
    """All verbs, or the only one that is run; each one's help is its docstring."""
    app = typer.Typer(
        name="surga",
        help="The realtime complaint desk of a city. Settings come from the environment: `surga settings` lists them.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_nothing)  # one verb alone would be the program itself, without its word
    for name in VERBS:
        if only in (None, name):
            app.command(name)(_file(name).run)
    for name in GROUPS:
        if only in (None, name):
            app.add_typer(_file(name).verbs(), name=name)
    return app


def chosen(words: Sequence[str]) -> str | None:
    """The verb or the group that these words run; None where they ask for help or are wrong, which takes all."""
    return words[0] if words and words[0] in VERBS + GROUPS else None


def _nothing() -> None:
    pass


def _file(name: str) -> Any:
    """Imported when it is run: half of the start are the schema and other parts that most verbs do without."""
    return import_module(f"api.cli.{FILES.get(name, name)}")


def main(app: typer.Typer) -> None:
    """Run the program; what a user can mend is said in one line, with exit code 1."""
    logging.basicConfig(handlers=[logging.NullHandler()])  # a verb that keeps a log configures it
    try:
        app()
    except ONE_LINE_ERRORS as wrong:
        echo(f"surga: {one_line(wrong)}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as wrong:
        if (known := explain(wrong)) is not None:
            echo(f"surga: {known}", err=True)
            sys.exit(1)
        echo_lines(traceback.format_exc(), err=True)  # it may quote what a file or a server said
        sys.exit(1)
