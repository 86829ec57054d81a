"""The address of this desk in a browser, for the one-time links that verbs print."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from api.embedded.embedded import is_held
from api.settings import Environment, Settings
from services.credentials.invitations import Invited

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - no address that a browser can open
UrlOption = Annotated[
    str | None, typer.Option("--url", help="Where this desk is served, e.g. https://lapor.example.go.id.")
]


def link(settings: Settings, invited: Invited, url: str | None = None) -> str:
    """The whole link of an invitation."""
    return (url or base_url(settings)).rstrip("/") + invited.path


def base_url(settings: Settings) -> str:
    """The first name that this desk is served under, else the address of a demo that runs, else our own."""
    named = [host for host in settings.hosts if not host.startswith("*")]
    if named:
        return f"https://{named[0]}" if settings.https else f"http://{named[0]}:{settings.port}"
    note = settings.data_dir / "demo.json"
    if settings.environment is not Environment.PRODUCTION and is_held(settings.data_dir) and note.exists():
        return str(json.loads(note.read_text())["url"])
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{settings.port}"
