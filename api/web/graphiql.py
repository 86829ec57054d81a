"""GraphiQL from files of our own, for development and the demo: nothing of it comes from outside this server."""

from pathlib import Path

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.web.assets import Assets

DIST = Path(__file__).resolve().parents[2] / "web" / "graphiql" / "dist"

# Monaco writes its colours as style elements and carries its icons as data: those two stay open, scripts do not.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
PAGE_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "vary": "accept",
    "x-content-type-options": "nosniff",
}
ASSET_HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
}
NOT_BUILT = "GraphiQL is not built. Run `make web`, then reload this page.\n"


class WithPage:
    """An endpoint that a browser may open too: it gets GraphiQL, every other request is the endpoint's."""

    def __init__(self, endpoint: ASGIApp, folder: Path = DIST) -> None:
        self.endpoint = endpoint
        self.folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = page(self.folder) if asks_for_page(scope) else self.endpoint
        await answer(scope, receive, send)


def asks_for_page(scope: Scope) -> bool:
    """Whether this is a person's browser: it asks for HTML and not for JSON, and sends no query."""
    if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
        return False
    accept = Headers(scope=scope).get("accept", "")
    return "text/html" in accept and "json" not in accept and "query" not in QueryParams(scope["query_string"])


def page(folder: Path) -> Response:
    """Return GraphiQL's page, or one line that says how to build it."""
    index = folder / "index.html"
    if index.is_file():
        return FileResponse(index, media_type="text/html", headers=PAGE_HEADERS)
    return PlainTextResponse(NOT_BUILT, status_code=503, headers=PAGE_HEADERS)


def front() -> Route:
    """The route that redirects / to GraphiQL."""

    async def redirect(request: Request) -> Response:
        return RedirectResponse("/graphql", headers={"cache-control": "no-store"})

    return Route("/", redirect)


def assets(folder: Path = DIST) -> Mount:
    """Return the route of the page's scripts, styles, workers and fonts, all with hashed names, under /graphiql/."""
    return Mount("/graphiql", app=Assets(folder, ASSET_HEADERS))
