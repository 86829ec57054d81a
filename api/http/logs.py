"""One JSON line per request and per thing that went wrong: never a body, a token, a query string or personal data."""

from __future__ import annotations

import logging
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, TextIO

import orjson
import structlog
from starlette.types import Scope
from structlog.typing import EventDict, WrappedLogger

from schema.core.errors import facts_of
from schema.core.printable import printable, printable_json

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
LONGEST_PATH = 200
QUIET_PATHS = frozenset({"/alive", "/ready", "/metrics"})
QUIET_LOGGERS = ("uvicorn.access", "tortoise", "asyncpg", "strawberry.execution")


class RequestLines:
    """Where the lines of requests go: each is whole when it is handed over, so that none of logging's steps is needed.

    lines: the stream; None until this process has a log.
    """

    name = "surga.request"

    def __init__(self) -> None:
        self.lines: TextIO | None = None

    def write(self, line: str) -> None:
        """Write a line; a reader that has gone away is no trouble of the request's."""
        if self.lines is None:
            return
        with suppress(OSError, ValueError):
            self.lines.write(f"{line}\n")
            self.lines.flush()


REQUESTS = RequestLines()


def configure(stream: TextIO | None = None) -> None:
    """Send every line of this process, from our code and from libraries, to stream as JSON."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, as_json]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    REQUESTS.lines = handler.stream
    logging.getLogger("uvicorn.error").addFilter(is_news)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def is_news(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn logs of every socket, as each has a line of ours; what bad text causes is no error.

    uvicorn logs text that is no UTF-8 with a traceback: anybody could fill a log with those.
    """
    if record.msg == "Invalid UTF-8 sequence received from client.":
        record.levelno, record.levelname, record.exc_info = logging.INFO, "INFO", None
    return record.msg not in ("connection open", "connection closed")


def as_json(logger: WrappedLogger, method: str, event: EventDict) -> str:
    """Write one line with nothing unprintable in it, so that nobody forges a second one or moves a terminal."""
    return printable_json(orjson.dumps(event, default=str).decode())


def without_traceback(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace an exception by what is safe to log: its text may hold a value that a database or a library quotes."""
    given = event.pop("exc_info", None)
    found = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(found, BaseException):
        event.update(facts_of(found))
    return event


SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    without_traceback,
]


def write_request(scope: Scope, id_: str, status: int | None, seconds: float) -> None:
    """Write the line of a request, encoded once; probes of a monitor that were answered with 200 get none."""
    if status == 200 and scope["path"] in QUIET_PATHS:
        return
    line = {
        "request": id_,
        "method": scope.get("method"),
        "path": printable(scope["path"][:LONGEST_PATH]),
        "status": status,
        "milliseconds": round(seconds * 1000, 2),
        "event": scope["type"],
        "level": "info",
        "logger": REQUESTS.name,
        "timestamp": datetime.now(UTC),
    }
    REQUESTS.write(printable_json(orjson.dumps(line, option=orjson.OPT_UTC_Z).decode()))


def request_id(given: bytes | None) -> str:
    """The id that a proxy gave a request, where it is well formed, or else a new one."""
    text = "" if given is None else given.decode("latin-1")
    return text if REQUEST_ID.fullmatch(text) else token_hex(16)
