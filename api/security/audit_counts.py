"""What the audit log counts at the edge: who used a token, and who was refused, flushed every few seconds."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable

from starlette.requests import HTTPConnection

from api.security.addresses import Addresses
from api.security.flushing import Flushing
from models.enums import AuditKind, PrincipalKind
from realtime.cancellation import is_end
from services.access.scopes import Scope
from services.audit import counts
from services.audit.audit import count_one
from services.core.desk import Desk
from services.credentials.identify import anonymous

LOGGER = logging.getLogger("surga.audit")
REFUSALS = frozenset({"UNAUTHENTICATED", "FORBIDDEN", "RATE_LIMITED"})


class AuditCounts(Flushing):
    """Counts uses and refusals; a caller who is not known is counted by the keyed hash of their address."""

    every = counts.FLUSH_SECONDS

    def __init__(self, desk: Desk, addresses: Addresses) -> None:
        self.errors: Counter[str] = Counter()  # by code, whatever they are about
        self._desk = desk
        self._addresses = addresses

    def used(self, scope: Scope) -> Scope:
        """Count one use of the token that gave this scope, if any did."""
        if scope.kind is not PrincipalKind.ANONYMOUS:
            count_one(self._desk, AuditKind.TOKEN_USED, scope.principal)
        return scope

    def refused(self, scope: Scope | None, address: str, codes: Iterable[str]) -> None:
        """Count the errors of an operation or a connection; those of REFUSALS for the audit log, too."""
        codes = tuple(codes)
        self.errors.update(codes)
        self._note(scope, address, codes)

    def _note(self, scope: Scope | None, address: str, codes: Iterable[str]) -> None:
        if not REFUSALS.isdisjoint(codes):
            caller = anonymous(address) if scope is None else scope
            count_one(self._desk, AuditKind.REFUSED, caller.principal)

    def refused_request(self, connection: HTTPConnection, scope: Scope | None, codes: Iterable[str]) -> None:
        """The same for a request; its address is looked at only where it is needed."""
        codes = tuple(codes)
        self.errors.update(codes)
        if not REFUSALS.isdisjoint(codes):
            self._note(scope, self._addresses.key_of(connection), codes)

    def turned_away(self, connection: HTTPConnection) -> None:
        """Count a connection that came under a name or from a page that is not ours."""
        self.refused_request(connection, None, ["FORBIDDEN"])

    async def flush(self) -> None:
        """Write what was counted; while the database is away the counts are kept for the next flush."""
        try:
            await counts.flush(self._desk)
        except BaseException as problem:
            if is_end(problem):
                raise
            LOGGER.warning("Counts of the audit log wait to be written: %r", problem)


def turn_away(connection: HTTPConnection) -> None:
    """Count a connection that is refused before the desk is asked, with the counter in its ASGI state."""
    count = connection.scope.get("state", {}).get("turned_away")
    if count is not None:
        count(connection)
