"""surga schema"""

import typer

from schema import build_schema


def run() -> None:
    """Print the GraphQL schema, as it is checked in under schema/schema.graphql."""
    typer.echo(build_schema().as_str())
