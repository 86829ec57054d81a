"""Personal values sealed one by one, under keys that rotate, and keyed digests to look one up by (docs/adr/0010).

A sealed value is `<key id>.<base64url of nonce and ciphertext>`: AES-256-GCM (NIST SP 800-38D) with a random nonce of
96 bits, bound to its ticket and field, so that no row can borrow another's value.
"""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.reporters import FORM
from services.core.keys import Keys

NONCE = 12
SEALED = re.compile(r"([0-9a-f]{12})\.([A-Za-z0-9_-]+)")
FIELDS = ("name", "phone", "email", "nik")
INDEXED = ("phone", "nik")


class CannotUnseal(Exception):
    """A value was sealed under a key that this process was not told of, or was tampered with."""


@lru_cache(maxsize=32)
def key_id(secret: bytes) -> str:
    """The public name of a secret's key: 12 hexadecimal digits that tell nothing of it."""
    return Keys(secret).derive("identity key id", 6).hex()


@lru_cache(maxsize=32)
def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(Keys(secret).derive("identity"))


def current_key_id(keys: Keys) -> str:
    """The name of the key under which values are sealed now."""
    return key_id(keys.identity_secrets[0])


def seal(keys: Keys, ticket_id: int, field: str, value: str) -> str:
    """The value as it may stand in the database."""
    secret, nonce = keys.identity_secrets[0], os.urandom(NONCE)
    sealed = nonce + _cipher(secret).encrypt(nonce, value.encode(), _associated_data(ticket_id, field))
    return f"{key_id(secret)}.{urlsafe_b64encode(sealed).decode().rstrip('=')}"


def unseal(keys: Keys, ticket_id: int, field: str, stored: str | None) -> str | None:
    """The value again; one that was stored before values were sealed is given as it is. Raises CannotUnseal."""
    match = SEALED.fullmatch(stored or "")
    if stored is None or match is None:
        return stored
    secret = next((each for each in keys.identity_secrets if key_id(each) == match[1]), None)
    if secret is None:
        raise CannotUnseal(f"no key {match[1]}")
    try:
        raw = urlsafe_b64decode(match[2] + "=" * (-len(match[2]) % 4))
        return _cipher(secret).decrypt(raw[:NONCE], raw[NONCE:], _associated_data(ticket_id, field)).decode()
    except (InvalidTag, ValueError):
        raise CannotUnseal("a value that was tampered with") from None


def sealed_columns(keys: Keys, ticket_id: int, values: dict[str, str]) -> dict[str, object]:
    """The columns of a reporter whose values are given in the clear, and in the form of now."""
    columns: dict[str, object] = {name: seal(keys, ticket_id, name, value) for name, value in values.items()}
    indexes = {f"{name}_index": digests(keys, name, values[name])[0] for name in INDEXED if name in values}
    return columns | indexes | {"key_id": current_key_id(keys), "form": FORM}


def digests(keys: Keys, field: str, value: str) -> list[bytes]:
    """The keyed digests (HMAC-SHA256) that a value may be found by: under the key of now, then under older ones."""
    return [Keys(secret).digest(f"{field} index", value) for secret in keys.identity_secrets]


def _associated_data(ticket_id: int, field: str) -> bytes:
    return f"reporter:{ticket_id}:{field}".encode()
