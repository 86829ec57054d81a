"""What the desk refuses, as values that a client can act on: nothing here is a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass


class Refusal(Exception):
    """A use case that did not happen, and changed nothing. code names the rule; path names the input field."""

    def __init__(self, code: str, *, path: tuple[str, ...] = (), **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.path = path
        self.params = params


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
    """Somebody else changed the ticket, or the answer where answer_id is given, after the caller read it."""

    def __init__(self, ticket_id: int, expected: int, actual: int, *, answer_id: int | None = None) -> None:
        path = ("expectedVersion",) if answer_id is None else ("expectedAnswerVersion",)
        super().__init__("VERSION_CONFLICT", path=path, expected=expected, actual=actual)
        self.ticket_id = ticket_id
        self.answer_id = answer_id
        self.expected = expected


class Throttled(Refusal):
    """Too many tries; retry_after_seconds tells when the next one may succeed."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("THROTTLED", seconds=retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class EdgeRefusal(Exception):
    """A query, subscription or request that is refused as a whole.

    code is one of the contract's list (BAD_INPUT, FORBIDDEN ...), reason the key of its text, extensions what the
    client may act on (resumeFrom, retryAfterSeconds).
    """

    def __init__(self, code: str, reason: str, *, extensions: dict[str, Any] | None = None, **params: object) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.params = params
        self.extensions = extensions or {}


def bad_input(reason: str, **params: str | int) -> EdgeRefusal:
    """A BAD_INPUT refusal of a query or a subscription."""
    return EdgeRefusal("BAD_INPUT", reason, extensions=None, **params)
