"""Which rates a setting may hold, so that one that can not be counted is refused at the start."""

from __future__ import annotations

import re
from datetime import timedelta

from limits import parse_many

MOST_TRIES, LONGEST_RATE = 1_000_000, timedelta(days=366)  # our choice: Redis counts a rate of any of these


def is_rate(written: str) -> bool:
    """Whether this is one rate, of a number and a time that can be counted."""
    try:
        [found] = parse_many(written)
    except ValueError:
        return False
    # The package takes a time of no length for one of one unit.
    timeless = re.search(r"\D0+\D", written) is not None
    return found.amount <= MOST_TRIES and found.get_expiry() <= LONGEST_RATE.total_seconds() and not timeless
