"""Boards: one snapshot per filter and sight, counted once and then kept current by the events of the log.

Source: docs/adr/0008.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import date

from models.database import connection
from models.enums import AgencyKind, Channel, PrincipalKind
from services.access.access import PUBLIC_ROWS, row_rule
from services.access.filters.filters import TicketFilter, condition, dimensions
from services.access.predicates import Among, Anything, Every, Not, Predicate
from services.access.scopes import Scope, Sight, require_chosen, require_signed_in
from services.access.states import State
from services.board.reading import (
    CHANGES_SOUGHT_IN,
    MOST_EVENTS,
    BoardReading,
    complete_latest,
    happened,
    read_all,
    read_since,
    tally_of,
)
from services.board.snapshot import Caution, Snapshot, snapshot_of, trend_begins
from services.board.tally import BoardQuery, Tally
from services.core.board_cache import Account
from services.core.desk import Desk
from services.core.reference import Reference, spelled
from services.core.refusals import Checks, EdgeRefusal

CROSSED = 2  # what a cell crosses; our choice: cells of three things would lie in those of two
OFFICE = (PrincipalKind.STAFF, PrincipalKind.PARTNER, PrincipalKind.DISPLAY)


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """The contract's filter in plain values; agencies are those that lead. None leaves a field out."""

    agency_code: tuple[str, ...] | None = None
    category_code: tuple[str, ...] | None = None
    channel: tuple[Channel, ...] | None = None
    kecamatan_code: tuple[str, ...] | None = None


def board_query(reference: Reference, sight: Sight, wanted: BoardFilter) -> BoardQuery:
    """The tickets that a board counts; raises BAD_INPUT for codes that the city does not have."""
    plain = TicketFilter(
        category_code=wanted.category_code, channel=wanted.channel, kecamatan_code=wanted.kecamatan_code
    )
    # The filter must not depend on who asks, as all callers with an equal sight share one board.
    nobody = Scope(kind=sight.kind, principal="")
    bound = _bound(sight)
    checks = Checks()
    agencies = checks(_agencies, reference, wanted, bound)
    parts = (checks(condition, plain, reference, nobody), agencies, *bound)
    checks.settle()
    return BoardQuery(Every(parts), row_rule(sight), _protected(sight), _owner(sight, wanted, reference))


def _protected(sight: Sight) -> Predicate:
    """The tickets that count as withheld; for a partner with a row filter only those that its filter matches."""
    hidden = Not(PUBLIC_ROWS)
    return hidden if sight.granted is None else Every((hidden, sight.granted.rule))


def _bound(sight: Sight) -> tuple[Predicate, ...]:
    """The condition that binds a screen to its agency; what is withheld of other agencies is not counted either."""
    if sight.kind is not PrincipalKind.DISPLAY or sight.agency_id is None:
        return ()
    return (Among("lead", (sight.agency_id,)),)


def _agencies(reference: Reference, wanted: BoardFilter, bound: tuple[Predicate, ...]) -> Predicate:
    """The condition on lead agencies; EXTERNAL ones are counted only where the filter names them (our choice)."""
    if wanted.agency_code is not None:
        named = TicketFilter(agency_code=wanted.agency_code)
        condition(named, reference, Scope(kind=PrincipalKind.DISPLAY, principal=""))  # refuses unknown codes
        codes = (spelled(reference.agency_codes, code) or "" for code in wanted.agency_code)
        return Among("lead", tuple(sorted({reference.agency_codes[code].pk for code in codes})))
    if bound:
        return Every(bound)
    outside = (ref.pk for ref in reference.agencies.values() if ref.kind is AgencyKind.EXTERNAL)
    return Not(Among("lead", tuple(sorted(outside))))


def _owner(sight: Sight, wanted: BoardFilter, reference: Reference) -> int | None:
    """The agency whose board it is: that of a screen, else the only one that the filter names."""
    if _bound(sight):
        return sight.agency_id
    codes = {spelled(reference.agency_codes, code) or "" for code in wanted.agency_code or ()}
    refs = [reference.agency_codes[code] for code in codes if code in reference.agency_codes]
    return refs[0].pk if len(codes) == len(refs) == 1 else None


