"""Commands and options of `surga` that a text names, compared with those that there are."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from typer.main import get_command

from api.cli.program import program

NAMED = re.compile(r"\bsurga ([a-z-][^`\n]*)")
OPTION = re.compile(r"(?<!\S)\[?(--[a-z][a-z-]+)")


@cache
def whole() -> Any:
    return get_command(program())


def unknown_commands(text: str) -> Iterator[str]:
    """What stands behind `surga` in a text and is no command, or no option of that command."""
    for named in NAMED.findall(text):
        found, words = whole(), named.split()
        while words and words[0].strip(".,;:)") in getattr(found, "commands", ()):
            found = found.commands[words.pop(0).strip(".,;:)")]
        is_wrong = found is whole() or (hasattr(found, "commands") and words and re.fullmatch(r"[a-z]+", words[0]))
        options = {each for parameter in found.params for each in parameter.opts} | {"--help"}
        if is_wrong or set(OPTION.findall(" ".join(words))) - options:
            yield f"surga {named}"
