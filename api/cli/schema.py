"""surga schema"""

import json
from typing import Annotated

import typer

from api.cli.output import echo_lines
from schema import build_schema
from services.core.labels import LANGUAGES
from services.queries.labels import all_labels

LabelsOption = Annotated[
    str | None,
    typer.Option(
        "--labels", help=f"Print the words for its closed lists, moves and reasons instead: {' or '.join(LANGUAGES)}."
    ),
]


def run(language: LabelsOption = None) -> None:
    """Print the GraphQL schema, as it is checked in under schema/schema.graphql."""
    if language is None:
        echo_lines(build_schema().as_str())
    elif language in LANGUAGES:
        echo_lines(json.dumps(all_labels(language), ensure_ascii=False, indent=2))
    else:
        raise typer.BadParameter(f"speak one of {', '.join(LANGUAGES)}", param_hint="--labels")
