"""Mutations of partners, their grants and their keys, for admins."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import strawberry
from graphql import GraphQLSchema

from schema.core.context import Info
from schema.partners import partners as shown
from schema.partners.completing import checker, completed
from schema.results import echoed, user_errors
from schema.tickets.filters import TicketFilter, wanted
from services.access.grant_rows import written_rows
from services.access.grants import STANDARD_BUDGET
from services.access.scopes import Budget, require_admin
from services.access.ticket_fields import camel
from services.core.nodes import key_of
from services.core.refusals import Checks, EdgeRefusal, InvalidInput, Refusal
from services.partners import keys, partners, stored_documents
from services.partners.terms import Terms


@strawberry.type
class PartnerMutation:
    @strawberry.mutation(description="Make a partner with its grant. For admins.")
    async def create_partner(self, info: Info, input: shown.CreatePartnerInput) -> shown.PartnerPayload:  # noqa: A002
        return echoed(await _payload(info, _created(info, input)), input)

    @strawberry.mutation(
        description=(
            "Change what is agreed with a partner. What it has open ends with FORBIDDEN at once and goes on under the "
            "new rights. For admins."
        )
    )
    async def change_partner_grant(
        self,
        info: Info,
        input: shown.ChangePartnerGrantInput,  # noqa: A002
    ) -> shown.PartnerPayload:
        return echoed(await _payload(info, _grant_changed(info, input)), input)

    @strawberry.mutation(description="End everything agreed with a partner; its sockets close. For admins.")
    async def end_partner(self, info: Info, input: shown.EndPartnerInput) -> shown.PartnerPayload:  # noqa: A002
        return echoed(await _payload(info, _ended(info, input)), input)

    @strawberry.mutation(description="Register an operation of a partner, so that we know what would break it.")
    async def store_partner_document(
        self,
        info: Info,
        input: shown.StorePartnerDocumentInput,  # noqa: A002
    ) -> shown.PartnerPayload:
        return echoed(await _payload(info, _stored(info, input)), input)

    @strawberry.mutation(description="A further key for a partner; its token is shown this once. For admins.")
    async def create_partner_key(
        self,
        info: Info,
        input: shown.CreatePartnerKeyInput,  # noqa: A002
    ) -> shown.PartnerKeyPayload:
        context = info.context
        networks = None if input.networks is None else tuple(input.networks)
        terms = keys.KeyTerms(input.name, input.expires_at, networks)
        try:
            issued = await keys.create_key(context.desk, context.scope, _client(input.partner_id), terms)
        except Refusal as refusal:
            return echoed(shown.PartnerKeyPayload(errors=await user_errors(context, refusal)), input)
        made = await keys.key(issued.credential_id)
        return echoed(shown.PartnerKeyPayload(key=shown.key_shown(made), token=issued.token), input)

    @strawberry.mutation(description="End a key at once, on every server; its sockets close. For admins.")
    async def revoke_partner_key(
        self,
        info: Info,
        input: shown.RevokePartnerKeyInput,  # noqa: A002
    ) -> shown.PartnerKeyPayload:
        context = info.context
        try:
            key = await keys.revoke_key(context.desk, context.scope, key_of(input.id, "Credential") or 0)
        except Refusal as refusal:
            return echoed(shown.PartnerKeyPayload(errors=await user_errors(context, refusal)), input)
        return echoed(shown.PartnerKeyPayload(key=shown.key_shown(key)), input)


async def _payload(info: Info, use_case: Awaitable[int]) -> shown.PartnerPayload:
    """Await a use case that gives the number of its partner, and give its payload."""
    try:
        client_id = await use_case
    except Refusal as refusal:
        return shown.PartnerPayload(errors=await user_errors(info.context, refusal))
    return shown.PartnerPayload(partner=await shown.partner_shown(client_id))


async def _created(info: Info, given: shown.CreatePartnerInput) -> int:
    checks = Checks()
    terms = Terms(
        coordinates=_coordinates(info, given.coordinates, complete=given.complete) or frozenset(),
        purpose=given.purpose,
        rows=_rows(given.rows, checks),
        budget=_budget(given.budget) if given.budget else STANDARD_BUDGET,
        ends_at=given.ends_at,
    )
    desk, scope = info.context.desk, info.context.scope
    return (await partners.create(desk, scope, given.name, terms, checker(_schema(info)), checks)).id


async def _grant_changed(info: Info, given: shown.ChangePartnerGrantInput) -> int:
    checks = Checks()
    terms: dict[str, Any] = {
        "purpose": given.purpose,
        "coordinates": _coordinates(info, given.coordinates, complete=given.complete),
        "rows": None if given.rows is None else _rows(given.rows, checks),
        "budget": _budget(given.budget) if given.budget else None,
        "ends_at": given.ends_at,
    }
    named = {name: value for name, value in terms.items() if value is not None}
    named |= ({"rows": None} if given.clear_rows else {}) | ({"ends_at": None} if given.clear_ends_at else {})
    change = partners.TermsChange(named, given.expected_version)
    client_id, context = _client(given.id), info.context
    await partners.change(context.desk, context.scope, client_id, change, checker(_schema(info)), checks)
    return client_id


async def _ended(info: Info, given: shown.EndPartnerInput) -> int:
    await partners.end(info.context.desk, info.context.scope, _client(given.id))
    return _client(given.id)


async def _stored(info: Info, given: shown.StorePartnerDocumentInput) -> int:
    client_id, context = _client(given.partner_id), info.context
    await stored_documents.store_document(context.desk, context.scope, client_id, given.name, given.text)
    return client_id


def _coordinates(info: Info, given: list[str] | None, *, complete: bool) -> frozenset[str] | None:
    """What a grant is given, for admins only; raises Forbidden."""
    require_admin(info.context.scope)
    if given is None or not complete:
        return None if given is None else frozenset(given)
    return completed(_schema(info), given)


def _rows(given: TicketFilter | None, checks: Checks) -> dict[str, Any] | None:
    """The row filter of a grant; what a grant can not hold, an id that is none included, is kept among the checks."""
    said = {name: value for name, value in vars(given).items() if value is not None} if given else {}
    rows: dict[str, Any] = {}
    for name in said:
        # The part of an agency means nothing without the agency.
        alone = {name: said[name]} | ({"agency_code": said.get("agency_code")} if name == "agency_role" else {})
        found = checks(_row, TicketFilter(**alone), camel(name))
        rows |= found or {}
    return rows or None


def _row(given: TicketFilter, field: str) -> dict[str, Any] | None:
    try:
        return written_rows(wanted(given))
    except EdgeRefusal:
        raise InvalidInput("GRANT_ROWS", path=("rows", field), field=field) from None


def _budget(given: shown.PartnerBudgetInput) -> Budget:
    return Budget(given.points, given.restore_per_second)


def _client(text: str) -> int:
    return key_of(text, "Client") or 0


def _schema(info: Info) -> GraphQLSchema:
    return info._raw_info.schema
