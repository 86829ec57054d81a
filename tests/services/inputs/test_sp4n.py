"""Tracking ids of SP4N-LAPOR! as people type them."""

from __future__ import annotations

import pytest

from services.inputs.sp4n import sp4n_id


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("1467142065", "1467142065"),
        ("#1467142065", "1467142065"),
        (" # 1467142065 ", "1467142065"),
        ("#0001467142065", "1467142065"),
        ("9" * 20, "9" * 20),
        ("9" * 21, None),
        ("#", None),
        ("000", None),
        ("12a", None),
        ("-1", None),
    ],
)
def test_an_id_is_its_digits_however_it_is_typed(typed: str, found: str | None) -> None:
    assert sp4n_id(typed) == found
