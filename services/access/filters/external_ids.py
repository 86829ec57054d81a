"""Tickets by what another system calls them (docs/adr/0022, 0036)."""

from __future__ import annotations

from models.enums import PrincipalKind
from models.sp4n import SP4N
from services.access.filters.values import FILTER
from services.access.predicates import External, Nothing, Predicate
from services.access.scopes import Scope
from services.core.keys import Keys
from services.core.refusals import bad_input
from services.inputs.signs import seen
from services.inputs.sp4n import sp4n_id

LONGEST_EXTERNAL_ID = 200  # our choice


def external(external_id: str, scope: Scope, keys: Keys | None) -> Predicate:
    """Tickets that another system calls so; without keys only where a release before this one kept the id as it is."""
    external_id = seen(external_id)
    if not 0 < len(external_id) <= LONGEST_EXTERNAL_ID:
        raise bad_input("BAD_EXTERNAL_ID", FILTER, "externalId")
    if scope.kind is PrincipalKind.DISPLAY:
        return Nothing()
    # Staff find ids of every system; a partner finds its own, as those of others would tell which tickets they know.
    # The id itself stands where a release before this one wrote it, until the worker has replaced it.
    names = (external_id,) if keys is None else (*keys.external_digests(external_id), external_id)
    return External(names, f"partner:{scope.client_id}" if scope.kind is PrincipalKind.PARTNER else None)


def tracked(typed: str, keys: Keys | None) -> Predicate:
    """The ticket that is linked to this report of SP4N-LAPOR!; without keys none."""
    found = sp4n_id(typed)
    if found is None:
        raise bad_input("BAD_SP4N_ID", FILTER, "sp4nTrackingId")
    return Nothing() if keys is None else External(tuple(keys.external_digests(found)), SP4N)
