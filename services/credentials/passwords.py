"""Passwords of staff: which ones are accepted, and how their hashes are stored (docs/adr/0011)."""

from __future__ import annotations

from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from models.staff_access import Password
from services.core.password_hashing import LONGEST, normal
from services.core.refusals import InvalidInput

ALIKE = 4  # a word of the account that has fewer letters than this gives nothing away
COMMON = ("password", "katasandi", "rahasia", "qwerty", "12345678", "indonesia", "kediri", "surga")


def require_good(password: str, *, email: str, name: str, shortest: int) -> None:
    """Raise InvalidInput for a password that is too short, too long, common, or made of the account's name or e-mail.

    The words and numbers are our choice.
    """
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
