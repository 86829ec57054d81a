"""The row filter of a grant: JSON in the words of the contract's TicketFilter, compiled into a rule (docs/adr/0009)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from models.enums import PrincipalKind
from services.access.filters.filters import NAMES, NO_FILTER, RULES_OF_FIELDS, TicketFilter, condition, dimensions
from services.access.predicates import Nothing, Predicate
from services.access.scopes import Scope
from services.access.ticket_fields import camel
from services.core.reference import Reference
from services.core.refusals import Checks, EdgeRefusal, InvalidInput

TYPES: dict[str, Any] = get_type_hints(TicketFilter)
REFUSED = tuple(name for name, rule in RULES_OF_FIELDS.items() if not rule.granted)


def read_rows(stored: Mapping[str, Any] | None) -> TicketFilter:
    """The filter that a JSON object stands for; raises InvalidInput for what a grant can not hold."""
    if stored is None:
        return NO_FILTER
    values = {}
    for key, value in stored.items():
        name = NAMES.get(key)
        if name is None or name in REFUSED:
            raise InvalidInput("GRANT_ROWS", path=("rows", key), field=key)
        try:
            values[name] = _read(name, value)
        except (TypeError, ValueError):
            raise InvalidInput("GRANT_ROWS", path=("rows", key), field=key) from None
    return TicketFilter(**values)


def _read(name: str, value: Any) -> Any:
    """A value as the type of its field asks; raises TypeError and ValueError."""
    kind = next(each for each in (get_args(TYPES[name]) or (TYPES[name],)) if each is not NoneType)
    if get_origin(kind) is tuple:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise TypeError
        return tuple(get_args(kind)[0](each) for each in value)
    if kind is datetime:
        return _moment(value)
    if kind in (bool, int, str) and type(value) is not kind:
        raise TypeError
    return kind(value)


def _moment(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment


def written_rows(wanted: TicketFilter) -> dict[str, Any] | None:
    """The JSON object that stands for a filter, None for no filter; raises InvalidInput like read_rows."""
    stored = {
        camel(field.name): _written(value)
        for field in fields(wanted)
        if (value := getattr(wanted, field.name)) is not None and value != field.default
    }
    read_rows(stored)
    return stored or None


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value


def check_rows(stored: Mapping[str, Any] | None, reference: Reference) -> None:
    """Raise InvalidInput for codes that the city does not have."""
    checks = Checks()
    for name, value in (stored or {}).items():
        checks(_check_row, name, value, reference)
    checks.settle()


def _check_row(name: str, value: Any, reference: Reference) -> None:
    try:
        condition(read_rows({name: value}), reference, _ANY_PARTNER)
    except EdgeRefusal:
        raise InvalidInput("GRANT_ROWS", path=("rows", name), field=name) from None


def row_rule(stored: Mapping[str, Any] | None, reference: Reference) -> Predicate:
    """The condition on tickets; a code that the city no longer has matches no ticket."""
    try:
        return condition(read_rows(stored), reference, _ANY_PARTNER)
    except (EdgeRefusal, InvalidInput):
        return Nothing()


def narrowed_by(stored: Mapping[str, Any] | None) -> frozenset[str]:
    """By which dimensions the rows of a grant are chosen (services/access/small_cells.py)."""
    return dimensions(NAMES[key] for key in stored or () if key in NAMES)


_ANY_PARTNER = Scope(kind=PrincipalKind.PARTNER, principal="partner")
