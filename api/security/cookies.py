"""The session of a browser: an opaque cookie that no script reads and no other site sends, and the header beside it."""

from __future__ import annotations

import math
from datetime import datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as AsgiScope

from schema.core.context import BrowserSession
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.credentials.sessions import is_csrf_token

NAME = "surga_session"
CSRF_HEADER = "x-surga-csrf"
SAFE = frozenset({"GET", "HEAD"})
BROWSER = "surga.browser"


class Cookies:
    """Reads and writes the cookie. Over HTTPS its name begins with __Host-, so that no other subdomain sets one."""

    def __init__(self, *, https: bool) -> None:
        self.name = f"__Host-{NAME}" if https else NAME
        self._fixed = "; Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if https else "")

    def token(self, headers: Headers) -> str | None:
        """The token in the cookie, None without one; an empty one, which is nobody's, where there are several."""
        parts = [part.strip() for line in headers.getlist("cookie") for part in line.split(";")]
        values = [part.removeprefix(self.name + "=") for part in parts if part.startswith(self.name + "=")]
        return ("" if len(values) > 1 else values[0]) if values else None

    def authorization(self, headers: Headers) -> str | None:
        """The Authorization value of a socket: the header's, else the cookie's."""
        given = headers.get("authorization")
        if given is not None:
            return given
        token = self.token(headers)
        return None if token is None else f"Bearer {token}"

    def kept(self, token: str, until: datetime, now: datetime) -> str:
        """The Set-Cookie value of a session."""
        return f"{self.name}={token}; Max-Age={math.floor((until - now).total_seconds())}{self._fixed}"

    def forgotten(self) -> str:
        return f"{self.name}=; Max-Age=0{self._fixed}"


def require_csrf(desk: Desk, scope: Scope, connection: HTTPConnection) -> None:
    """Refuse a caller by cookie whose request may come from another site; raises FORBIDDEN."""
    if connection.scope["method"] in SAFE:
        return
    given = connection.headers.get(CSRF_HEADER)
    if scope.credential_id is None or not is_csrf_token(desk.keys, scope.credential_id, given):
        raise EdgeRefusal("FORBIDDEN", "csrf_missing")


class WithCookies:
    """Wraps the GraphQL endpoint: answers set the cookie of a session that began and clear that of one that is over."""

    def __init__(self, app: ASGIApp, cookies: Cookies, desk: Desk) -> None:
        self.app = app
        self.cookies = cookies
        self.desk = desk

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        async def keeping(message: Message) -> None:
            if message["type"] == "http.response.start":
                value = self._value(scope, message["status"])
                if value is not None:
                    MutableHeaders(scope=message).append("set-cookie", value)
            await send(message)

        await self.app(scope, receive, keeping)

    def _value(self, scope: AsgiScope, status: int) -> str | None:
        browser: BrowserSession | None = scope.get(BROWSER)
        if browser is None:
            return None
        if browser.new_session is not None:
            return self.cookies.kept(browser.new_session.token, browser.new_session.expires_at, self.desk.now())
        return self.cookies.forgotten() if browser.by_cookie and (browser.ended or status == 401) else None
