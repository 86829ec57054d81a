"""Accounts of staff as admins see and change them."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

import strawberry

from models.enums import Role
from schema.core.context import Context
from schema.core.nodes import PageInfo, page_info
from schema.core.pasted import Pasted
from schema.core.scalars import Cursor
from schema.master_data.agencies import Agency
from schema.master_data.assignments import StaffAssignment
from schema.results import UserError
from services.core.desk import STANDARD
from services.core.nodes import node_id
from services.core.password_hashing import LONGEST
from services.staff import pages
from services.staff.pages import AccountView


@strawberry.type(description="Akun petugas: who may come in, and as what on which days. For admins.")
class StaffAccount:
    id: strawberry.ID = strawberry.field(description="That of the Officer.")
    name: str
    email: str
    active: bool = strawberry.field(description="False once the account has ended.")
    version: int = strawberry.field(description="Send it back as expectedVersion.")
    assignments: list[StaffAssignment] = strawberry.field(description="Past ones too, oldest first.")
    password_changed_at: datetime | None = strawberry.field(description="Null while there is no password.")
    link_expires_at: datetime | None = strawberry.field(
        description="Of the one-time link that waits; null without one."
    )


@strawberry.type
class StaffEdge:
    cursor: Cursor
    node: StaffAccount


@strawberry.type
class StaffConnection:
    edges: list[StaffEdge]
    page_info: PageInfo


@strawberry.input(
    description=(
        "A role in an agency. Those of one day all hold: in one agency they add up, of several agencies a session acts "
        "for one (switchAssignment)."
    )
)
class StaffAssignmentInput(Pasted):
    agency_code: str
    role: Role
    valid_from: date | None = strawberry.field(default=None, description="Today where it is left out.")
    valid_to: date | None = strawberry.field(default=None, description="The last day; without one it has no end.")


@strawberry.input
class InviteStaffInput(Pasted):
    email: str
    name: str = strawberry.field(description="1 to 200 characters.")
    assignments: list[StaffAssignmentInput] = strawberry.field(description="1 to 20.")
    client_mutation_id: str | None = None


@strawberry.input(description="What is left out stays as it is.")
class ChangeStaffInput(Pasted):
    id: strawberry.ID
    expected_version: int
    name: str | None = None
    email: str | None = None
    assignments: list[StaffAssignmentInput] | None = strawberry.field(
        default=None,
        description="All that hold from today on: one that is left out ends at once. Past days stay as they were.",
    )
    client_mutation_id: str | None = None


@strawberry.input
class EndStaffInput(Pasted):
    id: strawberry.ID
    client_mutation_id: str | None = None


@strawberry.input
class RenewInvitationInput(Pasted):
    id: strawberry.ID
    client_mutation_id: str | None = None


@strawberry.input
class AcceptInvitationInput(Pasted):
    token: str = strawberry.field(description="What stands behind #token= in the link.")
    password: str = strawberry.field(
        description=f"{STANDARD.shortest_password} to {LONGEST} characters, without the own name or e-mail."
    )
    client_mutation_id: str | None = None


@strawberry.input
class CheckInvitationInput(Pasted):
    token: str = strawberry.field(description="What stands behind #token= in the link.")
    client_mutation_id: str | None = None


@strawberry.type(description="An account, or why nothing happened.")
class StaffPayload:
    account: StaffAccount | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type(description="An account and its new one-time link, or why nothing happened.")
class StaffInvitationPayload:
    account: StaffAccount | None = None
    path: str | None = strawberry.field(
        default=None, description="/invite#token=...: behind this desk's address it is the link. Shown this once."
    )
    expires_at: datetime | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type(description="The e-mail to sign in with, now that the password is set, or why it is not.")
class AcceptInvitationPayload:
    email: str | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type(description="Whom a link is for, or why it is worth nothing.")
class CheckInvitationPayload:
    name: str | None = None
    email: str | None = None
    agency: Agency | None = strawberry.field(default=None, description="Of the post of today, else of the next one.")
    role: Role | None = strawberry.field(default=None, description="In that post.")
    city: str | None = None
    expires_at: datetime | None = strawberry.field(default=None, description="When the link ends.")
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


def account_shown(view: AccountView) -> StaffAccount:
    """An account in the contract's shape."""
    return StaffAccount(
        id=strawberry.ID(node_id("StaffAccount", view.pk)),
        name=view.name,
        email=view.email,
        active=view.active,
        version=view.version,
        assignments=cast("list[StaffAssignment]", list(view.assignments)),
        password_changed_at=view.password_changed_at,
        link_expires_at=view.link_expires_at,
    )


async def staff_connection(
    context: Context, first: int, after: str | None, search: str | None, *, ended: bool
) -> StaffConnection:
    """A page of accounts; raises FORBIDDEN for who is no admin."""
    page = await pages.account_page(context.desk, context.scope, search, first, after, ended=ended)
    nodes = [account_shown(view) for view in page.accounts]
    return StaffConnection(
        edges=[StaffEdge(cursor=Cursor(at), node=node) for at, node in zip(page.cursors, nodes, strict=True)],
        page_info=page_info(page.cursors, has_next=page.has_next, has_previous=page.has_previous),
    )
