"""The values of one field of a filter: as many as may be, and only codes that the city has (decided here)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from services.core.reference import spelled
from services.core.refusals import Checks, bad_input

LONGEST_LIST = 200  # values of one field; our choice
FILTER = "filter"  # the argument of that name, wherever there is one


def resolved(
    field: str, asked: tuple[str, ...], codes: Collection[str], keys_of: Callable[[str], Iterable[Any] | None]
) -> tuple[Any, ...]:
    """The keys of these codes of the city; refused at each that it does not have."""
    bounded(field, asked)
    checks, found = Checks(), set[Any]()
    for index, code in enumerate(asked):
        found.update(checks(_keys, field, index, keys_of(spelled(codes, code) or "")) or ())
    checks.settle()
    return tuple(sorted(found))


def _keys(field: str, index: int, keys: Iterable[Any] | None) -> Iterable[Any]:
    if not keys:  # an empty list would look like a quiet desk
        raise bad_input("UNKNOWN_CODE", FILTER, field, str(index), field=field)
    return keys


def bounded(field: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """The values in order, each once; refused where there are more than LONGEST_LIST."""
    if len(values) > LONGEST_LIST:
        raise bad_input("TOO_MANY_VALUES", FILTER, field, field=field, limit=LONGEST_LIST)
    # Sorted and without repetitions, so that equal filters are equal: they share groups and boards, and cursors fit.
    return tuple(sorted(set(values)))
