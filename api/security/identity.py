"""Who is calling: the token of a request or of a connection_init, or else the cookie, turned into a scope."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from api.security.addresses import Addresses, KeyedAddress
from api.security.cookies import Cookies, require_csrf
from api.security.partner_use import require_network
from schema.core.context import BrowserSession
from services.access.scopes import Scope
from services.core.desk import Desk
from services.credentials import identify
from services.credentials.prefetch import Prefetch


class Identity:
    """Turns tokens into scopes. Without a token the caller is anonymous; with a wrong one the caller is refused."""

    def __init__(self, desk: Desk, addresses: Addresses, cookies: Cookies) -> None:
        self._desk = desk
        self._addresses = addresses
        self._cookies = cookies

    async def of_request(
        self, connection: HTTPConnection, browser: BrowserSession, prefetch: Prefetch | None = None
    ) -> Scope:
        """The scope of one HTTP request; raises UNAUTHENTICATED, and FORBIDDEN for a cookie without its header.

        prefetch: reads with the caller's row what the request is expected to read.
        """
        given = connection.headers.getlist("authorization")
        if given:
            return await self._scope(connection, given, prefetch)
        token = self._cookies.token(connection.headers)
        browser.by_cookie = token is not None
        if token is None:
            return await self._scope(connection, [], prefetch)
        scope = await self._scope(connection, [f"Bearer {token}"], prefetch)
        require_csrf(self._desk, scope, connection)
        return scope

    async def of_socket(self, authorization: str | None, address: str) -> Scope:
        """The scope of a WebSocket, by the value of its Authorization header; raises UNAUTHENTICATED.

        address is the keyed hash of its address; one that remembers the address itself serves keys of few networks.
        """
        if authorization is None:
            return identify.anonymous(address)
        return await self._known(authorization, address.plain if isinstance(address, KeyedAddress) else address)

    async def _scope(self, connection: HTTPConnection, given: list[str], prefetch: Prefetch | None) -> Scope:
        if not given:
            return identify.anonymous(self._addresses.key_of(connection))
        if len(given) > 1:
            raise identify.unauthenticated()
        return await self._known(given[0], self._addresses.of(connection), prefetch)

    async def _known(self, authorization: str, address: str, prefetch: Prefetch | None = None) -> Scope:
        scope = await identify.identify(self._desk, bearer(authorization), prefetch)
        require_network(scope, address)
        return scope


def bearer(authorization: str) -> str:
    """The token of an Authorization value (RFC 6750); raises UNAUTHENTICATED."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise identify.unauthenticated()
    return token.strip()
