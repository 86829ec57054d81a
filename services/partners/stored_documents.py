"""The operations that a partner has registered, each under a name of its own (decided here)."""

from __future__ import annotations

from models import StoredDocument
from services.access.scopes import Scope, require_admin
from services.core.desk import Desk
from services.core.refusals import Checks, InvalidInput
from services.core.transactions import transaction
from services.partners.partners import locked
from services.partners.terms import LONGEST_NAME, bounded

LONGEST_DOCUMENT, MOST_DOCUMENTS = 20_000, 200


async def store_document(desk: Desk, scope: Scope, client_id: int, name: str, text: str) -> StoredDocument:
    """Register an operation of a partner under a name; another text of that name takes its place."""
    require_admin(scope)
    checks = Checks()
    name, text = checks(bounded, name, LONGEST_NAME, "name"), checks(bounded, text, LONGEST_DOCUMENT, "text")
    async with transaction() as using:
        with checks.behind("partnerId"):
            await locked(using, client_id)
        checks.settle()
        others = StoredDocument.filter(client_id=client_id).exclude(name=name).using_db(using)
        if await others.count() >= MOST_DOCUMENTS:
            raise InvalidInput("TOO_MANY_DOCUMENTS", path=("name",), limit=MOST_DOCUMENTS)
        given = {"text": text, "stored_at": desk.now()}
        stored, _ = await StoredDocument.update_or_create(given, client_id=client_id, name=name, using_db=using)
    return stored


async def remove_document(scope: Scope, client_id: int, name: str) -> bool:
    """Forget a registered operation; False where there is none of that name."""
    require_admin(scope)
    return bool(await StoredDocument.filter(client_id=client_id, name=name).delete())


async def documents_of(client_id: int) -> dict[str, str]:
    """The texts of a partner's registered operations by name."""
    stored = await StoredDocument.filter(client_id=client_id).order_by("name")
    return {each.name: each.text for each in stored}
