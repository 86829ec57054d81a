"""Who examines supervisory reports on a day, and about which agencies nobody free of conflict does (docs/adr/0021)."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import Role
from services.deadlines.calendars import ONE_DAY

# The posts that are not over of everybody who ever examines, and the rules; the day is what {day} stands for.
POSTS = """
(SELECT json_agg(json_build_array(a.officer_id, a.agency_id, a.role, a.valid_from, a.valid_to)
   ORDER BY a.valid_from DESC, a.id)
 FROM assignment a JOIN officer p ON p.id = a.officer_id AND p.active
 WHERE (a.valid_to IS NULL OR a.valid_to >= {day}) AND EXISTS (
   SELECT FROM assignment b WHERE b.officer_id = a.officer_id AND (b.valid_to IS NULL OR b.valid_to >= {day})
   AND (b.role = 'INSPECTOR' OR b.role IN (SELECT r.deputy FROM oversight_rule r))))
"""
RULES = """
(SELECT json_agg(json_build_array(r.inspectorate_id, r.deputy, r.valid_from) ORDER BY r.valid_from)
 FROM oversight_rule r)
"""
# Whom a city may leave reports to: whoever handles reports examines none.
DEPUTIES = (Role.COORDINATOR, Role.LEADER, Role.INSPECTOR, Role.ADMIN)
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Examiner:
    """Everybody who may come to examine on the day: their posts, of which they act for one (docs/adr/0021, 0028)."""

    officer_id: int
    posts: frozenset[tuple[int, Role]]

    @property
    def agencies(self) -> frozenset[int]:
        """Every agency that they have a post in, and about which they examine nothing."""
        return frozenset(agency_id for agency_id, _ in self.posts)

    def has(self, role: Role | None) -> bool:
        return any(held is role for _, held in self.posts)


@dataclass(frozen=True, slots=True)
class Oversight:
    """What follows from the posts of a day (docs/adr/0021).

    unexamined are the agencies about which no inspector is free to examine a report, unattended those of them for which
    the deputy is not free either. examining are the agencies that examine. changes_on is the next day with other posts.
    """

    deputy: Role | None
    unexamined: tuple[int, ...]
    unattended: tuple[int, ...]
    examining: frozenset[int]
    changes_on: date | None


async def read(connection: BaseDBAsyncClient, day: date) -> Oversight:
    """The oversight of a day, in one statement."""
    statement = f"SELECT {POSTS.format(day='$1')} AS posts, {RULES} AS rules"
    row = (await connection.execute_query_dict(statement, [day]))[0]
    return oversight_on(day, *(json.loads(row[name]) if row[name] else None for name in ("posts", "rules")))


@lru_cache(maxsize=64)
def oversight_of(day: date, text: str | None) -> Oversight:
    """The oversight of a day, by what POSTS and RULES gave as one list in JSON; every request of staff asks for it."""
    posts, rules = (json.loads(text) if text else None) or (None, None)
    return oversight_on(day, posts, rules)


def oversight_on(day: date, posts: Rows | None, rules: Rows | None) -> Oversight:
    """The oversight of a day, by the rows that POSTS and RULES gave; None where there were none."""
    posts, rules = posts or [], rules or []
    rule = next((each for each in reversed(rules) if date.fromisoformat(each[2]) <= day), None)
    deputy, inspectorate = (None, frozenset[int]()) if rule is None else (Role(rule[1]), frozenset({rule[0]}))
    people = _examiners(day, posts)
    inspectors = [each for each in people if each.has(Role.INSPECTOR)]
    deputies = [each for each in people if each.has(deputy)]
    # An inspector forbids what any post of theirs forbids, so the agencies of all of them are asked for.
    asked = inspectorate.union(*(each.agencies for each in inspectors))
    unexamined = sorted(agency for agency in asked if not _free(inspectors, agency))
    return Oversight(
        deputy=deputy,
        unexamined=tuple(unexamined),
        unattended=tuple(agency for agency in unexamined if not _free(deputies, agency)),
        examining=inspectorate | {key for each in inspectors for key, role in each.posts if role is Role.INSPECTOR},
        changes_on=_next_change(day, posts, rules),
    )


def _free(people: Collection[Examiner], agency_id: int) -> bool:
    return any(agency_id not in each.agencies for each in people)


def _examiners(day: date, posts: Rows) -> list[Examiner]:
    """Who has posts on the day, whichever of them they act for at this moment."""
    held: dict[int, set[tuple[int, Role]]] = {}
    for officer_id, agency_id, role, begins, _ in posts:
        if date.fromisoformat(begins) <= day:
            held.setdefault(officer_id, set()).add((agency_id, Role(role)))
    return [Examiner(officer_id, frozenset(posts_of_day)) for officer_id, posts_of_day in held.items()]


def _next_change(day: date, posts: Rows, rules: Rows) -> date | None:
    days = {date.fromisoformat(post[3]) for post in posts} | {date.fromisoformat(rule[2]) for rule in rules}
    days |= {date.fromisoformat(post[4]) + ONE_DAY for post in posts if post[4] is not None}
    return min((each for each in days if each > day), default=None)
