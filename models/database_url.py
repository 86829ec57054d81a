"""The URL of a PostgreSQL database, read as libpq does: by asyncpg's own parser, with PG* variables and files."""

from __future__ import annotations

import configparser
import os
import re
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from asyncpg.connect_utils import SSLMode, _parse_connect_dsn_and_args

# asyncpg takes each of these as an argument, too; None leaves it to the URL.
ARGUMENTS = (
    *("host", "port", "user", "password", "passfile", "database", "ssl", "service", "servicefile", "direct_tls"),
    *("server_settings", "target_session_attrs", "krbsrvname", "gsslib"),
)
SYSTEM = "system"  # the authorities that the machine trusts; asyncpg takes it for the name of a file
OF_ITS_CONTEXT = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword")
NOT_WITH_SYSTEM = frozenset({"sslcrl", "ssl_min_protocol_version", "ssl_max_protocol_version"})
SWITCH = re.compile(r"(?:-c\s*|--)([A-Za-z_.]+)=")


class UrlUnreadable(Exception):
    """The URL can not be used; the message repeats nothing of it, as it may hold a password."""


class HiddenUrl(str):
    """A URL without a repr, so that no log of a configuration shows it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A URL, read: hosts are those of the network, none for a Unix socket.

    verified tells whether a server must prove by its certificate that it is the one (sslmode=verify-full). database
    names it for people, as role@host:port/name.
    """

    hosts: tuple[str, ...]
    verified: bool
    database: str
    password: str | None = field(repr=False)
    settings: dict[str, str]


def read_url(url: str) -> DatabaseUrl:
    """What a URL says. Raises UrlUnreadable, also where a certificate that it names can not be read."""
    try:
        plain, more = for_asyncpg(url)
        addresses, parameters = _parse_connect_dsn_and_args(dsn=plain, **dict.fromkeys(ARGUMENTS) | more)
    except (ValueError, OSError, LookupError, configparser.Error):
        raise UrlUnreadable(
            "it can not be read as libpq would; look at its form, its percent-encodings, "
            "and the files of sslrootcert (verify-full needs one), sslcert and sslkey"
        ) from None
    hosts = tuple(address[0] for address in addresses if not isinstance(address, str))
    verified = "ssl" in more or parameters.sslmode is SSLMode.verify_full
    database = f"{parameters.user}@{_written(addresses[0])}/{parameters.database}"
    return DatabaseUrl(hosts, verified, database, parameters.password, parameters.server_settings or {})


def _written(address: str | tuple[str, int]) -> str:
    """An address for people; of a Unix socket the folder."""
    return os.path.dirname(address) if isinstance(address, str) else f"{address[0]}:{address[1]}"


def for_asyncpg(url: str) -> tuple[HiddenUrl, dict[str, Any]]:
    """A URL as asyncpg understands it, and what has to be given beside; raises ValueError and OSError.

    sslrootcert=system is verify-full by the machine's own authorities, and nothing less, as for libpq.
    """
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    parameters = dict(query)
    if parameters.get("sslrootcert", os.environ.get("PGSSLROOTCERT")) != SYSTEM:
        return HiddenUrl(url), {}
    mode = parameters.get("sslmode") or os.environ.get("PGSSLMODE") or "verify-full"
    if mode not in ("verify-full", "verify_full") or NOT_WITH_SYSTEM & parameters.keys():
        raise ValueError("sslrootcert=system goes with sslmode=verify-full, and without lists of our own")
    left = urlencode([(name, value) for name, value in query if name not in OF_ITS_CONTEXT])
    return HiddenUrl(parts._replace(query=left).geturl()), {"ssl": _context(parameters)}


def _context(parameters: dict[str, str]) -> ssl.SSLContext:
    """Trusts whom the machine trusts, and shows the certificate that the URL or the environment names."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["postgresql"])  # asked for where TLS is begun without a question (sslnegotiation)
    certificate, key = (parameters.get(name) or os.environ.get(f"PG{name.upper()}") for name in ("sslcert", "sslkey"))
    if certificate:
        context.load_cert_chain(certificate, key, parameters.get("sslpassword", ""))
    return context


def settings_over(url: str, usual: dict[str, str]) -> dict[str, str]:
    """The usual settings of a session, but for those that the URL gives itself, by name or in its options."""
    own = read_url(url).settings
    named = {name.lower() for name in (*own, *SWITCH.findall(own.get("options", "")))}
    return {name: value for name, value in usual.items() if name not in named}
