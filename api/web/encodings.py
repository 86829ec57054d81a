"""Which of several encodings of one file a client wants (RFC 9110, 12.5.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

SUFFIXES = {"br": ".br", "gzip": ".gz"}  # what `make web` makes beside each file, the smaller first
IDENTITY = "identity"


def chosen(accept: Iterable[str], made: Collection[str]) -> str:
    """The encoding of these that the client likes best, the smaller of equals; identity where it wants none of them.

    accept are the lines of Accept-Encoding. What was not compressed is sent as it is, even to who would refuse it.
    """
    weights = _weights(accept)
    plain = weights.get(IDENTITY, 0.0)
    best, most = IDENTITY, 0.0
    for encoding in (each for each in SUFFIXES if each in made):
        weight = weights.get(encoding, weights.get("*", 0.0))
        if weight > most and weight >= plain:
            best, most = encoding, weight
    return best


def _weights(accept: Iterable[str]) -> dict[str, float]:
    """The weight of every coding that is named; of one that is named twice, and of one that can not be read, the least."""
    weights: dict[str, float] = {}
    for part in ",".join(accept).split(","):
        coding, *parameters = (each.strip().lower() for each in part.split(";"))
        coding = {"x-gzip": "gzip"}.get(coding, coding)
        if coding:
            weights[coding] = min(weights.get(coding, 1.0), _weight(parameters))
    return weights


def _weight(parameters: list[str]) -> float:
    named = [value for name, sep, value in (each.partition("=") for each in parameters) if name.strip() == "q" and sep]
    if not named:
        return 1.0
    try:
        weight = float(named[0])
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
