"""Which networks and addresses a setting may name."""

from __future__ import annotations

from ipaddress import ip_address

from services.credentials.subscribers import network_of

LONGEST_PATH = 100  # of a Unix socket; the system takes 107 bytes


def is_network(name: str) -> bool:
    """Whether this names a network, or the Unix socket of a proxy."""
    try:
        return name == "unix" or bool(network_of(name))
    except ValueError:
        return False


def is_own_address(where: str) -> bool:
    """Whether this is a path, or a loopback address with a port."""
    host, _, port = where.rpartition(":")
    if "/" in where:
        return where.startswith("/") and where.isprintable() and len(where.encode()) < LONGEST_PATH
    if not (port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 65_536):
        return False
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
