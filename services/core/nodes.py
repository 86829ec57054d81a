"""Opaque global ids: what kind of thing and which one, as one token that clients hand back."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from functools import lru_cache

from services.inputs.signs import plain

KEPT = 20_000  # our choice: ids of the rows that lists show again and again, about 3 MB
LONGEST = 200  # characters as they are pasted; our choice
INTEGER, BIGINT = 2**31 - 1, 2**63 - 1
# The largest key of each kind that its column holds: whatever is larger was never given out.
KINDS = {
    "Ticket": BIGINT,
    "Agency": INTEGER,
    "Officer": INTEGER,
    "StaffAccount": INTEGER,
    "Category": INTEGER,
    "Answer": BIGINT,
    "UnresolvedCase": BIGINT,
    "Extension": BIGINT,
    "Escalation": BIGINT,
    "TicketEvent": BIGINT,
    "Notification": BIGINT,
    "Client": INTEGER,
    "Credential": BIGINT,
}
SHAPE = re.compile(r"([A-Za-z]{1,20}):([1-9][0-9]{0,17})")


@lru_cache(maxsize=KEPT)
def node_id(kind: str, key: int) -> str:
    """The global id of one thing, e.g. of ("Ticket", 12)."""
    text = b2a_base64(f"{kind}:{key}".encode(), newline=False).decode().rstrip("=")
    return text.replace("+", "-").replace("/", "_")


def read_node_id(text: str) -> tuple[str, int] | None:
    """The kind and the key in a global id; None for anything that this desk never gave out."""
    text = plain(text[:LONGEST])
    if len(text) > 64 or not text.isascii():
        return None
    try:
        inner = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        return None
    match = SHAPE.fullmatch(inner)
    if match is None or not int(match[2]) <= KINDS.get(match[1], 0) or node_id(match[1], int(match[2])) != text:
        return None
    return match[1], int(match[2])


def key_of(text: str, kind: str) -> int | None:
    """The key in a global id of this kind; None where it is of another kind or of none."""
    found = read_node_id(text)
    return found[1] if found and found[0] == kind else None
