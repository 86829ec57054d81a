"""Staff out of a CSV file: one assignment in each row, a second run changes nothing, and bad rows stay out by name.

Source: docs/adr/0011.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from models import Assignment, Officer
from models.enums import AuditKind, Role
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.refusals import Checks, InvalidInput, Refusal
from services.credentials.invitations import Invited, fresh_link
from services.inputs.signs import lines, plain
from services.inputs.tables import TableRow, table_rows
from services.staff import assignments
from services.staff.assignments import AssignmentPeriod, WantedAssignment
from services.staff.staff import AccountChanges, account, account_changes, checked_email, checked_name

COLUMNS = ("email", "name", "agency_code", "role", "valid_from", "valid_to")
MOST_ROWS = 10_000
WRONG = "?"  # no column; holds why a row can not be read


class FileUnusable(Exception):
    """The file as a whole can not be read; the message is one line that says why."""


class RowRefused(Exception):
    """A row that can not be imported; the message names its column."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that stayed out: its line in the file from 1, and why. reason is a code of services/core/texts, or
    a message.
    """

    line: int
    email: str
    refusal: Exception


@dataclass(slots=True)
class StaffReport:
    """What became of a file; links are those of new accounts, where they were asked for."""

    rows: int = 0
    accounts_added: int = 0
    accounts_changed: int = 0
    assignments_added: int = 0
    assignments_changed: int = 0
    bad: list[BadRow] = field(default_factory=list)
    links: list[tuple[str, Invited]] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many things are other than before."""
        accounts = self.accounts_added + self.accounts_changed
        return accounts + self.assignments_added + self.assignments_changed


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One row, checked."""

    line: int
    email: str
    name: str
    wanted: WantedAssignment


@dataclass(slots=True)
class Touched:
    """An account that rows of the file are about, as it was before."""

    officer: Officer
    before: list[AssignmentPeriod]
    line: int
    is_new: bool
    renamed: bool = False


class _Rehearsed(Exception):
    """Raised at the end of a rehearsal, so that its transaction is rolled back."""


async def import_staff(desk: Desk, text: str, *, rehearsal: bool = False, links: bool = False) -> StaffReport:
    """Import accounts and assignments in one transaction; a rehearsal tells the same and keeps nothing.

    Rows never end an account and never reactivate an ended one. Raises FileUnusable.
    """
    report = StaffReport()
    rows = list(_rows(text, report))
    try:
        async with account_changes(desk, SYSTEM) as changes:
            await _Import(changes, report).run(rows)
            if rehearsal:
                raise _Rehearsed
            for officer in await _new(changes) if links else ():
                report.links.append((officer.email, await fresh_link(desk, SYSTEM, officer.id, changes.connection)))
    except _Rehearsed:
        pass
    return report


async def _new(changes: AccountChanges) -> list[Officer]:
    """Accounts of this transaction that were never changed, so that nobody has a link to them yet."""
    made = [event.subject_id for event in changes.events if "email" in event.changed]
    return await Officer.filter(id__in=made).using_db(changes.connection).order_by("email")


class _Import:
    """The rows of one file, imported one after the other."""

    def __init__(self, changes: AccountChanges, report: StaffReport) -> None:
        self.changes = changes
        self.report = report
        self.touched: dict[str, Touched] = {}

    async def run(self, rows: list[CheckedRow]) -> None:
        for row in rows:
            try:
                await self._upsert(row)
            except (RowRefused, Refusal) as refused:
                self.report.bad.append(BadRow(row.line, row.email, refused))
        self.report.bad.sort(key=lambda bad: bad.line)
        for each in self.touched.values():
            await self._settle(each)

    async def _upsert(self, row: CheckedRow) -> None:
        desk, connection = self.changes.desk, self.changes.connection
        post = assignments.post_of(await desk.reference(connection), row.wanted, desk.today())
        known = await self._known(row, post)
        touched = self.touched.get(row.email) or await self._touch(row)
        if await assignments.upsert(connection, touched.officer.id, known, post):
            self.report.assignments_added += known is None
            self.report.assignments_changed += known is not None

    async def _known(self, row: CheckedRow, post: AssignmentPeriod) -> Assignment | None:
        """The assignment that this row is about; refuses the row before anything is written for it."""
        earlier = self.touched.get(row.email)
        if earlier is not None and earlier.officer.name != row.name:
            raise RowRefused(f"name: line {earlier.line} has another one for this e-mail")
        officer = await Officer.filter(email=row.email).using_db(self.changes.connection).first()
        if officer is not None and not officer.active:
            raise InvalidInput("STAFF_ENDED", path=("email",))
        query = Assignment.filter(officer_id=officer.id if officer else 0).using_db(self.changes.connection)
        found = None
        for held in await query.order_by("valid_from", "id"):
            other = assignments.post_in(held)
            if other.begins_like(post):
                found = held
            elif other.meets(post):
                raise RowRefused(f"valid_from: meets the same assignment from {other.valid_from}")
        return found

    async def _touch(self, row: CheckedRow) -> Touched:
        officer, kind = await account(self.changes, row.email, row.name)
        is_new = kind is AuditKind.ACCOUNT_CREATED
        touched = Touched(officer, await self.changes.posts(officer.id), row.line, is_new, officer.name != row.name)
        officer.name = row.name
        self.touched[row.email] = touched
        return touched

    async def _settle(self, touched: Touched) -> None:
        """Write down what became of an account, once for all of its rows."""
        events = len(self.changes.events)
        kind = AuditKind.ACCOUNT_CREATED if touched.is_new else AuditKind.ACCOUNT_CHANGED
        changed = ("name", "email") if touched.is_new else ("name",) if touched.renamed else ()
        await self.changes.settled(touched.officer, touched.before, kind, *changed)
        self.report.accounts_added += touched.is_new
        self.report.accounts_changed += len(self.changes.events) > events and not touched.is_new


def _rows(text: str, report: StaffReport) -> Iterator[CheckedRow]:
    """The rows that can be read; the others are noted."""
    for line, cells in _lines(text):
        report.rows += 1
        if report.rows > MOST_ROWS:
            raise FileUnusable(f"It has more than {MOST_ROWS} rows.")
        try:
            yield _row(line, cells)
        except (RowRefused, Refusal) as refused:
            report.bad.append(BadRow(line, cells.get("email") or "", refused))


def _lines(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows by column names, or why one can not be read; a file of which nothing can be read is none."""
    head, *rows = list(table_rows(text)) or [TableRow(1, [])]
    names = [plain(name).lower() for name in head.cells]
    if sorted(names) != sorted(COLUMNS):
        raise FileUnusable(f"Its first line must name these columns: {', '.join(COLUMNS)}.")
    if rows and all(row.wrong for row in rows):
        raise FileUnusable(f"Line {rows[0].line}: {rows[0].wrong}.")
    for row in rows:
        yield row.line, {WRONG: row.wrong} if row.wrong else _named(names, row.cells)


