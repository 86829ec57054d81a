"""surga version"""

from importlib.metadata import version

import typer


def run() -> None:
    """Print the version of this program."""
    typer.echo(f"surga {version('surga')}")
