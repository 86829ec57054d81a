"""Dated assignments: which role an officer has where and when, and how a new list takes the place of an old one.

Source: docs/adr/0011, 0028.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Assignment
from models.enums import Role
from services.core.reference import Reference
from services.core.refusals import Checks, InvalidInput
from services.master_data.codes import agency_key

MOST_POSTS = 20
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 1, 1)
# The officers who are administrators on the day $1, by any of their posts, with the agency of that post.
ADMINS = """
SELECT DISTINCT o.id, a.agency_id FROM officer o JOIN assignment a ON a.officer_id = o.id AND a.role = 'ADMIN'
WHERE o.active AND a.valid_from <= $1 AND (a.valid_to IS NULL OR a.valid_to >= $1)
"""


@dataclass(frozen=True, slots=True)
class WantedAssignment:
    """An assignment as somebody asks for it; without valid_from it begins today, without valid_to it has no end."""

    agency_code: str
    role: Role
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, order=True)
class AssignmentPeriod:
    """A role in an agency from valid_from to valid_to, both days included; None is for good."""

    agency_id: int
    role: Role
    valid_from: date
    valid_to: date | None

    def meets(self, other: AssignmentPeriod) -> bool:
        """Whether the two are the same role in the same agency on at least one day."""
        same = (self.agency_id, self.role) == (other.agency_id, other.role)
        return (
            same and self.valid_from <= (other.valid_to or LAST_DAY) and other.valid_from <= (self.valid_to or LAST_DAY)
        )

    def begins_like(self, other: AssignmentPeriod) -> bool:
        return (self.agency_id, self.role, self.valid_from) == (other.agency_id, other.role, other.valid_from)

    def as_details(self) -> dict[str, Any]:
        """As the log keeps it: codes, keys and days only."""
        ends = None if self.valid_to is None else self.valid_to.isoformat()
        return {"agency": self.agency_id, "role": self.role.value, "from": self.valid_from.isoformat(), "to": ends}


def post_of(reference: Reference, wanted: WantedAssignment, today: date, *path: str) -> AssignmentPeriod:
    """The assignment that somebody asks for; raises InvalidInput for an unknown agency and for days in disorder."""
    checks, begins = Checks(), wanted.valid_from or today
    agency_id = checks(agency_key, reference, wanted.agency_code, *path, "agencyCode")
    if not FIRST_DAY <= begins < LAST_DAY:
        checks.keep(InvalidInput("ASSIGNMENT_DAYS", path=(*path, "validFrom")))
    if wanted.valid_to is not None and not begins <= wanted.valid_to < LAST_DAY:
        checks.keep(InvalidInput("ASSIGNMENT_DAYS", path=(*path, "validTo")))
    checks.settle()
    return AssignmentPeriod(agency_id, wanted.role, begins, wanted.valid_to)


def posts_of(reference: Reference, wanted: Sequence[WantedAssignment], today: date) -> tuple[AssignmentPeriod, ...]:
    """A list of assignments from today on; raises InvalidInput, with the index in the list, for what can not be."""
    if not 0 < len(wanted) <= MOST_POSTS:
        raise InvalidInput("ASSIGNMENTS_NEEDED", path=("assignments",), limit=MOST_POSTS)
    checks = Checks()
    posts: list[AssignmentPeriod] = []
    for index, each in enumerate(wanted):
        path = ("assignments", str(index))
        post = checks(post_of, reference, each, today, *path)
        if post is not None:
            checks(_require_new, post, posts, today, path)
            posts.append(post)
    checks.settle()
    return tuple(posts)


def _require_new(
    post: AssignmentPeriod, others: Sequence[AssignmentPeriod], today: date, path: tuple[str, ...]
) -> None:
    if post.valid_to is not None and post.valid_to < today:
        raise InvalidInput("ASSIGNMENT_OVER", path=(*path, "validTo"))
    if any(post.meets(other) for other in others):
        raise InvalidInput("ASSIGNMENT_TWICE", path=path)


async def held(connection: BaseDBAsyncClient, officer_id: int, today: date) -> list[Assignment]:
    """The assignments of an officer that are not over, oldest first."""
    rows = await Assignment.filter(officer_id=officer_id).using_db(connection).order_by("valid_from", "id")
    return [row for row in rows if row.valid_to is None or row.valid_to >= today]


async def settle(
    connection: BaseDBAsyncClient, officer_id: int, posts: Iterable[AssignmentPeriod], today: date
) -> bool:
    """Let an officer have these assignments from today on and no others; past days stay. False where it was so already.

    What is left out ends at once: its last day was yesterday. Raises InvalidInput for a new one that begins earlier.
    """
    rows = await held(connection, officer_id, today)
    changed = False
    for index, post in enumerate(posts):
        known = next((row for row in rows if post_in(row).begins_like(post)), None)
        if known is None and post.valid_from < today:
            raise InvalidInput("ASSIGNMENT_BEGAN", path=("assignments", str(index), "validFrom"))
        changed |= await upsert(connection, officer_id, known, post)
        rows = [row for row in rows if row is not known]
    for row in rows:
        await end(connection, row, today - timedelta(days=1))
    return changed or bool(rows)


async def upsert(
    connection: BaseDBAsyncClient, officer_id: int, known: Assignment | None, post: AssignmentPeriod
) -> bool:
    """Write an assignment, or give the known one the end that it should have; False where it was so already."""
    if known is None:
        columns = {"agency_id": post.agency_id, "role": post.role, "valid_from": post.valid_from}
        await Assignment.create(officer_id=officer_id, valid_to=post.valid_to, **columns, using_db=connection)
        return True
    if known.valid_to == post.valid_to:
        return False
    known.valid_to = post.valid_to
    await known.save(using_db=connection, update_fields=["valid_to"])
    return True


async def end(connection: BaseDBAsyncClient, row: Assignment, last_day: date) -> None:
    """Let an assignment end; one that would not have begun by then never was."""
    if row.valid_from > last_day:
        await row.delete(using_db=connection)
        return
    row.valid_to = last_day
    await row.save(using_db=connection, update_fields=["valid_to"])


async def admins(connection: BaseDBAsyncClient, today: date) -> set[tuple[int, int]]:
    """The officers who are administrators today, each with the agency for which."""
    _, rows = await connection.execute_query(ADMINS, [today])
    return {(row["id"], row["agency_id"]) for row in rows}


def post_in(row: Assignment) -> AssignmentPeriod:
    return AssignmentPeriod(row.agency_id, row.role, row.valid_from, row.valid_to)
