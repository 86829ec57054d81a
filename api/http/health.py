"""/alive and /ready: whether the process runs, and whether it can serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.server.probe import Probe, Trouble
from models.database import connect_alone

NO_STORE = {"cache-control": "no-store"}


class Bus(StrEnum):
    """How changes arrive: at once by the bell, or within a second by looking at the log."""

    LIVE = "LIVE"
    POLLING = "POLLING"


class Follower(Protocol):
    """How the hub follows the log.

    looked_ago: seconds since the last complete look ended. behind_ms: age of the oldest event that was committed and
    not read. error: why the last look failed, None if it did not.
    """

    @property
    def looked_ago(self) -> float: ...
    @property
    def behind_ms(self) -> int: ...
    @property
    def error(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ReadyLimits:
    """In seconds: how long ago the last look may be, and how late live updates. The hub looks every second."""

    looked: float = 5.0
    behind: float = 10.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """Asks the database and the hub at every call; who is connected already stays, whatever the answer is.

    A silent bus makes changes slower and never makes the server unready.
    """

    bus_is_live: Callable[[], bool]
    follower: Callable[[], Follower]
    probe: Probe
    limits: ReadyLimits = ReadyLimits()
    hints: Callable[[Request], Sequence[str]] = lambda request: ()
    late: Callable[[], Sequence[str]] = tuple

    async def endpoint(self, request: Request) -> Response:
        """200 with the state of the bus; 503 with the reason. hints tell what is set wrong though it serves.

        late names what a background job has not noted in time: no reason to take a web server out of service, as it
        serves as well as any other.
        """
        trouble = await self.probe.ask() or trouble_of(self.follower(), self.limits)
        bus = Bus.LIVE if self.bus_is_live() else Bus.POLLING
        body: dict[str, Any] = {"ready": trouble is None, "bus": bus} | ({} if trouble is None else {"reason": trouble})
        if late := list(self.late()):
            body["late"] = late
        if hints := list(self.hints(request)):
            body["hints"] = hints
        return JSONResponse(body, status_code=200 if trouble is None else 503, headers=NO_STORE)


def trouble_of(follower: Follower, limits: ReadyLimits) -> Trouble | None:
    """Why live updates are not what they should be; None where they are."""
    if follower.error is not None:
        return Trouble.FAILED
    if follower.looked_ago > limits.looked:
        return Trouble.STALLED
    return Trouble.BEHIND if follower.behind_ms > limits.behind * 1000 else None


async def alive(request: Request) -> Response:
    """200 while the process runs, whatever its servers do."""
    return JSONResponse({"alive": True}, headers=NO_STORE)


async def find_trouble() -> Trouble | None:
    """Why this process could not serve a request now; None where it could."""
    probe = Probe(connect_alone)
    try:
        return await probe.ask()
    finally:
        await probe.close()
