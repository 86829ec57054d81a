"""What the release before this one counts boards by: working days by classification, made of the policies.

Source: docs/adr/0034.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.enums import Classification


@dataclass(frozen=True, slots=True)
class DatedRule:
    """The time for reports of one classification (None: not verified yet) that are received on valid_from or later."""

    classification: Classification | None
    working_days: int
    valid_from: date
    legal_basis: str
