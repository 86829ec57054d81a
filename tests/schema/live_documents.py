"""Live documents to try: those that lie in this repository, and random ones with all that makes an executor work."""

from __future__ import annotations

import random
import re

from tests.root import ROOT

HERE = ROOT
PLAIN = ("id", "number", "title", "body", "status", "version", "receivedAt", "updatedAt", "returnCount", "holdUntil")
NESTED = (
    "leadAgency { name code }",
    "supportingAgencies { name }",
    "assignee { name }",
    "category { code name }",
    "location { address kecamatan }",
    "allowedMoves { to by }",
    "hidden { field reason }",
    "reporter { name }",
    "answers { id text state }",
    "timeline(first: 5) { edges { cursor node { kind text actor { kind name } } } }",
    "timeline(first: 0) { edges { cursor } }",
    "mergedInto { number answers { id } leadAgency { name } }",
)


def of_this_repository() -> dict[str, str]:
    """Every live document of the pages and of the docs, by its place."""
    found = {str(path.relative_to(HERE)): path.read_text("utf-8") for path in sorted(HERE.glob("web/*/operations/*"))}
    live = {name: text for name, text in found.items() if re.search(r"^subscription\b", text, re.MULTILINE)}
    for page in sorted((HERE / "docs").glob("*.md")):
        for number, text in enumerate(written_in(page.read_text("utf-8"))):
            live[f"docs/{page.name} {number}"] = text
    return live


def written_in(page: str) -> list[str]:
    """The subscriptions in a page's programs, with what these put into them."""
    rows = {match[1]: match[2] for match in re.finditer(r"^(?:const )?(ROW) = [\"`](.*?)[\"`];?$", page, re.MULTILINE)}
    texts = re.findall(r"^subscription [^`]*?^}$", page, re.MULTILINE)
    for text in re.findall(
        r"^(?:const )?FEED = (?:f\"\"\"|`)(subscription .*?)(?:\"\"\"|`)", page, re.MULTILINE | re.DOTALL
    ):
        plain = text.replace("{{", "{").replace("}}", "}") if "{{" in text else text
        texts.append(re.sub(r"\$?\{ROW\}", lambda _: rows["ROW"], plain))
    return texts


def random_one(seed: int) -> str:
    """A live list with random fields, directives, aliases and fragments."""
    draw = random.Random(seed)
    fragments: list[str] = []
    entered, updated = (f"ticket {{ {selection(draw, fragments, prefix)} }}" for prefix in ("e", "u"))
    return f"""subscription ($yes: Boolean! = true, $no: Boolean! = false) {{ ticketFeed {{
      __typename @include(if: $yes) @skip(if: $no)
      ... on TicketEntered {{ cursor {entered} }}
      ... on TicketUpdated {condition(draw)} {{ cursor changed clientMutationId {updated} }}
      ... on TicketLeft {{ id reason }}
      ... on FeedHeartbeat {{ cursor asOf lagMilliseconds }} }} }} {" ".join(fragments)}"""


def selection(draw: random.Random, fragments: list[str], prefix: str) -> str:
    among = [*PLAIN, *NESTED]
    chosen = draw.sample(among, draw.randint(4, len(among)))
    fields = [with_condition(f"{prefix}{place}: {field}", condition(draw)) for place, field in enumerate(chosen)]
    return "id " + " ".join(wrapped(draw, fragments, field) for field in fields)


def with_condition(field: str, given: str) -> str:
    """The directive stands between a field, with its arguments, and what is selected under it."""
    before, brace, after = field.partition(" {")
    return f"{before} {given}{brace}{after}"


def condition(draw: random.Random) -> str:
    return draw.choice(["", "", "@include(if: true)", "@include(if: $yes)", "@skip(if: $no)", "@skip(if: false)"])


def wrapped(draw: random.Random, fragments: list[str], field: str) -> str:
    kind = draw.randrange(4)
    if kind == 0:
        return f"... on Ticket {condition(draw)} {{ {field} }}"
    if kind == 1 and len(fragments) < 8:
        name = f"F{len(fragments)}"
        fragments.append(f"fragment {name} on Ticket {{ {field} }}")
        return f"...{name} {condition(draw)}"
    return field
