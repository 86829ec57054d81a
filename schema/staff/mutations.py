"""Mutations of the accounts of staff: for admins, and for whoever accepts an invitation."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import cast

import strawberry

from models import Officer
from schema.core.context import Context, Info
from schema.master_data.agencies import Agency
from schema.results import echoed, user_errors
from schema.staff import staff as shown
from services.core.nodes import key_of
from services.core.refusals import Refusal
from services.credentials import invitations
from services.credentials.invitations import Invited
from services.staff import staff
from services.staff.assignments import WantedAssignment
from services.staff.pages import account_by_id


@strawberry.type
class StaffMutation:
    @strawberry.mutation(
        description=(
            "Undang petugas: a new account, or an ended one that comes back under its e-mail, and the one-time link to "
            "its password. For admins."
        )
    )
    async def invite_staff(
        self,
        info: Info,
        input: shown.InviteStaffInput,  # noqa: A002
    ) -> shown.StaffInvitationPayload:
        context = info.context
        invitee = staff.NewAccount(input.email, input.name, _wanted(input.assignments))
        return echoed(await _invitation_payload(context, staff.invite(context.desk, context.scope, invitee)), input)

    @strawberry.mutation(
        description=(
            "Ubah akun: a change of rights ends what is open with FORBIDDEN at once; it goes on under the new ones. "
            "For admins."
        )
    )
    async def change_staff(self, info: Info, input: shown.ChangeStaffInput) -> shown.StaffPayload:  # noqa: A002
        context = info.context
        change = staff.AccountChange(
            officer_id=_officer(input.id),
            expected_version=input.expected_version,
            name=input.name,
            email=input.email,
            assignments=None if input.assignments is None else _wanted(input.assignments),
        )
        return echoed(await _payload(context, staff.change(context.desk, context.scope, change)), input)

    @strawberry.mutation(description="Akhiri akun: its tokens are worth nothing and its sockets close. For admins.")
    async def end_staff(self, info: Info, input: shown.EndStaffInput) -> shown.StaffPayload:  # noqa: A002
        context = info.context
        return echoed(await _payload(context, staff.end(context.desk, context.scope, _officer(input.id))), input)

    @strawberry.mutation(
        description="A new one-time link for a lost one or a forgotten password; earlier links end. For admins."
    )
    async def renew_invitation(
        self,
        info: Info,
        input: shown.RenewInvitationInput,  # noqa: A002
    ) -> shown.StaffInvitationPayload:
        context = info.context
        return echoed(
            await _invitation_payload(context, staff.renew_link(context.desk, context.scope, _officer(input.id))), input
        )

    @strawberry.mutation(
        description=(
            "Periksa undangan: whom a one-time link is for; the link stays as good as it was. A mutation, so that the "
            "token stands in no URL."
        )
    )
    async def check_invitation(
        self,
        info: Info,
        input: shown.CheckInvitationInput,  # noqa: A002
    ) -> shown.CheckInvitationPayload:
        return echoed(await _invitee(info.context, input.token), input)

    @strawberry.mutation(
        description="Terima undangan: set the password that a one-time link is for. All sessions of the account end."
    )
    async def accept_invitation(
        self,
        info: Info,
        input: shown.AcceptInvitationInput,  # noqa: A002
    ) -> shown.AcceptInvitationPayload:
        context = info.context
        try:
            async with context.rate_limits.invitation(context.address) as door:
                officer = await invitations.accept(context.desk, input.token, input.password, context.address, door)
        except Refusal as refusal:
            return echoed(shown.AcceptInvitationPayload(errors=await user_errors(context, refusal)), input)
        return echoed(shown.AcceptInvitationPayload(email=officer.email), input)


async def _invitee(context: Context, token: str) -> shown.CheckInvitationPayload:
    try:
        async with context.rate_limits.invitation(context.address) as door:
            found = await invitations.look(context.desk, token, door)
    except Refusal as refusal:
        return shown.CheckInvitationPayload(errors=await user_errors(context, refusal))
    return shown.CheckInvitationPayload(
        name=found.name,
        email=found.email,
        agency=cast("Agency | None", found.agency),
        role=found.role,
        city=found.city,
        expires_at=found.expires_at,
    )


async def _payload(context: Context, use_case: Awaitable[Officer]) -> shown.StaffPayload:
    try:
        officer = await use_case
    except Refusal as refusal:
        return shown.StaffPayload(errors=await user_errors(context, refusal))
    view = await account_by_id(context.desk, context.scope, officer.id)
    return shown.StaffPayload(account=shown.account_shown(view))


async def _invitation_payload(context: Context, use_case: Awaitable[Invited]) -> shown.StaffInvitationPayload:
    try:
        invited = await use_case
    except Refusal as refusal:
        return shown.StaffInvitationPayload(errors=await user_errors(context, refusal))
    view = await account_by_id(context.desk, context.scope, invited.officer_id)
    account = shown.account_shown(view)
    return shown.StaffInvitationPayload(account=account, path=invited.path, expires_at=invited.expires_at)


def _wanted(given: Sequence[shown.StaffAssignmentInput]) -> tuple[WantedAssignment, ...]:
    return tuple(WantedAssignment(each.agency_code, each.role, each.valid_from, each.valid_to) for each in given)


def _officer(text: str) -> int:
    return key_of(text, "StaffAccount") or key_of(text, "Officer") or 0
