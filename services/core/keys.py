"""One secret of the installation, and the separate keys that are derived from it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # noqa: S105 - the alphabet of secrets: 32 letters, none alike
SECRET_LENGTH = 16
DIGESTED = "hmac "  # begins a digest that stands where a word may stand; models/migrations/0015 knows it
DIGEST = re.compile(f"{DIGESTED}[0-9a-f]{{64}}")
SALT_LENGTH = 16  # bytes, as much as anybody could guess at


@lru_cache(maxsize=64)
def _derived(secret: bytes, label: str, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=b"surga", info=label.encode()).derive(secret)


def fresh_salt() -> bytes:
    """A salt for one tracking secret, so that an id that is given again after a restore gets another secret."""
    return secrets.token_bytes(SALT_LENGTH)


def is_digest(word: str) -> bool:
    """Whether a digest stands where releases before this one kept the word itself."""
    return DIGEST.fullmatch(word) is not None


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys by label, each derived with HKDF-SHA256 (RFC 5869), so that none reveals another.

    identity are the secrets for personal values, newest first; they rotate apart from the installation's own secret,
    from which citizens' tracking secrets and the digests of the log are made for ever.
    """

    secret: bytes = field(repr=False)
    identity: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def identity_secrets(self) -> tuple[bytes, ...]:
        """All that personal values may be sealed under; the installation's secret is the oldest of them."""
        return (*self.identity, self.secret)

    def derive(self, label: str, length: int = 32) -> bytes:
        return _derived(self.secret, label, length)

    def digest(self, label: str, *parts: str | bytes) -> bytes:
        """A keyed digest (HMAC-SHA256, 32 bytes) of parts, each with its length, under the key of label."""
        mac = hmac.new(self.derive(label), digestmod=hashlib.sha256)
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            mac.update(len(raw).to_bytes(8, "big") + raw)
        return mac.digest()

    def tracking_secret(self, ticket_id: int, rotation: int, salt: bytes | None = None) -> str:
        """The citizen's secret of a ticket: 80 bits as 16 letters in fours, e.g. `7KQ2-M9XA-...`.

        salt is the ticket's own; tickets from before there were salts have none, and keep the secret they were given.
        """
        salted = () if salt is None else (salt,)
        raw = self.digest("tracking secret", str(ticket_id), str(rotation), *salted)
        letters = "".join(SECRET_ALPHABET[byte % 32] for byte in raw[:SECRET_LENGTH])
        return "-".join(letters[start : start + 4] for start in range(0, SECRET_LENGTH, 4))

    def text_digest(self, text: str) -> bytes:
        """The digest that stays in the log when a text is erased; without the key nobody can guess texts against it."""
        return self.digest("text", text)

    def word_digest(self, ticket_id: int, name: str, text: str) -> str:
        """The digest of a word of one ticket, 64 hexadecimal digits; equal words of two tickets do not look alike."""
        return self.digest("word", str(ticket_id), name, text).hex()

    def mutation_digest(self, ticket_id: int, mutation_id: str) -> str:
        """What events keep of a client's own name of its change; no such name has a blank."""
        return DIGESTED + self.word_digest(ticket_id, "mutation id", mutation_id)

    def external_digest(self, external_id: str) -> str:
        """What states and keys keep of the name that another system has for a ticket, whatever system it is."""
        return DIGESTED + self.digest("external id", external_id).hex()

    def erased_digest(self, external_digest: str) -> str:
        """The same after an erasure: nobody finds the ticket by its name any more, and who sends it again is known."""
        return DIGESTED + self.digest("erased external id", external_digest).hex()

    def external_digests(self, external_id: str) -> tuple[str, ...]:
        """Under the secret of now, then under earlier ones that are still told, for who looks for a ticket."""
        return tuple(keys.external_digest(external_id) for keys in self._each())

    def all_external_digests(self, external_id: str) -> tuple[str, ...]:
        """The same, and what is kept of each after an erasure, for who asks whether a sender came before."""
        digests = self.external_digests(external_id)
        return (*digests, *(keys.erased_digest(digest) for digest in digests for keys in self._each()))

    def _each(self) -> list[Keys]:
        """These keys, and those of the other secrets that are told."""
        return [Keys(secret) for secret in dict.fromkeys((self.secret, *self.identity))]

    def address_hash(self, address: str) -> str:
        """A name for an address, for throttles and principals, that does not reveal the address."""
        return self.digest("address", address).hex()[:32]
