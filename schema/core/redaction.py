"""Take values out of texts: what a client sent, and what could forge or disguise a log line."""

from __future__ import annotations

import re
import unicodedata

LONGEST_MESSAGE = 300  # our choice: graphql-core's own texts are shorter
DISGUISES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
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


def printable(text: str) -> str:
    """The text with control, bidirectional and other invisible characters written as \\uXXXX: one line, as it reads."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(char) if unicodedata.category(char) in DISGUISES else char for char in text)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}"
