"""What people type of SP4N-LAPOR!: tracking ids and the words of its statuses."""

from __future__ import annotations

import re

from services.inputs.signs import plain

# Digits with or without #; ids of today have seven or eight.
ID = re.compile(r"#?\s*([0-9]{1,20})")


def sp4n_id(typed: str) -> str | None:
    """The digits of a tracking id, without zeros in front of them; None for what is none."""
    found = ID.fullmatch(plain(typed))
    return None if found is None else found[1].lstrip("0") or None


def status_word(raw: str) -> str:
    """A status of SP4N-LAPOR! as lists of words hold it: without case, with single blanks."""
    return " ".join(raw.split()).casefold()
