"""Documents made to fail: two fields that share the key of a loader, and one that is refused, at random places."""

from __future__ import annotations

import random
from dataclasses import dataclass

SOUND = (
    "number",
    "answers { id }",
    "reporter { name }",
    "timeline(first: 3) { edges { cursor } }",
    "timeline(last: 2) { edges { node { kind } } }",
    "mergedInto { number }",
    "mergedInto { answers { id } reporter { name } }",
    "mergedInto { timeline(first: 3) { edges { cursor } } answers { id } }",
)
REFUSED = (
    "timeline { edges { cursor } }",
    "timeline(first: 0) { edges { cursor } }",
    "timeline(first: 101) { edges { cursor } }",
    "timeline(first: 1, last: 1) { edges { cursor } }",
    'timeline(first: 1, after: "no cursor") { edges { cursor } }',
)


@dataclass(frozen=True)
class Failing:
    """A document, and which of its aliases hold something refused."""

    text: str
    refused: frozenset[str]
    aliases: tuple[str, ...]


def query(draw: random.Random, ids: list[str]) -> Failing:
    """Some tickets, mostly the same one, of which one at least is asked wrongly and one rightly."""
    return Failing(*parts(draw, lambda name: f'{name}: ticket(id: "{draw.choice(ids)}")', "{ %s }"))


def subscription(draw: random.Random) -> Failing:
    """The same of the ticket that another one was merged into."""
    frame = "subscription { ticketStatusChanged { to ticket { number %s } } }"
    return Failing(*parts(draw, lambda name: f"{name}: mergedInto", frame))


def parts(draw: random.Random, field: object, frame: str) -> tuple[str, frozenset[str], tuple[str, ...]]:
    assert callable(field)
    names = tuple(f"x{place}" for place in range(draw.randint(2, 5)))
    refused = frozenset(draw.sample(names, draw.randint(1, len(names) - 1)))
    fields = [f"{field(name)} {{ {selection(draw, name in refused)} }}" for name in names]
    return frame % " ".join(fields), refused, names


def selection(draw: random.Random, refused: bool) -> str:
    chosen = ["answers { id }", *draw.sample(SOUND, draw.randint(1, 4))]
    if refused:
        chosen.append(draw.choice(REFUSED))
    draw.shuffle(chosen)
    return " ".join(f"f{place}: {field}" for place, field in enumerate(chosen))
