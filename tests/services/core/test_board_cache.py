"""Boards that are kept ready: nobody pushes out those of others, and nobody's reading hangs on who asked first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from models.enums import Channel, PrincipalKind
from services.access.scopes import Sight
from services.board import board
from services.board.board import BoardFilter
from services.board.tally import Tally
from services.core.board_cache import MOST, Account, Boards
from services.core.desk import Desk
from tests.conftest import Statements
from tests.factories import make_ticket

WALL = Account("client:1", wall=True)
DISPLAY = Sight(PrincipalKind.DISPLAY)
COUNT = Callable[[], AbstractContextManager[Statements]]


class Thing:
    """Something that can be held."""


def is_kept(boards: Boards, kind: str) -> bool:
    return boards.find(kind) is not None


def ask(boards: Boards, account: Account, *kinds: str) -> None:
    for kind in kinds:
        boards.take(kind, Thing, account)


def test_a_board_that_is_kept_is_made_once() -> None:
    boards = Boards()

    assert boards.take("all", Thing, WALL) is boards.take("all", Thing, Account("officer:1"))


def test_an_account_pushes_out_only_its_own_kinds() -> None:
    boards = Boards(share=3)
    ask(boards, WALL, "wall")
    ask(boards, Account("officer:1"), "mine")

    ask(boards, Account("officer:2"), "mine", *(f"kind {place}" for place in range(100)))

    kept = [kind for kind in ("wall", "mine", "kind 96", "kind 97", "kind 98", "kind 99") if is_kept(boards, kind)]
    assert kept == ["wall", "mine", "kind 97", "kind 98", "kind 99"]


def test_what_was_asked_for_again_stays_longer() -> None:
    boards = Boards(share=2)

    ask(boards, WALL, "first", "second", "first", "third")

    assert [is_kept(boards, kind) for kind in ("first", "second", "third")] == [True, False, True]


def test_many_accounts_push_out_the_greediest_and_never_the_wall() -> None:
    boards = Boards(most=6, share=3)
    ask(boards, WALL, "wall", "lobby")
    ask(boards, Account("officer:1"), "one")
    ask(boards, Account("officer:2"), "a", "b", "c")

    ask(boards, Account("officer:3"), "three")
    assert [is_kept(boards, kind) for kind in ("wall", "lobby", "one", "a", "b", "c", "three")] == [
        True, True, True, False, True, True, True,
    ]  # fmt: skip

    for number in range(4, 100):
        ask(boards, Account(f"officer:{number}"), f"{number}")
    assert (is_kept(boards, "wall"), is_kept(boards, "lobby")) == (True, True)
    assert [number for number in range(4, 100) if is_kept(boards, f"{number}")] == [96, 97, 98, 99]


def test_a_wall_of_very_many_kinds_is_bounded_too() -> None:
    boards = Boards(most=4)

    for number in range(10):
        ask(boards, Account(f"client:{number}", wall=True), f"{number}")

    assert [number for number in range(10) if is_kept(boards, f"{number}")] == [6, 7, 8, 9]


def test_accounts_that_look_at_the_same_take_one_place() -> None:
    boards = Boards(most=2)
    ask(boards, Account("officer:1"), "own")

    for number in range(50):
        ask(boards, Account(f"officer:{number}"), "all")

    assert (is_kept(boards, "own"), is_kept(boards, "all")) == (True, True)


def test_a_kind_that_one_account_lets_go_still_counts_while_another_keeps_it() -> None:
    boards = Boards(most=2, share=1)
    ask(boards, Account("officer:1"), "all")
    ask(boards, Account("officer:2"), "all", "other")

    ask(boards, Account("officer:3"), "third")

    assert [kind for kind in ("all", "other", "third") if is_kept(boards, kind)] == ["other", "third"]


def test_an_account_that_asks_again_and_again_outstays_those_that_do_not() -> None:
    boards = Boards(most=2)
    ask(boards, Account("officer:1"), "one")
    ask(boards, Account("officer:2"), "two")
    ask(boards, Account("officer:1"), "one")

    ask(boards, Account("officer:3"), "three")

    assert [kind for kind in ("one", "two", "three") if is_kept(boards, kind)] == ["one", "three"]


def test_a_board_that_is_shown_is_known_however_many_others_are_asked_for() -> None:
    boards = Boards(most=1)
    shown = boards.take("shown", Thing, Account("officer:1"))

    ask(boards, Account("officer:1"), "another")

    assert boards.take("shown", Thing, Account("officer:2")) is shown


def test_what_is_forgotten_is_made_anew() -> None:
    boards = Boards()
    shown = boards.take("all", Thing, WALL)

    boards.clear()

    assert boards.find("all") is None
    assert boards.take("all", Thing, WALL) is not shown


async def test_one_accounts_filters_do_not_make_the_wall_read_everything_again(
    desk: Desk, count_queries: COUNT
) -> None:
    await board.snapshot(desk, DISPLAY, BoardFilter(), "client:1")
    for number in range(2 * MOST):
        channels = tuple(channel for place, channel in enumerate(Channel) if number >> place & 1)
        board.kept(desk, Sight(PrincipalKind.STAFF), BoardFilter(channel=channels), f"officer:{number // 4}")

    with count_queries() as statements:
        await board.snapshot(desk, DISPLAY, BoardFilter(), "client:1")

    assert statements.count == 1


class Slow:
    """Holds the reading of a board up until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.problem: BaseException | None = None
        self._read = board.read_all
        monkeypatch.setattr(board, "read_all", self.read)

    async def read(self, *given: Any) -> Any:
        self.begun.set()
        await self.go_on.wait()
        problem, self.problem = self.problem, None
        if problem is not None:
            raise problem
        return await self._read(*given)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    return Slow(monkeypatch)


