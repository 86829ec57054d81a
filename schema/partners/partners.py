"""Partners as admins see and edit them: what is agreed, their keys, their registered operations."""

from __future__ import annotations

from datetime import datetime

import orjson
import strawberry

from models import Client, Credential, DeprecatedUse, Grant
from schema.core.context import Context
from schema.core.pasted import Pasted
from schema.results import UserError
from schema.tickets.filters import TicketFilter
from services.core.nodes import node_id
from services.core.refusals import EdgeRefusal, Forbidden
from services.partners import deprecated_uses, partners, stored_documents
from services.partners import keys as partner_keys


@strawberry.type(description="Kunci: a token of a partner, of which only a digest is kept.")
class PartnerKey:
    id: strawberry.ID
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = strawberry.field(description="To the hour.")
    networks: list[str] | None = strawberry.field(description="CIDR; good from these only. Null: any.")


@strawberry.type(description="How often a partner asked for something that will go.")
class DeprecatedFieldUse:
    coordinate: str
    uses: int
    last_used_at: datetime


@strawberry.type(description="An operation that a partner registered.")
class PartnerDocument:
    name: str
    text: str


@strawberry.type(description="What a partner may spend: an operation costs the fields of its answer, in points.")
class PartnerBudget:
    points: int = strawberry.field(description="The most that it holds.")
    restore_per_second: int


@strawberry.type(description="Mitra: another system, and what is agreed with it.")
class Partner:
    id: strawberry.ID
    name: str
    purpose: str
    coordinates: list[str] = strawberry.field(description="Schema coordinates; its schema is exactly these.")
    rows: str | None = strawberry.field(description="A TicketFilter as JSON; null: all public ones.")
    budget: PartnerBudget
    ends_at: datetime | None
    version: int = strawberry.field(description="Send it back as expectedVersion.")
    keys: list[PartnerKey] = strawberry.field(description="Those that are not revoked.")
    documents: list[PartnerDocument]
    deprecated: list[DeprecatedFieldUse] = strawberry.field(description="What it still uses that will go.")


@strawberry.input(description="What a partner may spend, in points.")
class PartnerBudgetInput(Pasted):
    points: int
    restore_per_second: int


@strawberry.input
class CreatePartnerInput(Pasted):
    name: str = strawberry.field(description="1 to 100 characters.")
    purpose: str = strawberry.field(description="Why it is given: 1 to 500 characters.")
    coordinates: list[str] = strawberry.field(
        description=(
            "Ticket.status opens a field; Query.tickets(filter:), TicketFilter.status and TicketStatus.RESOLVED narrow "
            "arguments, inputs and enums to those that are named."
        )
    )
    complete: bool = strawberry.field(default=False, description="Add what these coordinates need to open something.")
    rows: TicketFilter | None = strawberry.field(default=None, description="Without search, ids and worklists.")
    budget: PartnerBudgetInput | None = None
    ends_at: datetime | None = None
    client_mutation_id: str | None = None


@strawberry.input(description="What is left out stays as it is.")
class ChangePartnerGrantInput(Pasted):
    id: strawberry.ID
    expected_version: int
    purpose: str | None = None
    coordinates: list[str] | None = None
    complete: bool = strawberry.field(default=False, description="Add what these coordinates need to open something.")
    rows: TicketFilter | None = None
    clear_rows: bool = strawberry.field(default=False, description="Take the row filter away.")
    budget: PartnerBudgetInput | None = None
    ends_at: datetime | None = None
    clear_ends_at: bool = strawberry.field(default=False, description="Take the end away.")
    client_mutation_id: str | None = None


@strawberry.input
class EndPartnerInput(Pasted):
    id: strawberry.ID
    client_mutation_id: str | None = None


@strawberry.input
class CreatePartnerKeyInput(Pasted):
    partner_id: strawberry.ID
    name: str
    expires_at: datetime | None = None
    networks: list[str] | None = strawberry.field(default=None, description="CIDR; good from these only.")
    client_mutation_id: str | None = None


@strawberry.input
class RevokePartnerKeyInput(Pasted):
    id: strawberry.ID
    client_mutation_id: str | None = None


@strawberry.input
class StorePartnerDocumentInput(Pasted):
    partner_id: strawberry.ID
    name: str
    text: str = strawberry.field(description="A GraphQL document; another one of that name is replaced.")
    client_mutation_id: str | None = None


@strawberry.type(description="A partner, or why nothing happened.")
class PartnerPayload:
    partner: Partner | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type(description="A new key, or why there is none.")
class PartnerKeyPayload:
    key: PartnerKey | None = None
    token: str | None = strawberry.field(default=None, description="Shown this once; only a digest is kept.")
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


async def partners_shown(context: Context) -> list[Partner]:
    """All partners, for admins; raises FORBIDDEN."""
    try:
        grants = await partners.listing(context.scope)
    except Forbidden as refusal:
        raise EdgeRefusal("FORBIDDEN", refusal.code) from None
    keys = await partner_keys.keys_of([grant.client_id for grant in grants])
    uses = await deprecated_uses.uses_of([grant.client_id for grant in grants])
    return [await _shown(grant, grant.client, keys[grant.client_id], uses[grant.client_id]) for grant in grants]


async def partner_shown(client_id: int) -> Partner:
    """One partner as it is now."""
    grant = await partners.agreement(client_id)
    keys, uses = await partner_keys.keys_of([client_id]), await deprecated_uses.uses_of([client_id])
    return await _shown(grant, grant.client, keys[client_id], uses[client_id])


async def _shown(grant: Grant, client: Client, keys: list[Credential], uses: list[DeprecatedUse]) -> Partner:
    terms = await partners.terms_of(grant)
    stored = await stored_documents.documents_of(client.id)
    return Partner(
        id=strawberry.ID(node_id("Client", client.id)),
        name=client.name,
        purpose=terms.purpose,
        coordinates=sorted(terms.coordinates),
        rows=orjson.dumps(terms.rows).decode() if terms.rows else None,
        budget=PartnerBudget(points=terms.budget.points, restore_per_second=terms.budget.restore_per_second),
        ends_at=terms.ends_at,
        version=grant.version,
        keys=[key_shown(key) for key in keys],
        documents=[PartnerDocument(name=name, text=text) for name, text in stored.items()],
        deprecated=[
            DeprecatedFieldUse(coordinate=use.coordinate, uses=use.uses, last_used_at=use.last_used_at) for use in uses
        ],
    )


def key_shown(key: Credential) -> PartnerKey:
    """A key without its token."""
    return PartnerKey(
        id=strawberry.ID(node_id("Credential", key.id)),
        name=key.name,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        networks=key.networks,
    )
