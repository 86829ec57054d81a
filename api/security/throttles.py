"""Rate limits of anonymous submissions, of guesses at secrets and passwords, and of reads that are watched."""

from __future__ import annotations

import hashlib
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from api.rates import Rates
from api.security.gate import Count, Door, Gate, Taken, count
from services.core.refusals import InvalidInput, NotFound, Refusal, Throttled


class Attempt:
    """One try that was let in; is_narrow: by the door that is left open at an address which is shut.

    By that door whatever is wrong looks as if nobody had looked: it is Throttled.
    """

    def __init__(self, gate: Gate, taken: Taken, narrow: Count, *, is_narrow: bool) -> None:
        self.is_narrow = is_narrow
        self.taken = [taken]
        self._gate = gate
        self._narrow = narrow

    @property
    def wait_seconds(self) -> int:
        """Until the address is let in again."""
        return self.taken[0].first_opens

    async def admits(self, account: str) -> bool:
        """Whether this account, "officer:12" or the like, may be tried now; only so often by the narrow door."""
        if not self.is_narrow:
            return True
        try:
            self.taken.append(await self._gate.take([Count(f"{self._narrow.key}:{account}", self._narrow.windows)]))
        except Throttled:
            return False
        return True


class Throttles:
    """Counts tries in Redis, for all workers together; while Redis is away, in this process.

    address is a keyed hash of a subscriber's address, never an address. Every try is taken before anything is done, or
    Throttled is raised; one that succeeds is given back.
    """

    def __init__(self, redis_url: str, rates: Rates | None = None, *, prefix: str = "surga:throttle") -> None:
        self._rates = rates or Rates()
        self._gate = Gate(redis_url, prefix)

    async def submission(self, address: str) -> None:
        """One anonymous submission."""
        await self._gate.take(
            [
                count(self._rates.submissions_per_address, "submission", address),
                count(self._rates.submissions, "submissions"),
            ]
        )

    def citizen_session(self, address: str, number: str) -> AbstractAsyncContextManager[Attempt]:
        """A try to open a ticket with its number and secret."""
        rates, ticket = self._rates, _ticket(number)
        of_address = count(rates.guesses_per_address, "guess", address)
        here = count(rates.guesses_per_number_and_address, "guess-at", ticket, address)
        at_all = count(rates.guesses_per_number, "guesses-at", ticket)
        attacked = count(rates.guesses_at_a_number_under_attack, "guess-under-attack", ticket, address)
        doors = guarded(of_address, here, at_all, attacked)
        narrow = count(rates.narrow_door, "narrow-guess", address)
        return self._attempt(doors, narrow, hidden=NotFound, forgiven=(here.key, attacked.key))

    def sign_in(self, address: str, account: str) -> AbstractAsyncContextManager[Attempt]:
        """A try to sign in; account is a keyed hash too, whether there is such an account or not."""
        rates = self._rates
        of_address = count(rates.failures_of_an_address, "failures", address)
        here = count(rates.sign_ins, "sign-in", account, address)
        at_all = count(rates.sign_ins_of_an_account, "sign-ins", account)
        attacked = count(rates.sign_ins_to_an_account_under_attack, "sign-in-under-attack", account, address)
        doors = guarded(of_address, here, at_all, attacked)
        narrow = count(rates.narrow_door, "narrow-sign-in", address)
        return self._attempt(doors, narrow, hidden=InvalidInput, forgiven=(here.key, attacked.key))

    def password_change(self, principal: str) -> AbstractAsyncContextManager[Attempt]:
        """A try at the current password of somebody who is signed in: counted for the account, whatever the address."""
        here = count(self._rates.sign_ins, "password-change", principal)
        return self._attempt([[here]], forgiven=(here.key,))

    def invitation(self, address: str) -> AbstractAsyncContextManager[Attempt]:
        """A try to spend a one-time link; one that is good is so at an address that is shut, too."""
        of_address = count(self._rates.invitations_per_address, "invitation", address)
        narrow = count(self._rates.narrow_door, "narrow-invitation", address)
        return self._attempt([[of_address], []], narrow, hidden=NotFound)

    def user_code(self, principal: str) -> AbstractAsyncContextManager[Attempt]:
        """A try at the code of a screen."""
        return self._attempt([[count(self._rates.user_codes_of_an_approver, "user-code", principal)]])

    async def reveal(self, principal: str) -> None:
        """One reporter that this caller wants unmasked."""
        await self._gate.take([count(self._rates.reveals_per_caller, "reveal", principal)])

    async def lookup(self, principal: str) -> None:
        """One person whose tickets this caller wants to find."""
        await self._gate.take([count(self._rates.lookups_per_caller, "lookup", principal)])

    async def first_use(self, name: str, lifetime: timedelta) -> bool:
        """Whether this name was not used within its lifetime; from now on it is."""
        try:
            await self._gate.take([Count(f"first-use:{name}", ((1, math.ceil(lifetime.total_seconds()) * 1_000),))])
        except Throttled:
            return False
        return True

    async def close(self) -> None:
        await self._gate.close()

    @asynccontextmanager
    async def _attempt(
        self,
        doors: Sequence[Door],
        narrow: Count | None = None,
        *,
        hidden: type[Refusal] = NotFound,
        forgiven: Sequence[str] = (),
    ) -> AsyncIterator[Attempt]:
        """One try, taken until the block ends without an exception; with narrow the last door is the narrow one."""
        taken = await self._gate.take(*doors)
        by_narrow_door = narrow is not None and taken.door == len(doors)
        attempt = Attempt(self._gate, taken, narrow or Count("", ()), is_narrow=by_narrow_door)
        try:
            yield attempt
        except hidden:
            if by_narrow_door:
                raise Throttled(attempt.wait_seconds) from None
            raise
        first, *more = attempt.taken
        for each in more:
            await self._gate.give_back(each)
        await self._gate.give_back(first, *forgiven)


def guarded(of_address: Count, here: Count, at_all: Count, attacked: Count) -> list[Door]:
    """The doors to an account: the open one, that of an account under attack, and that of an address that is shut.

    The last only looks at the tries here: whoever comes by it is counted where the account is known.
    """
    looked_at = [Count(each.key, each.windows, taken=False) for each in (here, attacked)]
    return [[of_address, here, at_all], [of_address, here, attacked], looked_at]


def _ticket(number: str) -> str:
    return hashlib.sha256(number.encode("utf-8", "replace")).hexdigest()[:32]
