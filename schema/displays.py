"""Screens on the wall, for those who let them in."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import cast

import strawberry

from models import DeviceRequest
from models.enums import AuditKind
from schema.core.context import Context, Info
from schema.core.pasted import Pasted
from schema.master_data.agencies import Agency
from schema.results import UserError, user_errors
from services.audit.audit import count_one
from services.core.nodes import key_of, node_id
from services.core.reference import Reference
from services.core.refusals import NotFound, Refusal
from services.displays import displays
from services.displays.displays import DisplayView


@strawberry.type(description="Layar: a screen that was let in.")
class Display:
    id: strawberry.ID
    name: str
    board: str = strawberry.field(description="`kota` for the whole city, else the code of the agency it shows.")
    agency: Agency | None = strawberry.field(description="Whose board it shows; null: the whole city's.")
    address: str = strawberry.field(description="Where it asked from.")
    created_at: datetime
    approved_by: str | None = strawberry.field(description="Who let it in; null: from the command line.")
    last_heartbeat_at: datetime | None = strawberry.field(description="When its line was last open; to the minute.")
    revoked_at: datetime | None
    revoked_as_copied: bool = strawberry.field(
        description="Revoked by itself, as its key was used twice: it may have been copied. False before this was kept."
    )


@strawberry.type(description="A screen that shows a code and waits.")
class DisplayRequest:
    user_code: str
    board: str = strawberry.field(description="`kota` for the whole city, else the code of the agency it will show.")
    agency: Agency | None = strawberry.field(description="Whose board it will show; null: the whole city's.")
    address: str = strawberry.field(description="Where it asks from.")
    requested_at: datetime
    expires_at: datetime


@strawberry.input
class ApproveDisplayInput(Pasted):
    user_code: str = strawberry.field(description="The six digits on the screen.")
    name: str = strawberry.field(description="1 to 100 characters, e.g. where it hangs.")
    client_mutation_id: str | None = None


@strawberry.input
class DenyDisplayInput(Pasted):
    user_code: str
    client_mutation_id: str | None = None


@strawberry.input
class RenameDisplayInput(Pasted):
    id: strawberry.ID
    name: str
    client_mutation_id: str | None = None


@strawberry.input
class RevokeDisplayInput(Pasted):
    id: strawberry.ID
    client_mutation_id: str | None = None


@strawberry.type(description="The screen as it is now, or why nothing happened.")
class DisplayPayload:
    display: Display | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type(description="Whether the screen was turned away, or why not.")
class DenyDisplayPayload:
    denied: bool = False
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type
class DisplayMutation:
    @strawberry.mutation(description="Setujui layar: for admins and coordinators, by the code that it shows.")
    async def approve_display(self, info: Info, input: ApproveDisplayInput) -> DisplayPayload:  # noqa: A002
        async def use_case(context: Context) -> DisplayView:
            async with context.rate_limits.user_code(context.scope.principal):
                return await displays.approve(context.desk, context.scope, input.user_code, input.name)

        return await _payload(info.context, use_case(info.context), input.client_mutation_id)

    @strawberry.mutation(description="Tolak layar: it is told so, and may ask again.")
    async def deny_display(self, info: Info, input: DenyDisplayInput) -> DenyDisplayPayload:  # noqa: A002
        context = info.context
        try:
            async with context.rate_limits.user_code(context.scope.principal):
                await displays.deny(context.desk, context.scope, input.user_code)
        except Refusal as refusal:
            errors = await user_errors(context, refusal)
            return DenyDisplayPayload(errors=errors, client_mutation_id=input.client_mutation_id)
        return DenyDisplayPayload(denied=True, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(description="Ganti nama layar.")
    async def rename_display(self, info: Info, input: RenameDisplayInput) -> DisplayPayload:  # noqa: A002
        context = info.context
        use_case = displays.rename(context.desk, context.scope, key_of(input.id, "Client") or 0, input.name)
        return await _payload(context, use_case, input.client_mutation_id)

    @strawberry.mutation(description="Cabut layar: all its tokens end at once, and it shows a new code.")
    async def revoke_display(self, info: Info, input: RevokeDisplayInput) -> DisplayPayload:  # noqa: A002
        context = info.context
        use_case = displays.revoke(context.desk, context.scope, key_of(input.id, "Client") or 0)
        return await _payload(context, use_case, input.client_mutation_id)


async def displays_shown(context: Context) -> list[Display]:
    """Every screen, enrolled ones first."""
    views = await displays.displays(context.scope)
    reference = await context.desk.reference()
    return [display_shown(each, reference) for each in views]


async def request_shown(context: Context, user_code: str) -> DisplayRequest | None:
    """The screen that shows this code; null where none does. Tries are counted, wrong ones for the audit too."""
    displays.require_approver(context.scope)
    try:
        async with context.rate_limits.user_code(context.scope.principal):
            row = await displays.waiting(context.desk, context.scope, user_code)
            return _request(row, await context.desk.reference())
    except NotFound:
        count_one(context.desk, AuditKind.REFUSED, context.scope.principal)
        return None


def display_shown(view: DisplayView, reference: Reference) -> Display:
    return Display(
        id=strawberry.ID(node_id("Client", view.client_id)),
        name=view.name,
        board=view.board,
        agency=_agency(view.board, reference),
        address=view.address,
        created_at=view.created_at,
        approved_by=view.approved_by,
        last_heartbeat_at=view.last_heartbeat_at,
        revoked_at=view.revoked_at,
        revoked_as_copied=view.copied,
    )


def _request(row: DeviceRequest, reference: Reference) -> DisplayRequest:
    return DisplayRequest(
        user_code=row.user_code,
        board=row.board,
        agency=_agency(row.board, reference),
        address=row.address,
        requested_at=row.created_at,
        expires_at=row.expires_at,
    )


def _agency(board: str, reference: Reference) -> Agency | None:
    return cast("Agency | None", reference.agency_codes.get(board))


async def _payload(context: Context, use_case: Awaitable[DisplayView], mutation_id: str | None) -> DisplayPayload:
    try:
        view = await use_case
    except Refusal as refusal:
        return DisplayPayload(errors=await user_errors(context, refusal), client_mutation_id=mutation_id)
    shown = display_shown(view, await context.desk.reference())
    return DisplayPayload(display=shown, client_mutation_id=mutation_id)
