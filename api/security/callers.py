"""Who calls, over HTTP or a socket, and the context of each of their operations."""

from __future__ import annotations

from starlette.requests import HTTPConnection, Request
from starlette.types import Scope as AsgiScope

from api.security.addresses import Addresses, KeyedAddress
from api.security.audit_counts import AuditCounts
from api.security.cookies import BROWSER, Cookies
from api.security.identity import Identity
from api.security.origins import Origins
from api.security.proof_of_work import PROOF
from api.security.throttles import Throttles
from models.pool_turns import share
from schema.core.context import BrowserSession, Context, context_for
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.messages import preferred_language
from services.credentials import identify
from services.credentials.prefetch import Prefetches
from services.intake.proof_of_work import Proofs

REQUEST_HASH = "surga.request_hash"  # of what a request says, in its ASGI scope


class Callers:
    """Who calls, and the context that each operation of theirs gets."""

    def __init__(
        self,
        desk: Desk,
        addresses: Addresses,
        rate_limits: Throttles,
        cookies: Cookies,
        origins: Origins,
        counts: AuditCounts,
        proofs: Proofs,
    ) -> None:
        self.desk = desk
        self.proofs = proofs
        self.counts = counts
        self.addresses = addresses
        self.rate_limits = rate_limits
        self.origins = origins
        self.cookies = cookies
        self.identity = Identity(desk, addresses, cookies)
        self.prefetches = Prefetches()

    async def of_request(self, request: Request) -> Context:
        """The context of one HTTP request; its browser notes which session the answer's cookie is to hold."""
        agent = request.headers.get("user-agent", "")
        ours = self.origins.allows_origin(request.headers)
        browser = request.scope[BROWSER] = BrowserSession(agent, request.headers.get(PROOF), keeps_cookies=ours)
        address = self.addresses.key_of(request)
        share.set(identify.stranger(address))  # nobody is known yet
        prefetch = self.prefetches.of(request.scope.get(REQUEST_HASH))
        scope = self.counts.used(await self.identity.of_request(request, browser, prefetch))
        share.set(scope.principal)
        language = preferred_language(request.headers.get("accept-language"))
        return context_for(self.desk, scope, language, address, self.rate_limits, browser, self.proofs, prefetch)

    async def of_socket(self, authorization: str | None, address: str) -> Scope:
        """The scope of a WebSocket whose client gave this Authorization value, or none.

        From now on the task that asked, and all that it begins, works on the account of this scope.
        """
        share.set(identify.stranger(address))  # nobody is known yet
        scope = self.counts.used(await self.identity.of_socket(authorization, address))
        share.set(scope.principal)
        return scope

    def context(self, scope: Scope, language: str, address: str) -> Context:
        """A fresh context for one operation."""
        return context_for(self.desk, scope, language, address, self.rate_limits, proofs=self.proofs)

    def address(self, scope: AsgiScope) -> KeyedAddress:
        """The keyed hash of a socket's address."""
        return self.addresses.keyed(HTTPConnection(scope))
