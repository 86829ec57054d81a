"""The URL of a PostgreSQL database, read as libpq does: by asyncpg's own parser, with PG* variables and files."""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass, field

from asyncpg.connect_utils import SSLMode, _parse_connect_dsn_and_args

# asyncpg takes each of these as an argument, too; None leaves it to the URL.
ARGUMENTS = (
    *("host", "port", "user", "password", "passfile", "database", "ssl", "service", "servicefile", "direct_tls"),
    *("server_settings", "target_session_attrs", "krbsrvname", "gsslib"),
)
SWITCH = re.compile(r"(?:-c\s*|--)([A-Za-z_.]+)=")


class UrlUnreadable(Exception):
    """The URL leads nowhere; the message tells nothing of it, as it may hold a password."""


class HiddenUrl(str):
    """A URL that stands in no repr, and so in no line of a log that tells of a configuration."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """Where a URL leads: hosts are those of the network, none for a Unix socket.

    verified tells whether a server must prove by its certificate that it is the one (sslmode=verify-full).
    """

    hosts: tuple[str, ...]
    verified: bool
    password: str | None = field(repr=False)
    settings: dict[str, str]


def read_url(url: str) -> DatabaseUrl:
    """What a URL says. Raises UrlUnreadable, also where a certificate that it names can not be read."""
    try:
        addresses, told = _parse_connect_dsn_and_args(dsn=url, **dict.fromkeys(ARGUMENTS))
    except (ValueError, OSError, LookupError, configparser.Error):
        raise UrlUnreadable(
            "it can not be read as libpq would; look at its form, its percent-encodings, "
            "and the files of sslrootcert (verify-full needs one), sslcert and sslkey"
        ) from None
    hosts = tuple(address[0] for address in addresses if not isinstance(address, str))
    return DatabaseUrl(hosts, told.sslmode is SSLMode.verify_full, told.password, told.server_settings or {})


def settings_over(url: str, usual: dict[str, str]) -> dict[str, str]:
    """The usual settings of a session, but for those that the URL gives itself, by name or in its options."""
    own = read_url(url).settings
    named = {name.lower() for name in (*own, *SWITCH.findall(own.get("options", "")))}
    return {name: value for name, value in usual.items() if name not in named}
