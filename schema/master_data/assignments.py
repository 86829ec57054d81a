"""Assignments: the roles that officers have in agencies, for some days."""

from __future__ import annotations

from datetime import date

import strawberry

from models.enums import Role
from schema.master_data.agencies import Agency


@strawberry.type(description="Penugasan: a role in an agency for some days.")
class StaffAssignment:
    agency: Agency
    role: Role
    valid_from: date = strawberry.field(description="The first day.")
    valid_to: date | None = strawberry.field(
        description="The last day; the rights end at its midnight (WIB) by themselves. Null: for good."
    )