def narrowed_by(sight: Sight, wanted: BoardFilter) -> frozenset[str]:
    """The dimensions that a board is narrowed by, agencies apart: by its filter or by the rows of a grant."""
    granted = frozenset[str]() if sight.granted is None else sight.granted.narrows
    return granted | dimensions(each.name for each in fields(wanted) if getattr(wanted, each.name) is not None)


def is_cell(sight: Sight, wanted: BoardFilter, reference: Reference) -> bool:
    """Whether a board that is narrowed by several things is one cell of a fixed table: two cells never overlap.

    It crosses two things only, each named by the grant or with one value by the filter; no category with others below
    it, and no agencies beside. Decided here.
    """
    granted = frozenset[str]() if sight.granted is None else sight.granted.narrows
    named = {each.name: getattr(wanted, each.name) for each in fields(wanted) if getattr(wanted, each.name) is not None}
    parents = {each.parent.code for each in reference.categories.values() if each.parent is not None}
    categories = (spelled(reference.category_codes, code) for code in named.get("category_code", ()))
    return (
        len(granted) + len(named) == CROSSED
        and all(len(values) == 1 for values in named.values())
        and parents.isdisjoint(categories)
    )


def is_whole(sight: Sight, wanted: BoardFilter) -> bool:
    """Whether nothing narrows a board: no filter, no rows of a grant, and no agency of a screen."""
    granted = sight.granted is None or sight.granted.rule in (Every(()), Anything())
    return granted and wanted == BoardFilter() and not _bound(sight)


def tells_by_its_moment(sight: Sight) -> bool:
    """Whether a frame outside the regular moments would show a caller that something changed which it does not read."""
    return sight.kind is PrincipalKind.PARTNER or bool(_bound(sight))


def require_office(scope: Scope) -> None:
    """Boards are for staff, partners and displays; raises UNAUTHENTICATED and FORBIDDEN."""
    require_signed_in(scope)
    if scope.kind not in OFFICE:
        raise EdgeRefusal("FORBIDDEN", "BOARD_FOR_OFFICE")
    require_chosen(scope)


@dataclass(frozen=True, slots=True)
class Counted:
    """A tally, the master data and the day that it was made with, and the seq up to which it counts."""

    tally: Tally
    reference: Reference
    today: date
    seq: int


