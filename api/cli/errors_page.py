"""docs/errors.md, written from the texts, the guide and the source: `python -m api.cli.errors_page > docs/errors.md`.

Fails, with every gap in one message, where the program raises a code that the guide does not know, the guide knows one
that nothing raises, or a text is neither a code's nor named as something else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from api.cli.raised_codes import Raised, raised_codes
from api.http.graphql import STATUSES
from schema.core.errors import CODES
from services.core.messages import catalog
from services.inputs.yaml_text import read_yaml

HEAD = """# Errors

For whoever builds a client. This page is generated from `services/core/error_guide.yaml`, the texts beside it and the
source; a test compares them. `python -m api.cli.errors_page > docs/errors.md` writes it anew.

Read codes, never messages: a code stays, its text may be mended. Texts are Indonesian, or English by
`Accept-Language: en` ([live-clients.md](live-clients.md) for sockets). `{names}` stand for values. New codes may come
at any time: show the message of one that you do not know.

- **A mutation that was refused** answers `errors`, a list of one union, with `code`, `message` and the `path` of the
  input field. All that is wrong with an input comes at once, and nothing was written. See
  [UserError.code](#usererrorcode).
- **A query, a subscription or a whole request that was refused** has GraphQL's own `errors`, each with
  `extensions.code`. In a query, a refusal of a mutation's kind is FORBIDDEN (Forbidden), RATE_LIMITED (Throttled) or
  BAD_INPUT (all else).
- **A socket that was closed** tells by its [close code](#close-codes).
"""


class GuideIncomplete(Exception):
    """The guide and the program differ; each argument is one gap."""


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide as it stands in services/core/error_guide.yaml."""

    extension_codes: Mapping[str, tuple[str, str]]
    edge_texts: Mapping[str, tuple[str, ...]]
    user_errors: Mapping[str, Mapping[str, tuple[str, str, str]]]
    command_line: tuple[str, ...]
    oauth: Mapping[str, tuple[str, str]]
    close_codes: Mapping[int, tuple[str, str]]
    not_errors: tuple[str, ...]

    def user(self) -> dict[str, tuple[str, str, str]]:
        """Every code of a UserError: its type, when it comes, what to do."""
        return {code: row for group in self.user_errors.values() for code, row in group.items()}

    def texts(self, raised: Raised) -> dict[str, set[str]]:
        """extensions.code -> the texts that it comes with."""
        found = {code: set(self.edge_texts.get(code, ())) for code in self.extension_codes}
        for code, text in raised.edge:
            found.setdefault(code, set()).add(text)
        return found


def guide() -> Guide:
    """Read the guide."""
    raw: dict[str, Any] = read_yaml(files("services.core").joinpath("error_guide.yaml").read_text("utf-8"))
    return Guide(**raw)


def gaps(known: Guide, raised: Raised, texts: Mapping[str, object]) -> list[str]:
    """Each difference between guide, program and texts, in one sentence."""
    return sorted({*_unknown(known, raised), *_left_over(known, raised), *_unsorted(known, raised, texts)})


def _unknown(known: Guide, raised: Raised) -> Iterator[str]:
    user = known.user()
    for kind, code in raised.user:
        if code not in known.command_line and (code not in user or kind not in user[code][0].split(", ")):
            yield f"{code} is raised as {kind}: name it under user_errors."
    for code in {code for code, _ in raised.edge} | CODES:
        if code not in known.extension_codes:
            yield f"{code} is an extensions.code: name it under extension_codes."
    for error in raised.oauth - set(known.oauth):
        yield f"{error} is an error of /oauth: name it under oauth."
    for closing in raised.closing - set(known.close_codes):
        yield f"{closing} closes sockets: name it under close_codes."


def _left_over(known: Guide, raised: Raised) -> Iterator[str]:
    for code in (*known.user(), *known.command_line, *known.oauth):
        if code not in {found for _, found in raised.user} and not raised.names(code):
            yield f"{code} is in the guide, and nothing raises it."
    for code in set(known.extension_codes) - CODES:
        yield f"{code} is in the guide, and no code of the contract."
    for texts in known.edge_texts.values():
        yield from (f"{text} is in the guide, and nothing raises it." for text in texts if not raised.names(text))


def _unsorted(known: Guide, raised: Raised, texts: Mapping[str, object]) -> Iterator[str]:
    errors = {*known.user(), *known.command_line}.union(*known.texts(raised).values())
    yield from (f"{code} has no text under services/core/texts." for code in errors - set(texts))
    for key in set(texts) - errors:
        if not key.startswith(tuple(known.not_errors)):
            yield f"{key} is a text, and no code of the guide: name it, or its beginning under not_errors."


def page() -> str:
    """The whole page as Markdown; raises GuideIncomplete."""
    known, raised = guide(), raised_codes()
    missing = gaps(known, raised, catalog())
    if missing:
        raise GuideIncomplete(*missing)
    parts = [_requests(known), *_texts_of(known, raised), *_user_errors(known), _oauth(known), _closing(known)]
    return "\n".join([HEAD, *parts])


def _table(title: str, head: Iterable[str], rows: Iterable[Iterable[str]], words: str = "") -> str:
    names = list(head)
    lines = [f"| {' | '.join(cells)} |" for cells in (names, ["---"] * len(names), *([*row] for row in rows))]
    return "\n".join([title, "", *([words, ""] if words else []), *lines, ""])


def _said(key: str) -> list[str]:
    return [catalog()[key][language].replace("|", "\\|") for language in ("id", "en")]


def _requests(known: Guide) -> str:
    rows = [[f"`{code}`", str(STATUSES.get(code, 400)), when, do] for code, (when, do) in known.extension_codes.items()]
    words = (
        "The status is that of a request that was refused before anything ran; what ran and broke is 200, as GraphQL\n"
        "over HTTP wants it, and a document that can not be used is 200 for clients that ask for `application/json`\n"
        "only. Over a socket they come as `error` of the operation, never as its end."
    )
    return _table("## extensions.code", ["code", "HTTP", "when", "what to do"], rows, words)


def _texts_of(known: Guide, raised: Raised) -> Iterator[str]:
    for code, keys in known.texts(raised).items():
        if keys:
            yield _table(f"### What {code} says", ["Indonesia", "English"], (_said(key) for key in sorted(keys)))


def _user_errors(known: Guide) -> Iterator[str]:
    yield "## UserError.code\n"
    for group, codes in known.user_errors.items():
        rows = [[f"`{code}`", kind, when, do, *_said(code)] for code, (kind, when, do) in codes.items()]
        yield _table(f"### {group}", ["code", "type", "when", "what to do", "Indonesia", "English"], rows)


def _oauth(known: Guide) -> str:
    rows = [[f"`{error}`", when, do] for error, (when, do) in known.oauth.items()]
    return _table("## /oauth: screens", ["error", "when", "what to do"], rows)


def _closing(known: Guide) -> str:
    rows = [[str(code), when, do] for code, (when, do) in known.close_codes.items()]
    return _table("## Close codes", ["the socket closes with", "because", "then"], rows).rstrip("\n") + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
