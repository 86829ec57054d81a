"""A query or mutation of one root field, compiled from its arguments to its answer: no executor has a part in it.

It gives exactly the answer of the executor or none. Whatever is raised, and whatever does not look as expected, is
handed to an executor, which goes on with what the root field and the late ones gave, and places the error.
"""

from __future__ import annotations

from asyncio import FIRST_EXCEPTION, Future, ensure_future, wait
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, get_nullable_type
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import is_awaitable

from models.pool_turns import share
from realtime.closing import let_go
from realtime.strays import only_errors
from realtime.yielding import Pace
from schema.execution.plan_compiler import NotPlain
from schema.execution.plans import ROWS_AT_ONCE
from schema.execution.resuming import given_again, raised_again
from schema.execution.slicing import UNPACED
from schema.execution.whole_compiler import Asked, Late, Part, Rows

Given = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, with the values of the variables; late: what late fields give, by their keys below the root."""

    context: Any
    values: VariableValues
    late: dict[tuple[str, ...], Future[Any]] = field(default_factory=dict)

    @property
    def pace(self) -> Pace:
        desk = getattr(self.context, "desk", None)
        return UNPACED if desk is None else desk.pace

    def read(self, asked: Asked, source: Any) -> Any:
        """What a resolver gives, or what there is to wait for."""
        info = asked.info._replace(context=self.context, variable_values=self.values.coerced)
        if asked.call is not None:
            return asked.call(source, info)
        definition = asked.definition
        arguments = get_argument_values(definition, asked.node, self.values, None, True) if definition.args else {}
        resolve: Callable[..., Any] = definition.resolve  # type: ignore[assignment]
        return resolve(source, info, **arguments)

    async def waited_for(self, given: Any) -> Any:
        """What was waited for, once there is time to go on with it."""
        if is_awaitable(given):
            with only_errors():
                given = await given
            await self.pause()
        return given

    async def pause(self) -> None:
        pace = self.pace
        if pace.is_due(share.get()):
            await pace.pause(share.get())


class Left(Exception):
    """Something has to be left to an executor; given tells what the root field gave."""

    def __init__(self, given: Given) -> None:
        super().__init__()
        self.given = given


@dataclass(frozen=True, slots=True)
class Whole:
    """One operation with one root field. part: of the object, or of a slice of the list, that it gives."""

    key: str
    root: Asked
    part: Part

    async def data(self, caller: Caller) -> dict[str, Any]:
        """The data of the answer; raises Left."""
        try:
            with only_errors():
                found = await caller.waited_for(caller.read(self.root, None))
        except Exception as problem:
            raise Left(partial(raised_again, problem)) from None
        try:
            with only_errors():
                return {self.key: await self._completed(caller, found)}
        except Exception:
            raise Left(partial(given_again, found)) from None

    async def _completed(self, caller: Caller, found: Any) -> Any:
        type_ = self.root.definition.type
        if found is None:
            if isinstance(type_, GraphQLNonNull):
                raise NotPlain
            return None
        if isinstance(get_nullable_type(type_), GraphQLList):
            return await sliced(caller, self.part.plan, found, self.root.info)
        return await self._object(caller, self.part, found, ())

    async def _object(self, caller: Caller, part: Part, found: Any, at: tuple[str, ...]) -> Any:
        """An object of the answer, whose keys below the root are at."""
        late = await self._read_late(caller, part.late, found, at) if part.late else ()
        return part.plan(found, self.root.info, late)

    async def _read_late(self, caller: Caller, asked: Sequence[Late], found: Any, at: tuple[str, ...]) -> list[Any]:
        """The late values, in the order of the fields; what has to be waited for is waited for at once."""
        late = begun(caller, asked, found)
        waiting = [index for index, value in enumerate(late) if is_awaitable(value)]
        if waiting:
            futures = [ensure_future(caller.waited_for(late[index])) for index in waiting]
            keys = [(*at, asked[index].key) for index in waiting]
            caller.late.update(zip(keys, futures, strict=True))
            for index, value in zip(waiting, await all_of(futures), strict=True):
                late[index] = value
        for index, each in enumerate(asked):
            if each.rows is not None and late[index] is not None:
                late[index] = await sliced(caller, each.rows, late[index], self.root.info)
            elif each.part is not None and late[index] is not None:
                late[index] = await self._object(caller, each.part, late[index], (*at, each.key))
        return late


def begun(caller: Caller, asked: Sequence[Late], source: Any) -> list[Any]:
    """What these fields give, or what there is to wait for; nothing is left waiting where one of them raises."""
    values: list[Any] = []
    try:
        for each in asked:
            read = each.read
            values.append(getattr(source, read) if isinstance(read, str) else caller.read(read, source))
    except BaseException:
        let_go(values)
        raise
    return values


async def all_of(futures: Sequence[Future[Any]]) -> list[Any]:
    """What all of them give; raises NotPlain where one fails, and ends them where nobody waits any more."""
    try:
        await wait(futures, return_when=FIRST_EXCEPTION)
    except BaseException:
        let_go(futures)
        raise
    if any(not each.done() or each.cancelled() or each.exception() is not None for each in futures):
        raise NotPlain  # theirs would hold this frame, and that would hold them
    return [each.result() for each in futures]


async def sliced(caller: Caller, plan: Rows, rows: Any, info: Any) -> list[Any]:
    """The rows of a list, completed slice by slice; raises NotPlain where it is no list."""
    if type(rows) is not list and type(rows) is not tuple:
        raise NotPlain
    answer = plan(rows[:ROWS_AT_ONCE], info)
    for start in range(ROWS_AT_ONCE, len(rows), ROWS_AT_ONCE):
        await caller.pause()
        answer += plan(rows[start : start + ROWS_AT_ONCE], info)
    return answer
