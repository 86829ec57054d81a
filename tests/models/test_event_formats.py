"""States of old formats are lifted step by step; of those of later releases nothing is taken for granted."""

from __future__ import annotations

import pytest

from models import event_formats, events
from models.event_formats import UPCASTERS, is_newer, lifted


def test_every_old_format_has_its_step() -> None:
    assert UPCASTERS.keys() == set(range(1, events.EVENT_FORMAT))


def test_a_state_of_this_format_is_taken_as_it_is() -> None:
    state = {"status": "RECEIVED"}

    assert lifted(events.EVENT_FORMAT, state) is state
    assert lifted(events.EVENT_FORMAT, None) is None


def test_an_old_state_goes_through_every_step_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "EVENT_FORMAT", 3)
    monkeypatch.setitem(UPCASTERS, 1, lambda state: {**state, "steps": [1]})
    monkeypatch.setitem(UPCASTERS, 2, lambda state: {**state, "steps": [*state.get("steps", []), 2]})
    written = {"status": "RECEIVED"}

    assert [lifted(format_, written) for format_ in (1, 2, 3)] == [
        {"status": "RECEIVED", "steps": [1, 2]},
        {"status": "RECEIVED", "steps": [2]},
        {"status": "RECEIVED"},
    ]
    assert written == {"status": "RECEIVED"}


@pytest.mark.parametrize("written", [events.EVENT_FORMAT + 1, 32_767, 0, -1])
def test_a_state_that_nobody_here_can_read_has_no_field(written: int) -> None:
    assert lifted(written, {"status": "RECEIVED"}) == {}
    assert lifted(written, None) is None
    assert event_formats.is_newer(written) is is_newer(written) is (written > events.EVENT_FORMAT)
