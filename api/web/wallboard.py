"""The screen on the wall and the page that lets one in: files of ours, under a policy that allows nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from api.web.assets import Assets

HERE = Path(__file__).resolve().parents[1]
PACKAGED, BUILT = HERE / "pages" / "wallboard", HERE.parent / "web" / "wallboard" / "dist"
DIST = PACKAGED if PACKAGED.is_dir() else BUILT  # an installed desk carries its pages, a working copy builds them
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
PAGE_HEADERS = {"content-security-policy": CONTENT_SECURITY_POLICY, "cache-control": "no-store"}
ASSET_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cache-control": "public, max-age=31536000, immutable",
}
# The worker keeps a page for a server that is down (web/wallboard/public/worker.js). Its address never changes, browsers
# ask for it anew at every start, and it may answer for /wallboard alone.
WORKER_HEADERS = {
    "content-security-policy": "default-src 'none'; connect-src 'self'",
    "cache-control": "no-cache",
    "service-worker-allowed": "/wallboard",
}
NOT_BUILT = "The wallboard is not built. Run `make web`, then reload this page.\n"
NO_BUILD = "none"


def build_of(folder: Path = DIST) -> str:
    """The name of the pages that are served: new files give a new name."""
    index = folder / "index.html"
    return hashlib.blake2b(index.read_bytes(), digest_size=6).hexdigest() if index.is_file() else NO_BUILD


def pages(folder: Path = DIST) -> list[BaseRoute]:
    """/wallboard, /activate, the board's worker, and their assets with hashed names."""

    async def board(request: Request) -> Response:
        return page(folder / "index.html")

    async def activate(request: Request) -> Response:
        return page(folder / "activate.html")

    async def worker(request: Request) -> Response:
        file = folder / "worker.js"
        missing = PlainTextResponse(NOT_BUILT, status_code=404, headers=PAGE_HEADERS)
        return FileResponse(file, media_type="text/javascript", headers=WORKER_HEADERS) if file.is_file() else missing

    return [
        Route("/wallboard/worker.js", worker),
        Route("/wallboard", board),
        Route("/activate", activate),
        Mount("/wallboard/assets", app=Assets(folder / "assets", ASSET_HEADERS)),
    ]


def page(file: Path) -> Response:
    """One page, or one line that says how to build it."""
    if file.is_file():
        return FileResponse(file, media_type="text/html", headers=PAGE_HEADERS)
    return PlainTextResponse(NOT_BUILT, status_code=503, headers=PAGE_HEADERS)
