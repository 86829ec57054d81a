"""Conditions on a ticket with two readings that agree: as SQL on the row, in memory on a state (docs/adr/0004)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol

from services.access.states import COLUMNS, State, completed, instant


class Parameters(list[Any]):
    """The values of a statement; add gives the placeholder that stands for one."""

    def add(self, value: Any) -> str:
        self.append(value)
        return f"${len(self)}"


class Predicate(Protocol):
    """A condition that never answers "unknown": a missing value simply does not match.

    The state of another release may lack a field altogether. What hangs on it neither holds nor fails then, so that
    holds is true, and fails is true, only where that is certain whatever the field would have been.
    """

    def sql(self, parameters: Parameters) -> str: ...

    def holds(self, state: State) -> bool: ...

    def fails(self, state: State) -> bool: ...

    def __hash__(self) -> int: ...


def column(field: str) -> str:
    return f"t.{COLUMNS[field]}"


def meets(wanted: Predicate, state: State) -> bool:
    """Whether a state meets a filter; a field that it lacks reads as a missing value. Never use this for rights."""
    return wanted.holds(state) or (not wanted.fails(state) and wanted.holds(completed(state)))


class OfField:
    """A condition on the value of one field."""

    __slots__ = ()
    field: str

    def matches(self, value: Any) -> bool:
        raise NotImplementedError

    def holds(self, state: State) -> bool:
        return self.field in state and self.matches(state[self.field])

    def fails(self, state: State) -> bool:
        return self.field in state and not self.matches(state[self.field])


@dataclass(frozen=True, slots=True)
class Anything:
    def sql(self, parameters: Parameters) -> str:
        return "TRUE"

    def holds(self, state: State) -> bool:
        return True

    def fails(self, state: State) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Nothing:
    def sql(self, parameters: Parameters) -> str:
        return "FALSE"

    def holds(self, state: State) -> bool:
        return False

    def fails(self, state: State) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Among(OfField):
    """The field holds one of values; none of them matches a missing value."""

    field: str
    values: tuple[Any, ...]

    def sql(self, parameters: Parameters) -> str:
        name = column(self.field)
        return f"({name} IS NOT NULL AND {name} = ANY({parameters.add(list(self.values))}))"

    def matches(self, value: Any) -> bool:
        return value in self.values


@dataclass(frozen=True, slots=True)
class Flag(OfField):
    """A boolean field is exactly this value; None matches a flag that nobody answered yet."""

    field: str
    value: bool | None

    def sql(self, parameters: Parameters) -> str:
        word = {True: "TRUE", False: "FALSE", None: "NULL"}[self.value]
        return f"{column(self.field)} IS {word}"

    def matches(self, value: Any) -> bool:
        return value is self.value


@dataclass(frozen=True, slots=True)
class Missing(OfField):
    field: str

    def sql(self, parameters: Parameters) -> str:
        return f"{column(self.field)} IS NULL"

    def matches(self, value: Any) -> bool:
        return value is None


@dataclass(frozen=True, slots=True)
class Overlaps(OfField):
    """A list field shares at least one member with values."""

    field: str
    values: tuple[Any, ...]
    sql_type: str

    def sql(self, parameters: Parameters) -> str:
        return f"{column(self.field)} && {parameters.add(list(self.values))}::{self.sql_type}[]"

    def matches(self, value: Any) -> bool:
        return isinstance(value, list) and any(member in self.values for member in value)


@dataclass(frozen=True, slots=True)
class Besides(OfField):
    """A list field has a member that is none of values."""

    field: str
    values: tuple[Any, ...]
    sql_type: str

    def sql(self, parameters: Parameters) -> str:
        return f"NOT ({column(self.field)} <@ {parameters.add(list(self.values))}::{self.sql_type}[])"

    def matches(self, value: Any) -> bool:
        return isinstance(value, list) and any(member not in self.values for member in value)


@dataclass(frozen=True, slots=True)
class External:
    """The ticket has one of these names in another system; system narrows it to one, whose names the caller knows."""

    names: tuple[str, ...]
    system: str | None

    def sql(self, parameters: Parameters) -> str:
        own = "" if self.system is None else f" AND x.system = {parameters.add(self.system)}"
        wanted = parameters.add(list(self.names))
        return f"EXISTS (SELECT 1 FROM external_link x WHERE x.ticket_id = t.id AND x.external_id = ANY({wanted}){own})"

    def holds(self, state: State) -> bool:
        return any(name in self.names and self.system in (None, system) for system, name in external_ids(state))

    def fails(self, state: State) -> bool:
        return "external" in state and not self.holds(state)


def external_ids(state: State) -> list[tuple[str, str]]:
    """The names that other systems have for the ticket, each with that of its system: keyed digests."""
    parts = (key.partition("|") for key in state.get("external") or () if isinstance(key, str))
    return [(system, name) for system, _, name in parts]


@dataclass(frozen=True, slots=True)
class Above(OfField):
    """A number field is greater than bound."""

    field: str
    bound: int

    def sql(self, parameters: Parameters) -> str:
        return f"{column(self.field)} > {parameters.add(self.bound)}"

    def matches(self, value: Any) -> bool:
        return isinstance(value, int) and value > self.bound


# A condition is asked of every event by every group that has it.
_bound_text = lru_cache(maxsize=1_000)(instant)


@dataclass(frozen=True, slots=True)
class Since(OfField):
    """A time field is at bound or later."""

    field: str
    bound: datetime

    def sql(self, parameters: Parameters) -> str:
        return f"{column(self.field)} >= {parameters.add(self.bound)}"

    def matches(self, value: Any) -> bool:
        return isinstance(value, str) and value >= _bound_text(self.bound)


@dataclass(frozen=True, slots=True)
class Before(OfField):
    """A time field is earlier than bound."""

    field: str
    bound: datetime

    def sql(self, parameters: Parameters) -> str:
        return f"{column(self.field)} < {parameters.add(self.bound)}"

    def matches(self, value: Any) -> bool:
        return isinstance(value, str) and value < _bound_text(self.bound)


@dataclass(frozen=True, slots=True)
class UntilDay(OfField):
    """A day field is at bound or earlier."""

    field: str
    bound: date

    def sql(self, parameters: Parameters) -> str:
        return f"({column(self.field)} IS NOT NULL AND {column(self.field)} <= {parameters.add(self.bound)})"

    def matches(self, value: Any) -> bool:
        return isinstance(value, str) and value <= self.bound.isoformat()


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Predicate, ...]

    def sql(self, parameters: Parameters) -> str:
        return "(" + (" AND ".join(part.sql(parameters) for part in self.parts) or "TRUE") + ")"

    def holds(self, state: State) -> bool:
        for part in self.parts:  # noqa: SIM110 - a generator costs as much as the parts
            if not part.holds(state):
                return False
        return True

    def fails(self, state: State) -> bool:
        for part in self.parts:  # noqa: SIM110
            if part.fails(state):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Predicate, ...]

    def sql(self, parameters: Parameters) -> str:
        return "(" + (" OR ".join(part.sql(parameters) for part in self.parts) or "FALSE") + ")"

    def holds(self, state: State) -> bool:
        for part in self.parts:  # noqa: SIM110
            if part.holds(state):
                return True
        return False

    def fails(self, state: State) -> bool:
        for part in self.parts:  # noqa: SIM110
            if not part.fails(state):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Not:
    part: Predicate

    def sql(self, parameters: Parameters) -> str:
        return f"NOT ({self.part.sql(parameters)})"

    def holds(self, state: State) -> bool:
        return self.part.fails(state)

    def fails(self, state: State) -> bool:
        return self.part.holds(state)
