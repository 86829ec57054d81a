"""/invite: the page where somebody takes their account; one file, under the strictest policy that it works with."""

from __future__ import annotations

import json
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from api.web.inline import policy
from services.core.messages import LANGUAGES, say
from services.core.password_hashing import LONGEST


def text(shortest: int) -> str:
    """The page as it is served, in both languages, for passwords of so many characters.

    The token stands behind the # of its address and never reaches a server by itself.
    """
    page = files("api.web").joinpath("invite.html").read_text("utf-8")
    for language in LANGUAGES:
        spent = json.dumps(say("INVITATION_UNKNOWN", language), ensure_ascii=False)
        page = page.replace("{{unknown." + language + "}}", spent)
    return page.replace("{{least}}", str(shortest)).replace("{{most}}", str(LONGEST))


def pages(shortest: int) -> list[BaseRoute]:
    """/invite, for passwords of so many characters."""
    html = text(shortest)
    headers = {"content-security-policy": policy(html), "cache-control": "no-store", "referrer-policy": "no-referrer"}

    async def invite(request: Request) -> Response:
        return HTMLResponse(html, headers=headers)

    return [Route("/invite", invite)]

