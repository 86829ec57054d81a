"""Who works where on a day, each post with what it sees: for those who have to be found, told or named.

Source: docs/adr/0028, 0029.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import PrincipalKind, Role
from models.officers import HANDLING_ROLES
from services.access import oversight
from services.access.access import row_rule
from services.access.oversight import Oversight
from services.access.scopes import Scope, Sight
from services.access.states import State

POSTS = """
SELECT a.officer_id, a.agency_id, array_agg(DISTINCT a.role) AS roles
FROM assignment a JOIN officer o ON o.id = a.officer_id AND o.active
WHERE a.valid_from <= $1 AND (a.valid_to IS NULL OR a.valid_to >= $1)
GROUP BY a.officer_id, a.agency_id ORDER BY a.officer_id, a.agency_id
"""


@dataclass(frozen=True, slots=True)
class Post:
    """The roles of one officer in one agency, with the sight that a session has which acts for it."""

    officer_id: int
    agency_id: int
    sight: Sight

    def has(self, *roles: Role) -> bool:
        return not set(roles).isdisjoint(self.sight.roles)

    def sees(self, state: State) -> bool:
        """Whether a ticket in this state exists for who acts for this post."""
        return row_rule(self.sight).holds(state)


@dataclass(frozen=True, slots=True)
class People:
    """Every post of a day."""

    posts: tuple[Post, ...]

    def of(self, officer_id: int) -> list[Post]:
        return [post for post in self.posts if post.officer_id == officer_id]

    def in_agency(self, agency_id: int | None, *roles: Role) -> list[Post]:
        """Who has one of these roles in an agency."""
        return [post for post in self.posts if post.agency_id == agency_id and post.has(*roles)]

    def with_role(self, *roles: Role) -> list[Post]:
        return [post for post in self.posts if post.has(*roles)]

    def seeing(self, officer_ids: Iterable[int], state: State) -> set[int]:
        """Those of these officers who see a ticket in this state by any of their posts."""
        wanted = set(officer_ids)
        return {post.officer_id for post in self.posts if post.officer_id in wanted and post.sees(state)}


async def people_of(connection: BaseDBAsyncClient, day: date) -> People:
    """Everybody who has a post on a day; two statements."""
    rows = await connection.execute_query_dict(POSTS, [day])
    examined = await oversight.read(connection, day)
    agencies: dict[int, set[int]] = {}
    for row in rows:
        agencies.setdefault(row["officer_id"], set()).add(row["agency_id"])
    return People(tuple(_post(row, frozenset(agencies[row["officer_id"]]), examined) for row in rows))


def _post(row: Mapping[str, object], agencies: frozenset[int], examined: Oversight) -> Post:
    """A post with the rights that services/credentials/identify.py gives to who acts for it."""
    officer_id, agency_id = int(str(row["officer_id"])), int(str(row["agency_id"]))
    roles = frozenset(Role(role) for role in row["roles"])  # type: ignore[attr-defined]
    deputy = examined.deputy in roles and not roles <= set(HANDLING_ROLES)
    scope = Scope(
        kind=PrincipalKind.STAFF,
        principal=f"officer:{officer_id}",
        officer_id=officer_id,
        agency_id=agency_id,
        roles=roles,
        agencies=agencies,
        unexamined=examined.unexamined if deputy or Role.COORDINATOR in roles else (),
        deputy=deputy and bool(examined.unexamined),
    )
    return Post(officer_id, agency_id, scope.sight)
