"""Which schema a caller has: the desk's own, that of its kind, or the one that a partner's grants open."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from graphql import GraphQLSchema

from api.documents.documents import Documents
from models.enums import PrincipalKind
from schema.partners.audiences import audience_contract, refusing
from schema.partners.choosing import choosing
from schema.partners.contracts import contract
from services.access.grants import MOST_CONTRACTS

DOCUMENTS_OF_ONE = 200
CHARACTERS_OF_ONE = 60_000
Coordinates = Callable[[str], Awaitable[frozenset[str]]]


class Contracts:
    """The documents of each distinct grant set, made at the first request and shared by all partners that have it.

    coordinates gives those under a digest. The least used contract goes first; a subscription that runs keeps its own.
    Staff have the desk's schema, and while they have not said which of their posts they act for, one that refuses most
    of it. Screens, citizens and callers without a token have that of their kind, made once: the
    frames of all screens are of one schema.
    """

    def __init__(
        self, core: GraphQLSchema, documents: Documents, coordinates: Coordinates, most_kept: int = MOST_CONTRACTS
    ) -> None:
        self.documents = documents
        self.most_kept = most_kept
        self.built = 0
        self._core = core
        self._coordinates = coordinates
        self._known: OrderedDict[str, Documents] = OrderedDict()
        self._of_kinds: dict[PrincipalKind, Documents] = {}
        self._choosers: Documents | None = None

    def __len__(self) -> int:
        return len(self._known)

    async def of(self, scope: Any) -> Documents:
        """The documents, and by them the schema, of a caller with this scope."""
        if scope.granted is None and scope.must_choose:
            return self._of_choosers()
        if scope.granted is None:
            return self.documents if scope.kind is PrincipalKind.STAFF else self._of_kind(scope.kind)
        known = self._known.get(scope.granted.contract)
        if known is None:
            return self._made(scope.granted.contract, await self._coordinates(scope.granted.contract))
        self._known.move_to_end(scope.granted.contract)
        return known

    def _of_choosers(self) -> Documents:
        if self._choosers is None:
            schema = choosing(self._core)
            self._choosers = Documents(schema, self.documents.limits, sizes=self.documents.sizes)
        return self._choosers

    def _of_kind(self, kind: PrincipalKind) -> Documents:
        known = self._of_kinds.get(kind)
        if known is None:
            signed_in = refusing(self._core, kind) if kind is PrincipalKind.ANONYMOUS else None
            known = Documents(
                audience_contract(self._core, kind),
                self.documents.limits,
                signed_in=signed_in,
                sizes=self.documents.sizes,
            )
            self._of_kinds[kind] = known
        return known

    def _made(self, digest: str, coordinates: frozenset[str]) -> Documents:
        known = self._known.get(digest)  # two first requests at once make it once
        if known is None:
            self.built += 1
            schema = contract(self._core, coordinates)
            limits = self.documents.limits
            known = Documents(
                schema,
                limits,
                most_kept=DOCUMENTS_OF_ONE,
                most_characters=CHARACTERS_OF_ONE,
                sizes=self.documents.sizes,
            )
            self._known[digest] = known
            if len(self._known) > self.most_kept:
                self._known.popitem(last=False)
        return known
