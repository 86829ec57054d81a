"""One JSON line per request and per thing that went wrong: never a body, a token, a query string or personal data."""

from __future__ import annotations

import logging
import re
import sys
import time
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, TextIO

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, WrappedLogger

from schema.core.errors import facts_of
from schema.core.printable import printable, printable_json

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
LONGEST_PATH = 200
QUIET_PATHS = frozenset({"/alive", "/ready", "/metrics"})
REQUESTS = logging.getLogger("surga.request")
QUIET_LOGGERS = ("uvicorn.access", "tortoise", "asyncpg", "strawberry.execution")


def configure(stream: TextIO | None = None) -> None:
    """Send every line of this process, from our code and from libraries, to stream as JSON."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, as_json]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    REQUESTS.handlers[:] = [plain_lines(handler.stream)]
    REQUESTS.propagate = False
    logging.getLogger("uvicorn.error").addFilter(is_news)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def plain_lines(stream: TextIO) -> logging.Handler:
    """Writes what is a line of JSON already."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler


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


class RequestLog:
    """Gives each request an id, answers it in X-Request-Id, and writes one line when the request ends."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        seen = Seen(scope, send)
        try:
            await self.app(scope, receive, seen.send)
        finally:
            seen.write()


class Seen:
    """What the log line of one request says."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.forward = send
        self.started = time.perf_counter()
        self.status: int | None = None
        self.id = scope["request_id"] = given_id(scope) or token_hex(16)

    async def send(self, message: Message) -> None:
        """Pass a message on, and note the status or the close code in it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self.id.encode())]
        elif message["type"] == "websocket.close":
            self.status = message.get("code", 1000)
        await self.forward(message)

    def write(self) -> None:
        """Write the line, encoded once; probes of a monitor that were answered with 200 get none."""
        if self.scope["path"] in QUIET_PATHS and self.status == 200:
            return
        line = {
            "request": self.id,
            "method": self.scope.get("method"),
            "path": printable(self.scope["path"][:LONGEST_PATH]),
            "status": self.status,
            "milliseconds": round((time.perf_counter() - self.started) * 1000, 2),
            "event": self.scope["type"],
            "level": "info",
            "logger": REQUESTS.name,
            "timestamp": datetime.now(UTC),
        }
        REQUESTS.info(printable_json(orjson.dumps(line, option=orjson.OPT_UTC_Z).decode()))


def given_id(scope: Scope) -> str | None:
    """The id that a proxy gave the request, where it is well formed."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            return text if REQUEST_ID.fullmatch(text) else None
    return None
