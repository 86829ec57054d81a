"""Take values out of texts that quote what a client sent."""

from __future__ import annotations

import re

from schema.core.printable import printable

LONGEST_MESSAGE = 300  # our choice: graphql-core's own texts are shorter
# graphql-core ends its messages with the value that it refuses; each pattern keeps what stands before it.
VALUES = (
    (re.compile(r", but encountered error .*", re.DOTALL), "."),
    (re.compile(r"((?:^Syntax Error: .*?)(?:Block)?String) ['\"].*", re.DOTALL), r"\1."),
    (re.compile(r"(cannot represent [^:]*): .*", re.DOTALL), r"\1."),
    (re.compile(r"Value '.*' does not exist in '(\w+)' enum.*", re.DOTALL), r"The value does not exist in '\1' enum."),
    (re.compile(r"(unknown field) '(?![A-Za-z_]\w{0,63}',).*", re.DOTALL | re.ASCII), r"\1."),
    (re.compile(r"^(?!Syntax Error)(.*?)[,;.] [Ff]ound:? .*", re.DOTALL), r"\1."),
)


def without_values(message: str) -> str:
    """A message of graphql-core without the values that it echoes; names of fields and types stay."""
    for pattern, kept in VALUES:
        message = pattern.sub(kept, message)
    return printable(message)[:LONGEST_MESSAGE]
