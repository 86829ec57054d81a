"""The numbers in the prose of docs/realtime.md and docs/reliability.md are those of the code."""

from __future__ import annotations

import re

import pytest

from api.endpoints import ADDRESS_SOCKETS, OFFICE_SOCKETS
from api.http.health import ReadyLimits
from api.server.probe import PATIENCE_SECONDS
from api.server.serving import LAST_SECONDS, MESSAGE_BYTES
from api.settings import Settings
from api.websocket.frames import MOST_AT_ONCE, MOST_BUFFERED_BYTES, PING_SECONDS
from api.websocket.session_parts import SocketLimits
from models.database import ANSWER_SECONDS, SERVER_SETTINGS
from models.patient_pool import WAIT_SECONDS
from realtime.beginnings import BEGUN_AT_ONCE
from realtime.bell import BellLimits
from realtime.limits import HubLimits
from realtime.yielding import PaceLimits
from schema.feeds.live_board import BOARD_SECONDS
from schema.feeds.shared_frames import MOST_BYTES, MOST_SHARED
from services.feeds.rights import JUDGED_AT_ONCE
from tests.root import ROOT

HUB, PACE, READY, SOCKET = HubLimits(), PaceLimits(), ReadyLimits(), SocketLimits()
WORDS = {1: "one", 2: "two", 4: "four", 10: "ten", 16: "sixteen"}
OF_REALTIME = [
    f"rings after COMMIT in at most {BellLimits().ring:g} s",
    f"what a peer may leave unread ({MOST_BUFFERED_BYTES >> 20} MiB)",
    f"one message ({MESSAGE_BYTES >> 10} KiB)",
    f"({OFFICE_SOCKETS} and {ADDRESS_SOCKETS} in production)",
    f"one account has {WORDS[HUB.groups_of_principal_at_once]} of {WORDS[HUB.groups_at_once]} turns",
    f"More than {HUB.late_seconds:g} s or {HUB.most_waiting:,} events late",
    f"up to {HUB.run_bytes >> 10} KiB and {HUB.slice_seconds * 1e3:g} ms of them",
    f"{HUB.rest_per_member * 1e6:g} us for each member and {HUB.longest_rest:g} s at most",
    f"After every {HUB.members_at_once} members others have {WORDS[HUB.turns_between]} turns of the loop",
    f"written in chunks of {HUB.replay_bytes_at_once >> 10} KiB",
    f"{WORDS[HUB.replays_at_once]} per worker, one per account",
    f"{HUB.horizon.days} days by the database's clock, {HUB.horizon_matches:,} events that match",
    f"{HUB.horizon_reach:,} events of any kind",
    f"in one statement per {JUDGED_AT_ONCE}",
    f"vouches for all open scopes for {HUB.lease:g} s",
    f"Over {MOST_BUFFERED_BYTES >> 20} MiB unread the connection is aborted",
    f"when the next is due (every {PING_SECONDS:g} s)",
    f"for {SOCKET.stall_seconds:g} s at most, one at a time",
    f"is parsed {MOST_AT_ONCE >> 10} KiB per turn of the loop",
    f"share {PACE.slice_seconds * 1e3:g} ms of each turn of the loop",
    f"begin {WORDS[BEGUN_AT_ONCE]} at a time",
    f"rests, for {PACE.urgent_seconds * 1e3:g} ms at most",
    f"no look has succeeded for {READY.looked:g} s",
    f"more than {READY.behind:g} s behind",
    f"It holds {MOST_SHARED} frames, and {MOST_BYTES >> 20} MiB at most",
    f"heartbeats are at most {HUB.heartbeat:g} s apart",
]
OF_RELIABILITY = [
    f"| a request for a free connection | {WAIT_SECONDS:g} s",
    f"| a statement | {ANSWER_SECONDS:g} s by our clock ({SERVER_SETTINGS['statement_timeout'].removesuffix('s')} s by",
    f"| a statement for a lock | {SERVER_SETTINGS['lock_timeout'].removesuffix('s')} s",
    f"for its answer | {SOCKET.request_seconds:g} s, then",
    f"| the hub for a look at the log | {HUB.read_seconds:g} s",
    f"| a board for its numbers | {BOARD_SECONDS:g} s",
    f"| `/ready` | {PATIENCE_SECONDS:g} s",
    f"({Settings.model_fields['graceful_seconds'].default}) for requests and {LAST_SECONDS:g} s for all else",
]


@pytest.mark.parametrize(("page", "said"), [("realtime", OF_REALTIME), ("reliability", OF_RELIABILITY)])
def test_the_prose_says_the_numbers_of_the_code(page: str, said: list[str]) -> None:
    text = " ".join((ROOT / "docs" / f"{page}.md").read_text("utf-8").split())

    assert [each for each in said if " ".join(each.split()) not in text] == []


def test_every_file_of_realtime_is_named() -> None:
    table = (ROOT / "docs" / "realtime.md").read_text("utf-8").partition("## Where things are")[2].partition("\n## ")[0]

    files = {path.name for path in (ROOT / "realtime").glob("*.py") if path.name != "__init__.py"}

    assert files - set(re.findall(r"\w+\.py", table)) == set()


def test_the_limits_of_a_socket_are_those_of_the_server_as_shipped() -> None:
    assert (SOCKET.sockets_per_principal, SOCKET.sockets_per_address) == (OFFICE_SOCKETS, ADDRESS_SOCKETS)
    assert SOCKET.message_bytes == MESSAGE_BYTES
