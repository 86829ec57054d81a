"""Which hosts we answer as, which origins may call us, and the security headers of every answer."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
PROBES = frozenset({"/alive", "/ready"})
NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
LOOPBACK_ORIGIN = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
ASKED_HEADERS = ("accept", "accept-language", "authorization", "content-type", "x-surga-proof")
SHOWN_HEADERS = ("retry-after", "x-request-id")
LONGEST_HOST = 300  # a name of 253 characters (RFC 1035), and its port
PREFLIGHT_SECONDS = 600  # our choice: an origin that is taken off the list is out ten minutes later
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True)
class Origins:
    """The names of this desk and the foreign pages that may use it.

    hosts are names without a port ("desk.example.go.id", or "*.example.go.id"), origins whole origins
    ("https://portal.example.go.id"). loopback lets the developer's own machine in, on any port.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    loopback: bool = False

    def allows_host(self, host: str | None) -> bool:
        """Whether a Host header names us: stops pages that rebind their own name to our address."""
        name = host_name(host or "")
        if not name:
            return False
        return (self.loopback and is_loopback(name)) or any(_matches(name, known) for known in self.hosts)

    def allows_origin(self, headers: Mapping[str, str]) -> bool:
        """Whether the page behind a request may use us: stops cross-site WebSocket hijacking.

        Programs send no Origin and are let in; a page of ours has the origin that the Host header names.
        """
        origin = headers.get("origin")
        if origin is None:
            return True
        found = _host_and_port(origin)
        if found is None:
            return False
        if origin.rstrip("/").lower() in (known.rstrip("/").lower() for known in self.origins):
            return True
        if self.loopback and is_loopback(found[0]):
            return True
        return found == _host_and_port(f"{origin.partition('://')[0]}://{headers.get('host', '')}")


@lru_cache(maxsize=256)
def host_name(host: str) -> str:
    """The name in a Host header, without its port; empty where it is none, or longer than a name can be."""
    if len(host) > LONGEST_HOST:
        return ""
    found = _host_and_port(f"http://{host}")
    return found[0] if found else ""


@lru_cache(maxsize=256)
def is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _host_and_port(origin: str) -> tuple[str, int] | None:
    """Host and port of an origin; None for "null" and whatever else is none."""
    try:
        parts = urlsplit(origin)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if port is None or not parts.hostname or parts.username is not None or parts.path.strip("/") or parts.query:
        return None
    return parts.hostname.rstrip("."), port


def _matches(name: str, known: str) -> bool:
    if known.startswith("*."):
        return name.endswith(known[1:].lower()) and len(name) >= len(known)
    return name == known.lower()


def cross_origin(app: ASGIApp, origins: Origins) -> ASGIApp:
    """CORS by allow-list: pages of the listed origins may call us with a token of theirs, never with cookies."""
    return CORSMiddleware(
        app,
        allow_origins=[origin.rstrip("/") for origin in origins.origins],
        allow_origin_regex=LOOPBACK_ORIGIN if origins.loopback else None,
        allow_methods=("GET", "POST"),
        allow_headers=ASKED_HEADERS,
        expose_headers=SHOWN_HEADERS,
        max_age=PREFLIGHT_SECONDS,
    )


def security_headers(*, https: bool = False) -> list[tuple[bytes, bytes]]:
    """The headers of every answer that has not set them itself; a page sets a content policy of its own."""
    added = SECURITY_HEADERS | {"content-security-policy": NO_PAGE}
    if https:
        added["strict-transport-security"] = "max-age=31536000; includeSubDomains"
    return [(name.encode(), value.encode()) for name, value in added.items()]
