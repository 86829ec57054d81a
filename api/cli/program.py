"""All verbs of `surga`, and how the program ends."""

from __future__ import annotations

import logging
import sys
import traceback

import typer

from api.cli import (
    admin,
    audit,
    calendar,
    deadline,
    deadlines,
    demo,
    imports,
    keys,
    log,
    migrate,
    partner,
    schema,
    search,
    seed,
    serve,
    settings,
    simulate,
    staff,
    token,
    version,
    watch,
    worker,
)
from api.cli.explanations import explain
from api.cli.output import echo, echo_lines
from api.cli.running import ONE_LINE_ERRORS, one_line

VERBS = (
    ("demo", demo.run),
    ("serve", serve.run),
    ("worker", worker.run),
    ("migrate", migrate.run),
    ("seed", seed.run),
    ("simulate", simulate.run),
    ("watch", watch.run),
    ("deadline", deadline.run),
    ("schema", schema.run),
    ("settings", settings.run),
    ("version", version.run),
)
GROUPS = (
    ("admin", admin.verbs),
    ("staff", staff.verbs),
    ("audit", audit.verbs),
    ("calendar", calendar.verbs),
    ("deadlines", deadlines.verbs),
    ("import", imports.verbs),
    ("keys", keys.verbs),
    ("log", log.verbs),
    ("token", token.verbs),
    ("partner", partner.verbs),
    ("search", search.verbs),
)


def program() -> typer.Typer:
    """All verbs; each one's help is its docstring."""
    app = typer.Typer(
        name="surga",
        help="The realtime complaint desk of a city. Settings come from the environment: `surga settings` lists them.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name, verb in VERBS:
        app.command(name)(verb)
    for name, verbs in GROUPS:
        app.add_typer(verbs(), name=name)
    return app


def main() -> None:
    """Run the program; what a user can mend is said in one line, with exit code 1."""
    logging.basicConfig(handlers=[logging.NullHandler()])  # a verb that keeps a log configures it
    try:
        program()()
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
