"""surga version"""

from importlib.metadata import version

from api.cli.output import echo


def run() -> None:
    """Print the version of this program."""
    echo(f"surga {version('surga')}")
