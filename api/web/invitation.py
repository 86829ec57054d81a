"""/invite: the page where somebody takes their account; one file, under the strictest policy that it works with."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from services.core.password_hashing import LONGEST

INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


def text(shortest: int) -> str:
    """The page as it is served, for passwords of so many characters.

    The token stands behind the # of its address and never reaches a server by itself.
    """
    page = files("api.web").joinpath("invite.html").read_text("utf-8")
    return page.replace("{{least}}", str(shortest)).replace("{{most}}", str(LONGEST))


def policy(html: str) -> str:
    """A Content-Security-Policy that lets this page's own script and style run, each by its hash, and nothing else."""
    found = {kind: _hash(content) for kind, content in INLINE.findall(html)}
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {found['script']}",
            f"style-src {found['style']}",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def pages(shortest: int) -> list[BaseRoute]:
    """/invite, for passwords of so many characters."""
    html = text(shortest)
    headers = {"content-security-policy": policy(html), "cache-control": "no-store", "referrer-policy": "no-referrer"}

    async def invite(request: Request) -> Response:
        return HTMLResponse(html, headers=headers)

    return [Route("/invite", invite)]


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
