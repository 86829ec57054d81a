"""The subscriber behind an address, i.e. the customer of a network: all that is counted by address is counted so.

Decided here.
"""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
SUBSCRIBER_BITS = 64  # of IPv6: one customer is given at least so much, and may take any address in it


def parsed(text: str) -> Address | None:
    """The address in a hop of X-Forwarded-For, with or without a port; IPv4 written as IPv6 is IPv4."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def network_of(text: str) -> Network:
    """A network as addresses are compared with it: IPv4 written as IPv6 is IPv4. Raises ValueError."""
    network = ipaddress.ip_network(text)
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(MAPPED):
        first = ipaddress.IPv4Address(network.network_address.packed[-4:])
        return ipaddress.IPv4Network((first, network.prefixlen - MAPPED.prefixlen))
    return network


def subscriber(address: str) -> str:
    """The part of an address that belongs to one customer: all of IPv4, also within IPv6, and half of IPv6."""
    known = parsed(address)
    if isinstance(known, ipaddress.IPv6Address):
        inner = carried(known)
        return str(inner or ipaddress.ip_network((known, SUBSCRIBER_BITS), strict=False))
    return address if known is None else str(known)


def carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address of whoever comes by a translator (RFC 6052), 6to4 (RFC 3056) or Teredo (RFC 4380)."""
    if address in TRANSLATED:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.sixtofour or (address.teredo[1] if address.teredo else None)
