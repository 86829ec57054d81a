"""Passwords of staff: what a good one is, and their argon2id hashes (RFC 9106), worked out away from the event loop."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from tortoise.backends.base.client import BaseDBAsyncClient

from models.staff_access import Password
from services.refusals import InvalidInput

LONGEST = 128  # characters; more would only keep a processor busy
ALIKE = 4  # a word of the account that has fewer letters than this gives nothing away
COMMON = ("password", "katasandi", "rahasia", "qwerty", "12345678", "indonesia", "kediri", "surga")

Result = TypeVar("Result")


class Passwords:
    """Hashes and compares, a few at a time; calls counts the runs of argon2, which cost tens of milliseconds each."""

    def __init__(self, hasher: PasswordHasher | None = None, *, at_once: int = 2) -> None:
        self.calls = 0
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(at_once)
        self._nobodys: str | None = None

    async def hashed(self, password: str) -> str:
        """The hash to keep, with its own salt and parameters in it."""
        return await self._run(self._hasher.hash, normal(password))

    async def matches(self, kept: str | None, password: str) -> bool:
        """Whether this is the password; where none is kept the same work is done for nothing."""
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(secrets.token_hex(16))
        same = await self._run(self._verified, kept or self._nobodys, normal(password[:LONGEST]))
        return same and kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)

    def _verified(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., Result], *given: str) -> Result:
        async with self._turns:
            self.calls += 1
            return await asyncio.to_thread(work, *given)


def normal(password: str) -> str:
    """One spelling of what different keyboards write differently (Unicode NFKC, as NIST SP 800-63B asks)."""
    return unicodedata.normalize("NFKC", password)


def require_good(password: str, *, email: str, name: str, shortest: int) -> None:
    """Refuse a password that is too short, too long, common, or made of the account; raises InvalidInput."""
    plain = normal(password)
    if not shortest <= len(plain) <= LONGEST:
        raise InvalidInput("PASSWORD_LENGTH", path=("password",), least=shortest, most=LONGEST)
    squeezed = "".join(plain.lower().split())
    own = [email.partition("@")[0], *name.split()]
    weak = [*COMMON, *(word for word in own if len(word) >= ALIKE)]
    for word in weak:
        squeezed = squeezed.replace(word.lower(), "")
    if len(squeezed) < shortest // 2 or len(set(squeezed)) < ALIKE:
        raise InvalidInput("PASSWORD_WEAK", path=("password",))


async def keep(officer_id: int, hashed: str, now: datetime, using: BaseDBAsyncClient) -> None:
    """Set or replace an officer's password."""
    await Password.update_or_create({"hash": hashed, "changed_at": now}, officer_id=officer_id, using_db=using)
