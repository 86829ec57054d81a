"""The answer to paths that do not exist (404): a small page for people, one line for programs; and the icon that browsers ask for."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from api.web.graphiql import asks_for_page
from api.web.inline import policy
from services.core.messages import preferred_language, say

WORDS = ("title", "text", "board", "activate")
FRESH_SECONDS = 86_400  # our choice: the icon is the same for years, and its address never changes


def text(language: str) -> str:
    """The page in this language. It repeats nothing of the request."""
    page = files("api.web").joinpath("missing.html").read_text("utf-8").replace("{{language}}", language)
    for word in WORDS:
        page = page.replace("{{" + word + "}}", escape(say(f"page.missing.{word}", language)))
    return page


async def not_found(request: Request, problem: Exception) -> Response:
    """404: the page for a person's browser, else the words "Not Found"."""
    if not asks_for_page(request.scope):
        return PlainTextResponse("Not Found", 404)
    html = text(preferred_language(request.headers.get("accept-language")))
    headers = {
        "content-security-policy": policy(html),
        "cache-control": "no-store",
        "vary": "accept, accept-language",
    }
    return HTMLResponse(html, 404, headers=headers)


def icon() -> Route:
    """/favicon.ico, for pages that name no icon; browsers go by its type, not by its name."""
    drawn = files("api.web").joinpath("icon.svg").read_bytes()
    headers = {"cache-control": f"public, max-age={FRESH_SECONDS}"}

    async def favicon(request: Request) -> Response:
        return Response(drawn, headers=headers, media_type="image/svg+xml")

    return Route("/favicon.ico", favicon)
