"""Hashes of passwords (argon2id, RFC 9106), worked out away from the event loop."""

from __future__ import annotations

import asyncio
import secrets
import time
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 128  # characters; more would only keep a processor busy
Result = TypeVar("Result")


class Passwords:
    """Hashes and compares, a few at a time; calls counts the runs of argon2, which cost tens of milliseconds each."""

    def __init__(
        self, hasher: PasswordHasher | None = None, *, at_once: int = 2, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.calls = 0
        self._last_seconds = 0.0
        self._clock = clock
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

    async def pretend(self) -> None:
        """Take as long as a comparison does, without its work."""
        await asyncio.sleep(self._last_seconds)

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)

    def _verified(self, kept: str, password: str) -> bool:
        begun = self._clock()
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
        finally:
            self._last_seconds = self._clock() - begun

    async def _run(self, work: Callable[..., Result], *given: str) -> Result:
        async with self._turns:
            self.calls += 1
            return await asyncio.to_thread(work, *given)


def normal(password: str) -> str:
    """One spelling of what different keyboards write differently (Unicode NFKC, as NIST SP 800-63B asks)."""
    return unicodedata.normalize("NFKC", password)
