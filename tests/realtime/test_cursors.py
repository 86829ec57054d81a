"""Cursors: what was shown has one string, where the log stood has none twice, and nothing else opens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.cursors import BadCursor, Cursors, FeedPosition

CURSORS = Cursors(b"a key of the tests")
EPOCH = "0123456789abcdef0123456789abcdef"
FEED = CURSORS.seal_feed(EPOCH, 5, b"12345678")
STANDS = CURSORS.seal_position(EPOCH, 5, b"12345678")
PAGE = CURSORS.seal_page("NEWEST_FIRST", ["2026-03-02T02:00:00.000000Z", 12])


@pytest.mark.slow
@given(st.text(max_size=32), st.integers(0, 2**63 - 1), st.binary(max_size=8))
def test_a_feed_cursor_gives_back_its_position(epoch: str, seq: int, mark: bytes):
    cursor = CURSORS.seal_feed(epoch, seq, mark)

    assert CURSORS.open_feed(cursor) == FeedPosition(epoch, seq, mark)
    assert CURSORS.seal_feed(epoch, seq, mark) == cursor


@given(st.text(max_size=32), st.integers(0, 2**63 - 1), st.binary(max_size=8))
def test_where_the_log_stands_is_never_the_same_string_twice(epoch: str, seq: int, mark: bytes):
    cursors = {CURSORS.seal_position(epoch, seq, mark) for _ in range(3)}

    assert len(cursors | {CURSORS.seal_feed(epoch, seq, mark)}) == 4
    assert {CURSORS.open_feed(cursor) for cursor in cursors} == {FeedPosition(epoch, seq, mark)}


@given(st.lists(st.one_of(st.text(), st.integers(-(2**63), 2**63 - 1)), max_size=4))
def test_a_page_cursor_gives_back_its_values(values: list[str | int]):
    assert CURSORS.open_page(CURSORS.seal_page("OLDEST_FIRST", values), "OLDEST_FIRST") == values


def test_a_cursor_tells_nothing_of_its_position():
    near = {CURSORS.seal_feed(EPOCH, seq)[:8] for seq in range(100)}

    assert len(near) == 100


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "a",
        "=",
        "a" * 22,
        FEED[:-1],
        FEED + "A",
        FEED + "=",
        FEED + "\n",
        " " + FEED,
        FEED.replace(FEED[5], "é", 1),
        ("B" if FEED[0] == "A" else "A") + FEED[1:],
        "A" * 100_000,
        PAGE,
        pytest.param(STANDS[:-1], id="a place without its end"),
        pytest.param(STANDS[1:], id="a place without its start"),
        Cursors(b"another desk").seal_feed(EPOCH, 5),
    ],
)
def test_refuses_foreign_garbled_and_wrong_feed_cursors(cursor: str):
    with pytest.raises(BadCursor):
        CURSORS.open_feed(cursor)


@pytest.mark.parametrize(
    ("cursor", "order"), [(PAGE, "OLDEST_FIRST"), (PAGE, ""), (FEED, "NEWEST_FIRST"), (FEED, "feed")]
)
def test_refuses_page_cursors_of_another_kind(cursor: str, order: str):
    with pytest.raises(BadCursor):
        CURSORS.open_page(cursor, order)


@given(st.text())
def test_refuses_any_other_text(text: str):
    with pytest.raises(BadCursor):
        CURSORS.open_feed(text)
