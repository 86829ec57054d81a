"""The inbox of a group: what comes next, what is done, and up to which look that holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from realtime.inbox import Inbox, Unshown

FIRST = datetime(2026, 11, 29, tzinfo=UTC)
SECOND, THIRD = FIRST + timedelta(seconds=1), FIRST + timedelta(seconds=2)


def events(*seqs: int) -> list[Any]:
    return [cast(Any, SimpleNamespace(seq=seq)) for seq in seqs]


@pytest.fixture
def inbox() -> Inbox:
    """A group that had shown all up to 4, and was woken by two looks."""
    inbox = Inbox(4, FIRST)
    inbox.put(Unshown(10.0, FIRST, events(5, 7)))
    inbox.put(Unshown(11.0, SECOND, events(8, 11, 12)))
    return inbox


def what_is_left(inbox: Inbox) -> tuple[list[int], int, datetime]:
    return [event.seq for event in inbox.next(10)], inbox.position, inbox.as_of


def test_what_came_in_is_next_in_the_order_of_the_log(inbox: Inbox) -> None:
    assert [event.seq for event in inbox.next(3)] == [5, 7, 8]
    assert (len(inbox), inbox.since, inbox.position) == (5, 10.0, 4)


def test_what_is_done_holds_up_to_the_look_before_what_is_left(inbox: Inbox) -> None:
    inbox.step()
    one = what_is_left(inbox)
    inbox.step()

    assert one == ([7, 8, 11, 12], 5, FIRST)
    assert (what_is_left(inbox), len(inbox), inbox.since) == (([8, 11, 12], 7, SECOND), 3, 11.0)


def test_an_inbox_whose_events_are_done_is_empty_and_where_the_last_of_them_was(inbox: Inbox) -> None:
    for _ in range(5):
        inbox.step()

    assert (what_is_left(inbox), len(inbox), bool(inbox)) == (([], 12, SECOND), 0, False)


def test_what_is_skipped_is_done_in_the_middle_of_a_part_too(inbox: Inbox) -> None:
    inbox.step()
    inbox.skip_to(9, THIRD)

    assert (what_is_left(inbox), len(inbox)) == (([11, 12], 9, SECOND), 2)


def test_where_all_is_skipped_the_look_of_now_holds(inbox: Inbox) -> None:
    inbox.skip_to(12, THIRD)

    assert (what_is_left(inbox), len(inbox)) == (([], 12, THIRD), 0)
