"""A file of another system with a mark in everything that it says of one case."""

from __future__ import annotations

import json

from services.intake.open311.georeport import KEPT
from tests.words_of_the_schema import mark_of


def records() -> bytes:
    """A file of another system with a mark in everything that it says of one case."""
    said = {name: mark_of(f"import.{name}") for name in KEPT if not name.endswith("datetime")}
    times = dict.fromkeys(("requested_datetime", "updated_datetime", "expected_datetime"), "2026-01-02T00:00:00Z")
    deep = {
        "extended_attributes": {mark_of("import.key"): [mark_of("import.item")], "channel": mark_of("import.channel")}
    }
    note_ = {name: mark_of(f"import.note.{name}") for name in ("type", "summary", "description")}
    names = {"service_code": "lampu", "service_name": "Lampu", "agency_responsible": "Dinas PUPR"}
    more = {name: mark_of(f"import.{name}") for name in ("service_request_id", "description", "address")}
    media = {"media_url": [f"https://contoh.example/{mark_of('import.media')}"], "status": "open"}
    record = {**said, **times, **deep, **names, **more, **media, "lat": -7.8, "long": 112.0}
    return json.dumps([record | {"notes": [note_ | {"datetime": "2026-01-02T00:00:00Z"}]}]).encode()


IMPORTED = [
    mark_of(f"import.{name}")
    for name in (
        *("status_notes", "service_notice", "address_id", "zipcode", "key", "item", "channel", "note.type"),
        *("note.summary", "note.description", "service_request_id", "description", "address", "media"),
    )
]
