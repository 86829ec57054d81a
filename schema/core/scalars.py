"""Scalars of the contract."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from services.inputs.signs import plain

Cursor = NewType("Cursor", str)

LONGEST_DECIMAL = 40  # our choice
LONGEST_CURSOR = 1_000  # our choice: ours have at most some 200 characters


def _parse_cursor(value: Any) -> Cursor:
    if not isinstance(value, str) or len(value) > LONGEST_CURSOR:
        raise GraphQLError("A Cursor is a short string that this server gave out.")
    return Cursor(plain(value))


def _parse_moment(value: Any) -> datetime:
    """A moment with an offset: a time without one could be any of three zones in Indonesia alone."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError("A DateTime is written as ISO 8601, e.g. 2026-03-16T09:00:00+07:00.") from None
    if moment.tzinfo is None:
        raise GraphQLError("A DateTime needs an offset, e.g. 2026-03-16T09:00:00+07:00.")
    if not 1900 <= moment.year <= 9000:  # zones and periods are added to it, which overflows near datetime's ends
        raise GraphQLError("A DateTime lies between the years 1900 and 9000.")
    return moment


def _parse_decimal(value: Any) -> Decimal:
    try:
        number = Decimal(value)
    except (ArithmeticError, TypeError, ValueError):
        number = Decimal("NaN")
    if not isinstance(value, str) or len(value) > LONGEST_DECIMAL or not number.is_finite():
        raise GraphQLError('A Decimal is a number written as a string, e.g. "88.31".')
    return number


def _decimal_text(value: Any) -> str:
    return f"{value:f}"


SCALARS: dict[object, ScalarDefinition] = {
    Cursor: strawberry.scalar(
        name="Cursor",
        description=(
            "Opaque. Equal positions are equal strings, those of pages within one walk; nothing else may be read from "
            "one. A page cursor and a feed cursor never stand in for each other."
        ),
        serialize=str,
        parse_value=_parse_cursor,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description=(
            'A decimal number as a string, e.g. "88.31", as JSON numbers are rounded on their way. Reserved for the '
            "scores of surveys (IKM): no field has it yet."
        ),
        serialize=_decimal_text,
        parse_value=_parse_decimal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="ISO 8601 with an offset. The desk's zone is Asia/Jakarta (WIB).",
        serialize=datetime.isoformat,
        parse_value=_parse_moment,
    ),
}
