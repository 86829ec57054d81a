"""Why a command can not use its servers, in one sentence: which setting or right, which host, and what to do."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import asyncpg
import redis.exceptions
from tortoise.exceptions import DBConnectionError

from api.cli.desks import GRANT
from api.cli.running import plain
from api.server.opening import find_addresses
from api.settings import read_settings
from models.database_state import lock_holder
from models.database_url import UrlUnreadable, read_url
from schema.core.failures import causes
from services.core.messages import say
from services.core.refusals import EdgeRefusal

LOOK_SECONDS = 5.0  # our choice: so long may it take to find out who holds a lock
Explain = Callable[[BaseException, str], str]
POOLER = "unsupported startup parameter"  # what PgBouncer says of the settings that a session begins with


def explain(wrong: BaseException) -> str | None:
    """One sentence about what a server or the machine refused; None where it is a mistake of ours."""
    where = database_of()
    for cause in causes(wrong):
        for kinds, said in EXPLANATIONS:
            if isinstance(cause, kinds):
                return plain(said(cause, where))
    return None


def database_of() -> str:
    """The database that the settings lead to, as role@host:port/name, without a password."""
    try:
        return read_url(url()).database
    except Exception:
        return "the database"


def url() -> str:
    return find_addresses(read_settings()[0]).database_url


def locked(wrong: BaseException, where: str) -> str:
    """Who holds the lock that was waited for."""
    try:
        holder = asyncio.run(asyncio.wait_for(lock_holder(url()), LOOK_SECONDS))
    except Exception:
        holder = None
    who = f"{holder}: wait for its end, or end it with SELECT pg_terminate_backend({holder.pid})" if holder else (
        "whoever held it has ended: try again"
    )  # fmt: skip
    return f"A lock in {where} was waited for in vain; {who}."


def busy(wrong: BaseException, where: str) -> str:
    assert isinstance(wrong, EdgeRefusal)  # noqa: S101 - by the table below
    return locked(wrong, where) if wrong.code == "BUSY" else say(wrong.reason, "en", **wrong.params)


def refused_startup(wrong: BaseException, where: str) -> str:
    if POOLER in str(wrong):
        return (
            f"SURGA_DATABASE_URL: between here and {where} is a pooler that takes no settings of a session ({wrong}). "
            "Surga needs PostgreSQL itself: give its own host and port (docs/operations.md)."
        )
    return f"SURGA_DATABASE_URL: {where} refused the connection: {wrong}."


def lacking_right(wrong: BaseException, where: str) -> str:
    return f"{where}: the role lacks a right ({wrong}). {GRANT}"


def no_host(wrong: BaseException, where: str) -> str:
    return (
        f"The host of {where} is not known ({said(wrong)}): is SURGA_DATABASE_URL spelled right, and the name served?"
    )


def no_answer(wrong: BaseException, where: str) -> str:
    return (
        f"A server does not answer ({said(wrong)}): is PostgreSQL of {where} running, and are host and port in "
        "SURGA_DATABASE_URL right?"
    )


def file_trouble(wrong: BaseException, where: str) -> str:
    name = getattr(wrong, "filename", None)
    if name is None and isinstance(wrong, FileNotFoundError | PermissionError):
        return no_answer(wrong, where)  # a file that has no name is a socket that was to be connected to
    return f"{name}: {said(wrong)}." if name else f"The machine refused: {said(wrong)}."


def said(wrong: BaseException) -> str:
    return getattr(wrong, "strerror", None) or str(wrong) or type(wrong).__name__


def sentence(text: str) -> Explain:
    """An explanation that is the same for every error of its kind."""
    return lambda wrong, where: text.format(where=where, wrong=wrong)


# From the more to the less special. What is not here is a mistake of ours, and is shown with its traceback.
EXPLANATIONS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], Explain], ...] = (
    (EdgeRefusal, busy),
    ((asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError), locked),
    (asyncpg.InvalidPasswordError, sentence("SURGA_DATABASE_URL: {where} refuses the password: {wrong}.")),
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        sentence("SURGA_DATABASE_URL: {where} lets this role not in: {wrong}. Look at the role, and at pg_hba.conf."),
    ),
    (
        asyncpg.InvalidCatalogNameError,
        sentence("SURGA_DATABASE_URL: {wrong} at {where}: make it (createdb), or name another one."),
    ),
    (asyncpg.InsufficientPrivilegeError, lacking_right),
    (
        asyncpg.ReadOnlySQLTransactionError,
        sentence(
            "{where} takes no writes ({wrong}): it is a standby, or default_transaction_read_only is on. Name the "
            "primary in SURGA_DATABASE_URL, or reset that setting."
        ),
    ),
    (
        (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError),
        sentence("{where} lacks tables of this version ({wrong}): run `surga migrate` first."),
    ),
    (asyncpg.DiskFullError, sentence("The disk of {where} is full ({wrong}): make room, then try again.")),
    (
        asyncpg.TooManyConnectionsError,
        sentence("{where} has no connection left ({wrong}): raise max_connections, or lower SURGA_POOL_SIZE."),
    ),
    (asyncpg.CannotConnectNowError, sentence("{where} does not serve yet ({wrong}): try again in a moment.")),
    (asyncpg.ObjectNotInPrerequisiteStateError, sentence("{where} can not do that now: {wrong}.")),
    (asyncpg.ProtocolViolationError, refused_startup),
    (asyncpg.QueryCanceledError, sentence("{where} took too long ({wrong}): is it overloaded? Try again.")),
    (
        (asyncpg.InsufficientResourcesError, asyncpg.PostgresSystemError, asyncpg.InternalServerError),
        sentence("{where} is in trouble: {wrong}. Its log says more."),
    ),
    (asyncpg.PostgresConnectionError, sentence("The line to {where} was lost ({wrong}): is PostgreSQL running?")),
    (
        asyncpg.ConnectionDoesNotExistError,
        sentence("SURGA_DATABASE_URL: what listens at {where} is no PostgreSQL, or cut the line: {wrong}."),
    ),
    (asyncpg.InvalidParameterValueError, sentence("SURGA_DATABASE_URL: {where} refuses a setting: {wrong}.")),
    (asyncpg.CantChangeRuntimeParamError, refused_startup),
    (redis.exceptions.AuthenticationError, sentence("SURGA_REDIS_URL: Redis refuses the password: {wrong}.")),
    (redis.exceptions.RedisError, sentence("SURGA_REDIS_URL: Redis does not serve ({wrong}).")),
    (UrlUnreadable, sentence("SURGA_DATABASE_URL: {wrong}.")),
    (asyncpg.ClientConfigurationError, sentence("SURGA_DATABASE_URL: {wrong}.")),
    (socket.gaierror, no_host),
    ((ConnectionError, TimeoutError), no_answer),
    (OSError, file_trouble),
    (DBConnectionError, sentence("SURGA_DATABASE_URL: {where} can not be reached: {wrong}.")),
)