async def askers(desk: Desk, slow: Slow, count: int = 4) -> list[asyncio.Task[Any]]:
    """The first reads, and the others wait for it."""
    tasks = [asyncio.create_task(board.snapshot(desk, DISPLAY, BoardFilter())) for _ in range(count)]
    await slow.begun.wait()
    return tasks


async def test_who_asks_first_and_gives_up_leaves_the_others_their_answer(desk: Desk, slow: Slow) -> None:
    await make_ticket()
    first, *others = await askers(desk, slow)

    first.cancel()
    slow.go_on.set()

    assert [shown.total for shown in await asyncio.gather(*others)] == [1, 1, 1]
    assert first.cancelled()


@pytest.mark.parametrize("problem", [ConnectionError(), asyncio.CancelledError(), KeyError("status")], ids=repr)
async def test_what_ends_the_first_asker_ends_no_other(desk: Desk, slow: Slow, problem: BaseException) -> None:
    await make_ticket()
    first, *others = await askers(desk, slow)

    slow.problem = problem
    slow.go_on.set()

    assert [shown.total for shown in await asyncio.gather(*others)] == [1, 1, 1]
    with pytest.raises(type(problem)):
        await first


async def test_who_gives_up_while_events_are_read_costs_nobody_the_count(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await board.snapshot(desk, DISPLAY, BoardFilter())
    await make_ticket()
    begun, read = asyncio.Event(), board.read_since

    async def stuck(*_: Any) -> Any:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(board, "read_since", stuck)
    impatient = asyncio.create_task(board.snapshot(desk, DISPLAY, BoardFilter()))
    await begun.wait()
    impatient.cancel()
    monkeypatch.setattr(board, "read_since", read)
    monkeypatch.delattr(board, "read_all")

    shown = await board.snapshot(desk, DISPLAY, BoardFilter())

    assert shown.total == 1


async def test_a_tally_that_could_not_take_an_event_in_is_counted_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await board.snapshot(desk, DISPLAY, BoardFilter())
    await make_ticket()
    with monkeypatch.context() as patched:
        patched.setattr(Tally, "note_change", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await board.snapshot(desk, DISPLAY, BoardFilter())

    assert (await board.snapshot(desk, DISPLAY, BoardFilter())).total == 1
