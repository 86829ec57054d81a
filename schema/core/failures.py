"""Which refusal an exception amounts to: a busy or absent database, a bus that is away, a query that took too long."""

from __future__ import annotations

from collections.abc import Iterator

import asyncpg
import redis.exceptions
import tortoise.exceptions

from realtime.homes import LogElsewhereError
from services.core.refusals import EdgeRefusal

BUSY = (
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidCachedStatementError,  # a migration came in between; asyncpg has forgotten all plans now
    asyncpg.OutdatedSchemaCacheError,
    TimeoutError,
)
GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    tortoise.exceptions.DBConnectionError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    OSError,
)
RETRY_AFTER_SECONDS = 1  # our choice: locks and floods are mostly over by then
MOST_CAUSES = 10  # a chain of causes may be a circle


def refusal_of(error: BaseException) -> EdgeRefusal | None:
    """The refusal that this exception amounts to, or None where it is a mistake of ours."""
    for cause in causes(error):
        if isinstance(cause, EdgeRefusal):
            return cause
        if isinstance(cause, asyncpg.QueryCanceledError):
            return EdgeRefusal("TIMEOUT", "request_timeout")
        if isinstance(cause, BUSY) or _is_overtaken(cause):
            return EdgeRefusal("BUSY", "desk_busy", extensions={"retryAfterSeconds": RETRY_AFTER_SECONDS})
        if isinstance(cause, LogElsewhereError):
            return EdgeRefusal("UNAVAILABLE", "log_elsewhere")
        if isinstance(cause, GONE) or _is_closed(cause):
            return EdgeRefusal("UNAVAILABLE", "desk_unavailable")
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and those that it was raised from."""
    seen: BaseException | None = error
    for _ in range(MOST_CAUSES):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)


def _is_overtaken(error: BaseException) -> bool:
    """Whether a statement came while its connection was still ending one that had been given up."""
    return isinstance(error, asyncpg.InternalClientError) and "another operation" in str(error)


def _is_closed(error: BaseException) -> bool:
    """asyncpg has no exception of its own for a connection or pool that was closed under a query."""
    return isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)
