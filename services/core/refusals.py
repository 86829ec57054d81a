"""What the desk refuses, as values that a client can act on: nothing here is a crash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ParamSpec, Self, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


class Refused(Exception):
    """What an input was refused for: reason is the key of its text, path names the input field.

    others: what else the same input is refused for.
    """

    code: str
    # Whether what else is wrong with the input is told beside it although it names no field.
    beside_others = False

    def __init__(self, text: str, reason: str, path: tuple[str, ...], params: dict[str, Any]) -> None:
        super().__init__(text)
        self.reason = reason
        self.path = path
        self.params = params
        self.others: tuple[Refused, ...] = ()

    def each(self) -> list[Self]:
        """This refusal and the others, each once."""
        found: dict[tuple[object, ...], Self] = {}
        told: tuple[Refused, ...] = (self, *self.others)
        for one in told:
            found.setdefault((one.path, one.reason, repr(one.params)), cast("Self", one))
        return list(found.values())


class Refusal(Refused):
    """A use case that did not happen, and changed nothing. code names the rule; path names the input field."""

    def __init__(self, code: str, *, path: tuple[str, ...] = (), **params: object) -> None:
        super().__init__(code, code, path, params)
        self.code = code


class NotFound(Refusal):
    """Absent, or hidden from the caller: the two look alike."""

    def __init__(self, code: str = "NOT_FOUND", *, path: tuple[str, ...] = (), **params: object) -> None:
        super().__init__(code, path=path, **params)


class Forbidden(Refusal):
    """The caller sees the row, but this is not theirs to do."""


class InvalidInput(Refusal):
    """A value is missing, malformed or out of its bounds."""


class IdempotencyConflict(Refusal):
    """The key was used before, with other content."""


class VersionConflict(Refusal):
    """Somebody else changed the ticket, or the answer or case whose id is given, after the caller read it.

    ticket_id is None where the version is of nothing that belongs to a ticket.
    """

    def __init__(
        self,
        ticket_id: int | None,
        expected: int,
        actual: int,
        *,
        answer_id: int | None = None,
        case_id: int | None = None,
        code: str = "VERSION_CONFLICT",
    ) -> None:
        path = ("expectedVersion",) if answer_id is None else ("expectedAnswerVersion",)
        super().__init__(code, path=path, expected=expected, actual=actual)
        self.ticket_id = ticket_id
        self.answer_id = answer_id
        self.case_id = case_id
        self.expected = expected


class Throttled(Refusal):
    """Too many tries; retry_after_seconds tells when the next one may succeed."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("THROTTLED", time=timedelta(seconds=retry_after_seconds))
        self.retry_after_seconds = retry_after_seconds


class Checks:
    """Runs the checks of one input, and keeps what they refuse until all are done, so that it is told at once.

    What names no field of the input is told at once: alone (Forbidden), or before what is known to be wrong besides (a
    move that is none), as the refusal says.
    """

    def __init__(self) -> None:
        self.refusals: list[Refused] = []

    def __call__(self, check: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """What a check gives; where it refuses, nothing that may be used before settle."""
        try:
            return check(*given, **named)
        except (Refusal, EdgeRefusal) as refusal:
            self.keep(refusal)
        return cast("T", None)

    async def awaited(self, check: Awaitable[T]) -> T:
        """The same for a check that has to ask."""
        try:
            return await check
        except (Refusal, EdgeRefusal) as refusal:
            self.keep(refusal)
        return cast("T", None)

    def keep(self, refusal: Refused) -> None:
        """Keep a refusal for later; one that names no field is raised now."""
        if not refusal.path:
            raise refusal
        self.refusals += refusal.each()

    @contextmanager
    def behind(self, named_by: str | None = None) -> Iterator[None]:
        """Let what was kept follow a refusal that is raised in here, unless that is one that is told alone.

        named_by: the field that names what is asked for in here; what is not found is refused on it.
        """
        try:
            yield
        except (Refusal, EdgeRefusal) as refusal:
            if named_by is not None and isinstance(refusal, NotFound):
                refusal.path = refusal.path or (named_by,)
            if refusal.path or refusal.beside_others:
                refusal.others = (*refusal.others, *self.refusals)
            raise

    def settle(self) -> None:
        """Raise what was kept, in the order of the checks, as one refusal."""
        if self.refusals:
            first, *others = self.refusals
            first.others = tuple(others)
            raise first


class EdgeRefusal(Refused):
    """A query, subscription or request that is refused as a whole.

    code is one of the contract's list (BAD_INPUT, FORBIDDEN ...), extensions what the client may act on (resumeFrom,
    retryAfterSeconds); path begins with the name of an argument, and is empty where none is at fault.
    """

    def __init__(
        self,
        code: str,
        reason: str,
        *,
        path: tuple[str, ...] = (),
        extensions: dict[str, Any] | None = None,
        **params: object,
    ) -> None:
        super().__init__(f"{code}: {reason}", reason, path, params)
        self.code = code
        self.extensions = extensions or {}


def bad_input(reason: str, *path: str, **params: str | int) -> EdgeRefusal:
    """A BAD_INPUT refusal of a query or a subscription."""
    return EdgeRefusal("BAD_INPUT", reason, path=path, extensions=None, **params)
