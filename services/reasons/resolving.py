"""Who closes a report as resolved: the liaison officer, or any officer where the agency's dated row says so.

Source: S70, the exception decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from models.enums import Role

ROLES = (Role.OFFICER, Role.LIAISON)


@dataclass(frozen=True, slots=True)
class ResolvingRule:
    """From valid_from on this role resolves; agency is a code, or None for all agencies without a row of theirs."""

    agency: str | None
    role: Role
    valid_from: date
    legal_basis: str


@dataclass(frozen=True, eq=False)
class Resolving:
    """What is in force on one day, by the key of an agency, None for all others."""

    roles: Mapping[int | None, str] = field(default_factory=dict)

    def by_officers(self, agency_id: int | None) -> bool:
        """Whether any officer of this agency resolves; where no row says so, the liaison officer alone does."""
        return self.roles.get(agency_id, self.roles.get(None)) == Role.OFFICER


LIAISONS_ONLY = Resolving()


def resolving_from(rows: Iterable[Sequence[Any]]) -> Resolving:
    """What is in force by rows of agency and role, oldest first: the last of an agency counts."""
    return Resolving({row[0]: row[1] for row in rows})
