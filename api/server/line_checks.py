"""Whether production may connect to these servers: over a network only with verified TLS."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from redis.asyncio.connection import SSLConnection, UnixDomainSocketConnection, parse_url

from api.security.origins import is_loopback
from api.settings import Settings
from models.database_url import UrlUnreadable, read_url

ALLOWED_BY = "or set SURGA_PLAINTEXT=true where the network between them is yours alone"


def of_lines(settings: Settings) -> Iterator[str]:
    """URLs that can not be read, and connections on which others could read, or answer in the server's name."""
    if settings.database_url is not None and (why := trouble_with_database(settings.database_url, settings.plaintext)):
        yield f"SURGA_DATABASE_URL: {why}"
    if settings.redis_url is not None and (why := trouble_with_redis(settings.redis_url, settings.plaintext)):
        yield f"SURGA_REDIS_URL: {why}"


def trouble_with_database(url: str, plaintext: bool) -> str | None:
    """Why a connection to PostgreSQL is refused; None where it is not. A Unix socket and loopback need no TLS."""
    try:
        found = read_url(url)
    except UrlUnreadable as wrong:
        return str(wrong)
    if plaintext or found.verified or all(map(is_near, found.hosts)):
        return None
    return f"it leads to another host without sslmode=verify-full; add it and sslrootcert, {ALLOWED_BY}"


def trouble_with_redis(url: str, plaintext: bool) -> str | None:
    """Why a connection to Redis is refused; None where it is not."""
    try:
        found: dict[str, Any] = dict(parse_url(url))
    except ValueError:
        return "it can not be read; write redis://, rediss:// or unix://"
    way = found.get("connection_class")
    if plaintext or way is UnixDomainSocketConnection or is_near(str(found.get("host", "localhost"))):
        return None
    if way is not SSLConnection:
        return f"it leads to another host without TLS; write rediss:// and ssl_ca_certs, {ALLOWED_BY}"
    if found.get("ssl_cert_reqs", "required") not in {"required", "optional"} or not found.get(
        "ssl_check_hostname", True
    ):
        return f"it believes every certificate; leave ssl_cert_reqs and ssl_check_hostname out, {ALLOWED_BY}"
    return None


def is_near(host: str) -> bool:
    """Whether a host is this machine; names below localhost are whatever a name server says."""
    return is_loopback(host) and not host.endswith(".localhost")


def has_weak_password(url: str, weak: Collection[str]) -> bool:
    """Whether the password of a server on the network is one of these."""
    try:
        found = read_url(url)
    except UrlUnreadable:
        return False  # it is refused anyway
    return bool(found.hosts) and found.password is not None and found.password.lower() in weak