def _named(names: list[str], cells: list[str]) -> Mapping[str, str]:
    if len(cells) != len(names):
        return {WRONG: f"it has {len(cells)} cells instead of {len(COLUMNS)}"}
    return {name: lines(cell).strip() for name, cell in zip(names, cells, strict=True)}


def _row(line: int, cells: Mapping[str, str]) -> CheckedRow:
    if WRONG in cells:
        raise RowRefused(cells[WRONG])
    begins, ends = _day(cells, "valid_from"), _day(cells, "valid_to")
    if begins is None:
        raise RowRefused("valid_from: is missing")
    wanted, checks = WantedAssignment(cells["agency_code"], _role(cells["role"]), begins, ends), Checks()
    email, name = checks(checked_email, cells["email"]), checks(checked_name, cells["name"])
    checks.settle()
    return CheckedRow(line, email, name, wanted)


def _day(cells: Mapping[str, str], column: str) -> date | None:
    try:
        return date.fromisoformat(plain(cells[column])) if cells[column] else None
    except ValueError:
        raise RowRefused(f"{column}: is no day like 2026-03-16") from None


def _role(text: str) -> Role:
    try:
        return Role(plain(text).upper())
    except ValueError:
        raise RowRefused(f"role: is none of {', '.join(Role)}") from None
