"""Errors as clients read them: each with a code of the contract, none with a value, a suggestion or an inner detail."""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from graphql import GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError

from schema.core.failures import refusal_of
from schema.core.printable import printable
from schema.core.redaction import without_values
from services.core.messages import say
from services.core.refusals import EdgeRefusal, Forbidden, Refusal, Refused, Throttled

CODES = frozenset(
    {
        "UNAUTHENTICATED",
        "FORBIDDEN",
        "BAD_INPUT",
        "BAD_CURSOR",
        "CURSOR_EXPIRED",
        "COST_EXCEEDED",
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "RATE_LIMITED",
        "BUSY",
        "TIMEOUT",
        "UNAVAILABLE",
        "INTERNAL",
    }
)
MOST_VALUE_ERRORS = 50  # our choice: of the variables of one operation; our largest form has fewer fields
# Exceptions whose text is about the program, never about what somebody typed.
SPEAKING = (TypeError, AttributeError, NameError, ImportError, NotImplementedError)
FRAMES = 12  # our choice: enough to reach our own code under graphql-core's


class ErrorLog(Protocol):
    """What structlog's loggers and the tests' recorder have in common."""

    def error(self, event: str, **values: Any) -> Any: ...


def formatted(errors: Iterable[GraphQLError], language: str, *, log: ErrorLog) -> list[dict[str, Any]]:
    """The errors of one answer: message, path, locations and extensions.code.

    What is no refusal is masked as INTERNAL with an errorId and logged once, however many fields it broke.
    """
    all_errors = tuple(errors)
    incidents: dict[int, str] = {}
    answer = [_formatted(error, language, log, incidents) for error in all_errors]
    for error in all_errors:
        forget_frames(error)
    return answer


def formatted_exception(error: Exception, language: str, *, log: ErrorLog) -> dict[str, Any]:
    """The one error of an answer where something failed outside every field; masked and logged like any other."""
    try:
        if isinstance(error, GraphQLError):
            return _formatted(error, language, log, {})
        return _of_exception(error, language, log, {})
    finally:
        forget_frames(error)


def forget_frames(error: BaseException) -> None:
    """Drop the tracebacks of an error that was formatted: its frames hold the execution, which holds its errors."""
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        each = left.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = None
            left += [each.__cause__, each.__context__, getattr(each, "original_error", None)]


def formatted_refusal(refusal: EdgeRefusal, language: str) -> dict[str, Any]:
    """A refusal that belongs to no document, as the one error of an answer."""
    extensions = {"code": refusal.code, **refusal.extensions}
    if not refusal.path:
        return {"message": _said(refusal, language), "extensions": extensions}
    errors = [
        {"path": list(each.path), "code": each.reason, "message": _said(each, language)} for each in refusal.each()
    ]
    return {"message": _together(errors), "extensions": {**extensions, "errors": errors}}


def _together(errors: Sequence[dict[str, Any]]) -> str:
    """One message for all that is wrong; each with the argument or field at fault where they are several."""
    if len(errors) == 1:
        return str(errors[0]["message"])
    return " ".join(f"{'.'.join(each['path'])}: {each['message']}" for each in errors)


def _formatted(error: GraphQLError, language: str, log: ErrorLog, incidents: dict[int, str]) -> dict[str, Any]:
    body = _body(error, language, log, incidents)
    if error.path:
        body["path"] = list(error.path)
    if error.locations:
        body["locations"] = [{"line": location.line, "column": location.column} for location in error.locations]
    return body


def _body(error: GraphQLError, language: str, log: ErrorLog, incidents: dict[int, str]) -> dict[str, Any]:
    origin = origin_of(error)
    if not isinstance(origin, EdgeRefusal) and _is_about_input(error, origin):
        message = say("document_invalid", language, detail=without_values(error.message))
        return {"message": message, "extensions": {"code": _code(error)}}
    return _of_exception(origin, language, log, incidents, error.path)


def _of_exception(
    origin: BaseException,
    language: str,
    log: ErrorLog,
    incidents: dict[int, str],
    path: Iterable[str | int] | None = None,
) -> dict[str, Any]:
    refusal = _as_edge_refusal(origin)
    if refusal is not None:
        return formatted_refusal(refusal, language)
    incident = incidents.get(id(origin))
    if incident is None:
        incident = incidents[id(origin)] = secrets.token_hex(8)
        report(origin, incident, log, path=path)
    return {"message": say("internal", language, id=incident), "extensions": {"code": "INTERNAL", "errorId": incident}}


def origin_of(error: BaseException) -> BaseException:
    """The exception under the wrappers that graphql-core puts around it."""
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
    return error


def _as_edge_refusal(origin: BaseException) -> EdgeRefusal | None:
    """A refusal of a use case that reached a query, where the contract has codes instead of typed errors."""
    if isinstance(origin, Throttled):
        wait = {"retryAfterSeconds": origin.retry_after_seconds}
        return EdgeRefusal("RATE_LIMITED", origin.code, extensions=wait, **_named(origin))
    if isinstance(origin, Refusal):
        code = "FORBIDDEN" if isinstance(origin, Forbidden) else "BAD_INPUT"
        refusal = EdgeRefusal(code, origin.code, path=origin.path, **_named(origin))
        refusal.others = origin.others
        return refusal
    return None if isinstance(origin, GraphQLError) else refusal_of(origin)


def _named(refusal: Refusal) -> dict[str, Any]:
    return {name: value for name, value in refusal.params.items() if name not in ("extensions", "path")}


def _is_about_input(error: GraphQLError, origin: BaseException) -> bool:
    """Whether graphql-core refuses what the client sent; what is left of its own errors is about our answers.

    An error without a path arose before any field ran: syntax, validation, variables.
    """
    if error.path is None:
        return True
    if not isinstance(origin, GraphQLError):
        return False
    coded = (origin.extensions or {}).get("code") in CODES
    refused = origin.message.startswith(("Argument ", "Variable "))
    return coded or refused or isinstance(origin, StrawberryInputCoercionError)


def _code(error: GraphQLError) -> str:
    code = (error.extensions or {}).get("code")
    return code if code in CODES else "BAD_INPUT"


def _said(refusal: Refused, language: str) -> str:
    try:
        return say(refusal.reason, language, **refusal.params)
    except KeyError:
        return refusal.code  # a text that is missing must not turn a refusal into a crash


def report(error: BaseException, incident: str, log: ErrorLog, *, path: Iterable[str | int] | None = None) -> None:
    """Log one unexpected exception."""
    field_path = ".".join(printable(str(key)) for key in path or ()) or None
    log.error("unexpected_error", error_id=incident, path=field_path, **facts_of(error))


def facts_of(error: BaseException) -> dict[str, Any]:
    """What a log may hold of an exception: where it happened and of what kind, without the values that it carries."""
    return {
        "error_type": type(error).__qualname__,
        "text": without_values(str(error)) if isinstance(error, SPEAKING) else None,
        "sqlstate": getattr(error, "sqlstate", None),
        "constraint": getattr(error, "constraint_name", None),
        "frames": _frames(error),
    }


def _frames(error: BaseException) -> list[str]:
    """The innermost frames of the traceback, as file:line function."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [printable(f"{frame.filename}:{frame.lineno} {frame.name}") for frame in frames]
