"""Sign-in and sign-out of staff, their sessions, and the cookie that a browser keeps of one."""

from __future__ import annotations

from datetime import datetime

import strawberry

from schema.core.context import Context, Info
from schema.core.pasted import Pasted
from schema.credentials.viewer import Session, Viewer, session_shown, viewer_of
from schema.results import UserError, user_errors
from services.core import validation
from services.core.nodes import key_of
from services.core.refusals import InvalidInput, Refusal
from services.credentials import identify, posts, sessions, sign_in
from services.credentials.sessions import OpenedSession


@strawberry.input
class SignInInput(Pasted):
    email: str
    password: str
    cookie: bool = strawberry.field(
        default=False,
        description=(
            "For our own pages: the session goes into a cookie that no script reads, and accessToken is null. Every "
            "POST then carries csrfToken in X-Surga-CSRF."
        ),
    )
    client_mutation_id: str | None = None


@strawberry.type(description="A session, or why there is none.")
class SignInPayload:
    access_token: str | None = strawberry.field(default=None, description="A bearer token; null with a cookie.")
    csrf_token: str | None = strawberry.field(default=None, description="For X-Surga-CSRF; null without a cookie.")
    expires_at: datetime | None = strawberry.field(default=None, description="Sooner when nobody uses it.")
    viewer: Viewer | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type(description="Whether the session has ended, or why not.")
class SignOutPayload:
    signed_out: bool = False
    errors: list[UserError] = strawberry.field(default_factory=list)


@strawberry.input
class RevokeSessionInput(Pasted):
    id: strawberry.ID
    client_mutation_id: str | None = None


@strawberry.type(description="The session that has ended, or why not.")
class RevokeSessionPayload:
    session: Session | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.input
class ChangePasswordInput(Pasted):
    current: str
    password: str = strawberry.field(description="The new one.")
    client_mutation_id: str | None = None


@strawberry.type(description="Whether the password is another one now, or why not.")
class ChangePasswordPayload:
    changed: bool = False
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type(description="The caller as they act from now on, or why nothing happened.")
class SwitchAssignmentPayload:
    viewer: Viewer | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type
class SignInMutation:
    @strawberry.mutation(description="Masuk: a session for staff. Waits grow with every failure.")
    async def sign_in(self, info: Info, input: SignInInput) -> SignInPayload:  # noqa: A002
        context, mutation_id = info.context, input.client_mutation_id
        try:
            session = await _begin_session(context, input)
        except Refusal as refusal:
            return SignInPayload(errors=await user_errors(context, refusal), client_mutation_id=mutation_id)
        scope = await identify.identify(context.desk, session.token)
        return SignInPayload(
            access_token=None if input.cookie else session.token,
            csrf_token=sessions.csrf_token(context.desk.keys, session.credential_id) if input.cookie else None,
            expires_at=session.expires_at,
            viewer=await viewer_of(context, scope),
            client_mutation_id=mutation_id,
        )

    @strawberry.mutation(description="Keluar: ends the session that the caller came with, and what it has open.")
    async def sign_out(self, info: Info) -> SignOutPayload:
        try:
            await sessions.end_own(info.context.desk, info.context.scope)
        except Refusal as refusal:
            return SignOutPayload(errors=await user_errors(info.context, refusal))
        info.context.browser.ended = True
        return SignOutPayload(signed_out=True)

    @strawberry.mutation(
        description=(
            "Ganti penugasan: the session goes on for another post of today; open subscriptions end as with any change "
            "of rights. A token made by hand switches likewise."
        )
    )
    async def switch_assignment(
        self, info: Info, agency_code: str, client_mutation_id: str | None = None
    ) -> SwitchAssignmentPayload:
        context = info.context
        try:
            validation.mutation_id(client_mutation_id)
            await posts.switch(context.desk, context.scope, agency_code)
        except Refusal as refusal:
            refused = await user_errors(context, refusal)
            return SwitchAssignmentPayload(errors=refused, client_mutation_id=client_mutation_id)
        context.act_as(await identify.refreshed(context.desk, context.scope))
        return SwitchAssignmentPayload(
            viewer=await viewer_of(context, context.scope), client_mutation_id=client_mutation_id
        )

    @strawberry.mutation(description="Akhiri sesi: one of the caller's own, on another device say.")
    async def revoke_session(self, info: Info, input: RevokeSessionInput) -> RevokeSessionPayload:  # noqa: A002
        context, mutation_id = info.context, input.client_mutation_id
        try:
            ended = await sessions.revoke_own(context.desk, context.scope, key_of(input.id, "Credential") or 0)
        except Refusal as refusal:
            return RevokeSessionPayload(errors=await user_errors(context, refusal), client_mutation_id=mutation_id)
        return RevokeSessionPayload(session=session_shown(ended, context.scope), client_mutation_id=mutation_id)

    @strawberry.mutation(description="Ganti kata sandi; the caller's other sessions end.")
    async def change_password(self, info: Info, input: ChangePasswordInput) -> ChangePasswordPayload:  # noqa: A002
        context, mutation_id = info.context, input.client_mutation_id
        try:
            async with context.rate_limits.password_change(context.scope.principal):
                await sign_in.change_password(context.desk, context.scope, input.current, input.password)
        except Refusal as refusal:
            return ChangePasswordPayload(errors=await user_errors(context, refusal), client_mutation_id=mutation_id)
        return ChangePasswordPayload(changed=True, client_mutation_id=mutation_id)


async def _begin_session(context: Context, given: SignInInput) -> OpenedSession:
    """A new session; its try is counted first, and given back where the password is right."""
    browser = context.browser
    if given.cookie and not browser.keeps_cookies:
        raise InvalidInput("COOKIE_NEEDS_HTTP", path=("cookie",))
    account = context.desk.keys.digest("account", sign_in.account_of(given.email)).hex()[:32]
    async with context.rate_limits.sign_in(context.address, account) as door:
        typed = sign_in.SignIn(given.email, given.password, browser.agent, context.address)
        session = await sign_in.sign_in(context.desk, typed, door)
    browser.new_session = session if given.cookie else None
    return session
