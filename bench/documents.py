"""What one hostile document costs before it is refused, or found to be harmless: at most 50 ms is wanted of each."""

from __future__ import annotations

import time
from collections.abc import Mapping

from graphql import get_introspection_query

from api.documents.documents import Documents
from api.documents.refusals import DocumentRefused
from schema import build_schema

ROUNDS = 5
AGENCY = "{ id code name kind active parent { id code name } }"
HARMLESS = "{ tickets(first: 50) { edges { node { number title status leadAgency { name } assignee { name } } } } }"


def chain(length: int) -> str:
    links = "".join(f" fragment f{n} on Viewer {{ ...f{n + 1} ...f{n + 1} }}" for n in range(length))
    return "{ viewer { ...f0 } }" + links + f" fragment f{length} on Viewer {{ name }}"


def fan(width: int, times: int = 1, values: int = 0) -> str:
    """Fragments side by side, each with the same fields so many times, beside a list of so many values."""
    fields = f"officer {{ agency {AGENCY} }} agency {AGENCY} " * times
    parts = "".join(f" fragment f{n} on Viewer {{ {fields} }}" for n in range(width))
    listed = "tickets(first: 1, filter: {status: [" + "RECEIVED " * values + "]}) { asOf }" if values else ""
    return "{ viewer {" + "".join(f" ...f{n}" for n in range(width)) + f" }} {listed} }}" + parts


def documents() -> Mapping[str, str]:
    """The documents by what is wrong with them."""
    return {
        "a 50-row list (harmless)": HARMLESS,
        "introspection (harmless)": get_introspection_query(),
        "150-level fragment chain": chain(150),
        "15-level fragment chain": chain(15),
        "16 fragments side by side": fan(16),
        "16 fragments of two": fan(16, times=2),
        "12 fragments of two, 500 values": fan(12, times=2, values=500),
        "1,900 values of a list": fan(1, values=1_900),
        "fragment cycle": "{ viewer { ...a } } fragment a on Viewer { ...b ...b } fragment b on Viewer { ...a ...a }",
        "20,000 directives": "{ viewer { name " + "@a " * 20_000 + "} }",
        "1,000 repeated nested fields": "{" + "viewer{officer{id}} " * 1_000 + "}",
        "40 repeated nested fields": "{ viewer {" + f"agency {AGENCY} " * 40 + "} }",
        "1,000 aliases": "{" + "".join(f"a{n}:viewer{{name}} " for n in range(1_000)) + "}",
        "1,000 operations": "".join(f"query q{n}{{viewer{{name}}}} " for n in range(1_000)),
        "1,000 unknown fields": "{ viewer {" + "".join(f" x{n}" for n in range(1_000)) + " } }",
        "100,000 variables": "query(" + " ".join(f"$v{n}: Int" for n in range(100_000)) + ") { viewer { name } }",
        "900 unknown input fields": "{ tickets(first: 1, filter: {" + " ".join(f"a{n}: 1" for n in range(900)) + "})"
        " { asOf } }",
        "1,500 levels": "{ viewer" + "{officer" * 1_500 + "{id}" + "}" * 1_500 + "}",
        "a string of 90,000": '{ ticket(id: "' + "x" * 90_000 + '") { id } }',
    }  # fmt: skip


def spent(known: Documents, source: str) -> tuple[float, str]:
    """CPU seconds, and what came of it."""
    before = time.process_time()
    try:
        known.prepare(source)
        outcome = "taken"
    except DocumentRefused as refused:
        outcome = refused.errors[0].message.partition(":")[0]
    return time.process_time() - before, outcome


def main() -> None:
    schema = build_schema()._schema
    Documents(schema).prepare(HARMLESS)
    print("CPU of one document that was never seen before, best of", ROUNDS)
    for name, source in documents().items():
        seconds, outcome = min(spent(Documents(schema), source) for _ in range(ROUNDS))
        print(f"  {name:30} {seconds * 1000:6.1f} ms  {outcome[:60]}")


if __name__ == "__main__":
    main()
