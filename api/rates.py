"""The rate limits as they are shipped, and which rates a setting may hold: one that can not be counted is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from limits import parse_many

MOST_TRIES, LONGEST_RATE = 1_000_000, timedelta(days=366)  # our choice: Redis counts a rate of any of these
Given = TypeVar("Given", str, tuple[str, ...])


@dataclass(frozen=True)
class Rates:
    """The rates, in the notation of the package limits ("10/hour", "5/15 minutes").

    A number or an account under attack may still be tried at a low rate from every address, and a known one from an
    address that is shut: its owner is never locked out. Several windows over one another make waits grow: a minute
    after five tries, a quarter of an hour after ten. All of the numbers are our choice; docs/security.md says which of
    them an installation may set.
    """

    submissions_per_address: str = "10/hour"
    submissions: str = "600/hour"
    guesses_per_address: str = "20/hour"
    guesses_per_number_and_address: str = "5/15 minutes"
    guesses_per_number: str = "30/hour"
    guesses_at_a_number_under_attack: str = "1/minute"
    sign_ins: tuple[str, ...] = ("5/minute", "10/15 minutes", "20/hour", "40/day")
    sign_ins_of_an_account: str = "60/hour"
    sign_ins_to_an_account_under_attack: str = "1/minute"
    narrow_door: tuple[str, ...] = ("1/minute", "5/hour", "10/day")
    reveals_per_caller: str = "60/hour"
    lookups_per_caller: str = "60/hour"
    user_codes_of_an_approver: str = "20/10 minutes"
    failures_of_an_address: tuple[str, ...] = ("30/minute", "100/hour", "300/day")
    invitations_per_address: str = "30/hour"


def is_rate(written: str) -> bool:
    """Whether this is one rate, of a number and a time that can be counted."""
    try:
        [found] = parse_many(written)
    except ValueError:
        return False
    # The package takes a time of no length for one of one unit.
    timeless = re.search(r"\D0+\D", written) is not None
    return found.amount <= MOST_TRIES and found.get_expiry() <= LONGEST_RATE.total_seconds() and not timeless


def require_rates(given: Given) -> Given:
    """Refuse a rate that can not be read when the process starts, not at the first call that needs it."""
    rates = (given,) if isinstance(given, str) else given
    if not all(map(is_rate, rates)):
        longest = f"{MOST_TRIES} in {LONGEST_RATE.days} days"
        raise ValueError(f"a rate is written like 10/hour or 10/15 minutes, and at most {longest}")
    if not rates:
        raise ValueError("at least one rate is needed")
    return given
