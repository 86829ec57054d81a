"""surga settings"""

from __future__ import annotations

from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table

from api.cli.output import add_row, echo_lines
from api.secret_files import SECRET_FIELDS, file_variable
from api.settings import Settings, variable


def run() -> None:
    """List the environment variables that this program reads, with their defaults."""
    drawn = Table("variable", "default", "what it sets", box=None, pad_edge=False)
    for name, field in Settings.model_fields.items():
        add_row(drawn, variable((name,)), shown_default(field), what(name, field))
    Console(soft_wrap=False).print(drawn)
    echo_lines(
        "\nWhat is wrong or missing is said at the start, all at once. docs/security.md tells what production needs."
    )


def what(name: str, field: FieldInfo) -> str:
    """What a setting is for, and the other way to give it where it is a secret."""
    said = field.description or ""
    return f"{said}; or a file, {file_variable(name)}" if name in SECRET_FIELDS else said


def shown_default(field: FieldInfo) -> str:
    """The default as it would be written into the environment; a dash where there is none."""
    default = field.default
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(default) or "-"
    return str(default) if default or default == 0 else "-"