class Board:
    """One board: what is counted so far, and the snapshot that it gave last.

    begun is when (time.monotonic) the reading of the last snapshot began; accepted is the last one that was found right
    to be shown to whoever looks at it live. Readers wait for a lock: one that is cancelled, or fails, leaves the
    reading to the next.
    """

    def __init__(self, sight: Sight, wanted: BoardFilter) -> None:
        self.begun = 0.0
        self.accepted: Snapshot | None = None
        self._turn = asyncio.Lock()
        self.latest: Snapshot | None = None
        self._sight = sight
        self._wanted = wanted
        self._counted: Counted | None = None

    @property
    def kind(self) -> tuple[Sight, BoardFilter]:
        """Whose board it is, and of what."""
        return self._sight, self._wanted

    @property
    def query(self) -> BoardQuery | None:
        return self._counted.tally.query if self._counted else None

    async def read(self, desk: Desk, asked: float | None = None) -> Snapshot:
        """The board as it is now; those who ask at the same time get the same one.

        asked is the moment (time.monotonic) from which on a reading is fresh enough; now if not given.
        """
        fresh_from = time.monotonic() if asked is None else asked
        async with self._turn:
            if self.latest is None or self.begun < fresh_from:
                desk.boards.made += 1
                return await self._refresh(desk)
            return self.latest

    def accept(self, shown: Snapshot) -> None:
        """Let this snapshot be shown again while nothing can be read, unless there is a later one."""
        if self.accepted is None or self.accepted.as_of <= shown.as_of:
            self.accepted = shown

    async def _refresh(self, desk: Desk) -> Snapshot:
        """A new snapshot: from one statement where little happened since the last one, else all is counted anew."""
        begun, today = time.monotonic(), desk.today()
        counted, row = await self._follow(desk, today) or await self._count(desk, today)
        self._counted = None  # a tally that an error leaves half updated must not be used again
        await complete_latest(desk, counted.tally, row.seq)
        self._counted = replace(counted, seq=row.seq)
        self.begun = begun
        caution = self.caution(desk, counted.reference)
        self.latest = snapshot_of(desk, counted.tally, row, counted.reference, today, caution)
        return self.latest

    def caution(self, desk: Desk, reference: Reference) -> Caution:
        """How small counts are shown to this caller, so that none identifies a single report.

        For callers who are not staff, a narrowed board crosses areas with categories, so small cells are merged. A
        board that two things narrow, by filter or by grant, is one such cell as a whole. The number of withheld tickets
        is given to them for whole boards only, and in steps: who submits protected reports could otherwise count those
        of a kind. The usual number by the minute is for screens of the whole city only, as a trend shows days.
        """
        outside, least = self._sight.kind is not PrincipalKind.STAFF, desk.rules.least_cell
        narrows = narrowed_by(self._sight, self._wanted) if outside else ()
        is_screen = self._sight.kind is PrincipalKind.DISPLAY
        return Caution(
            least=least,
            merges=bool(narrows),
            hides=len(narrows) > 1,
            closed=len(narrows) > 1 and not is_cell(self._sight, self._wanted, reference),
            withholds=not outside or is_whole(self._sight, self._wanted),
            step=least if outside or self._wanted != BoardFilter() else 1,
            whole=is_whole(self._sight, self._wanted),
            compares=not outside or (is_screen and is_whole(self._sight, self._wanted)),
        )

    async def _follow(self, desk: Desk, today: date) -> tuple[Counted, BoardReading] | None:
        """Apply the events since; None where the day or the master data changed, or there are too many events."""
        counted = self._counted
        if counted is None or counted.today != today:
            return None
        row = await read_since(counted.tally.query, counted.seq)
        self._counted = None
        events = happened(row, "events")
        same_log = (row.epoch, row.reference_seq) == (counted.reference.epoch, counted.reference.seq)
        if not same_log or row.seq < counted.seq or len(events) > MOST_EVENTS:
            return None
        for event in events:
            counted.tally.take(event)
        counted.tally.forget_changes(row.seq - CHANGES_SOUGHT_IN)
        return None if counted.tally.stale else (counted, row)

    async def _count(self, desk: Desk, today: date) -> tuple[Counted, BoardReading]:
        """Count everything, by the master data of the same moment."""
        since = trend_begins(today)
        reference, query = await self._asked(desk)
        row = await read_all(desk, query, since, today)
        now = await desk.references.at(connection(), row.epoch, row.reference_seq, today)
        if now is not reference:
            reference, query = now, board_query(now, self._sight, self._wanted)
            row = await read_all(desk, query, since, today)
        return Counted(tally_of(desk, query, reference, today, since, row), reference, today, row.seq), row

    async def _asked(self, desk: Desk) -> tuple[Reference, BoardQuery]:
        reference = desk.references.held or await desk.reference()
        try:
            return reference, board_query(reference, self._sight, self._wanted)
        except EdgeRefusal:
            reference = await desk.reference()  # a code may be newer than the snapshot that is held
            return reference, board_query(reference, self._sight, self._wanted)


def kept(desk: Desk, sight: Sight, wanted: BoardFilter, asker: str) -> Board:
    """The board of this kind, kept for a while among those of this principal, and as long as somebody holds it."""
    account = Account(asker, wall=sight.kind is PrincipalKind.DISPLAY)
    board: Board = desk.boards.take((sight, wanted), lambda: Board(sight, wanted), account)
    return board


async def snapshot(desk: Desk, sight: Sight, wanted: BoardFilter, asker: str = "") -> Snapshot:
    """The board as it is now, for this principal."""
    return await kept(desk, sight, wanted, asker).read(desk)


async def check(desk: Desk, sight: Sight, wanted: BoardFilter) -> None:
    """Refuse codes that the city does not have, by the master data of now where those that are held lack one."""
    held = desk.references.held
    if held is not None:
        with suppress(EdgeRefusal):
            board_query(held, sight, wanted)
            return
    board_query(await desk.reference(), sight, wanted)


def concerns(desk: Desk, sight: Sight, wanted: BoardFilter, before: State | None, after: State | None) -> bool:
    """Whether an event between these states changes a board; what is not known counts as a change."""
    board: Board | None = desk.boards.find((sight, wanted))
    query = board.query if board else None
    return query is None or query.concerns(before, after)
