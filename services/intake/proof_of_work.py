"""Proofs of work for callers without a token: a second for a browser, and cheap to check (docs/adr/0014)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import parse_qs

import orjson

from models.enums import PrincipalKind
from services.access.scopes import Scope
from services.core.keys import Keys
from services.core.refusals import InvalidInput

LIFETIME = timedelta(minutes=10)
LONGEST = 1_000  # characters of a solution
LARGEST = 10_000_000
PATH = ("proof",)


class Proofs(Protocol):
    """What a caller without a token has to prove; another kind of captcha implements these two methods."""

    def challenge(self) -> dict[str, object] | None:
        """A new task for a browser, as JSON; None where nothing is asked of anybody."""

    async def require(self, solution: str | None) -> None:
        """Accept a right solution that was not used before; raises InvalidInput for any other."""


class NoProofs:
    """Requires no proof."""

    def challenge(self) -> dict[str, object] | None:
        return None

    async def require(self, solution: str | None) -> None:
        return


def is_stranger(scope: Scope) -> bool:
    """Whether the caller has no account, so that they prove work, and tries are counted by their address."""
    return scope.kind is PrincipalKind.ANONYMOUS


async def require_proof(proofs: Proofs, scope: Scope, solution: str | None) -> None:
    """Require the proof of work from callers without an account only; raises InvalidInput."""
    if is_stranger(scope):
        await proofs.require(solution)


class Spent(Protocol):
    """Remembers used solutions for a while, for all workers together."""

    async def first_use(self, name: str, lifetime: timedelta) -> bool:
        """Whether name was not used before; from now on it was."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """ALTCHA's task: find the number up to maxnumber for which SHA-256(salt + number) is challenge."""

    algorithm: str
    challenge: str
    maxnumber: int
    salt: str
    signature: str


class Altcha:
    """Proofs of work that the ALTCHA widget solves (altcha.org, protocol version 1), made and checked offline.

    effort is the largest number, so that a browser tries half as many hashes on average.
    """

    def __init__(self, keys: Keys, spent: Spent, clock: Callable[[], datetime], *, effort: int) -> None:
        self._key = keys.derive("proof of work")
        self._spent = spent
        self._clock = clock
        self._effort = effort

    def challenge(self) -> dict[str, object] | None:
        expires = int((self._clock() + LIFETIME).timestamp())
        salt = f"{secrets.token_hex(12)}?expires={expires}&"
        challenge = _hash(salt, secrets.randbelow(self._effort + 1))
        return asdict(Challenge("SHA-256", challenge, self._effort, salt, self._sign(challenge)))

    async def require(self, solution: str | None) -> None:
        if solution is None:
            raise InvalidInput("PROOF_NEEDED", path=PATH)
        challenge = self._solved(_read(solution))
        if not await self._spent.first_use(challenge, LIFETIME):
            raise InvalidInput("PROOF_USED", path=PATH)

    def _solved(self, given: dict[str, object]) -> str:
        """The challenge of a right solution that has not expired."""
        challenge, number, salt, signature = (given.get(name) for name in ("challenge", "number", "salt", "signature"))
        if not (isinstance(challenge, str) and isinstance(salt, str) and isinstance(signature, str)):
            raise _wrong()
        if type(number) is not int or not 0 <= number <= LARGEST or given.get("algorithm") != "SHA-256":
            raise _wrong()
        fits = _same(_hash(salt, number), challenge) and salt.endswith("&")
        if not (fits and _same(self._sign(challenge), signature)):
            raise _wrong()
        if not self._clock().timestamp() < float(parse_qs(salt.partition("?")[2])["expires"][0]):
            raise InvalidInput("PROOF_EXPIRED", path=PATH)
        return challenge

    def _sign(self, challenge: str) -> str:
        return hmac.new(self._key, challenge.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _hash(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode("utf-8", "replace")).hexdigest()


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "replace"))


def _read(solution: str) -> dict[str, object]:
    """What a solution says: base64 of a JSON object, as the widget sends it."""
    if len(solution) > LONGEST:
        raise _wrong()
    try:
        given = orjson.loads(base64.b64decode(solution, validate=True))
    except (binascii.Error, ValueError):
        raise _wrong() from None
    if not isinstance(given, dict):
        raise _wrong()
    return given


def _wrong() -> InvalidInput:
    return InvalidInput("PROOF_WRONG", path=PATH)
