"""What resolvers work with: the desk, the caller's scope, and loaders that live for one operation or one event."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

import strawberry

from schema.core.loading import Loader
from services.access.redactions import Redactions
from services.access.scopes import Scope, Sight
from services.core.desk import Desk
from services.core.messages import DEFAULT_LANGUAGE
from services.credentials.narrow_door import NarrowDoor
from services.credentials.prefetch import Prefetch
from services.credentials.sessions import OpenedSession
from services.evaluation.views import cases_of_tickets
from services.intake.proof_of_work import NoProofs, Proofs
from services.queries import clocks, escalations, extensions, holds, merged, tickets, timelines
from services.queries.reporter_messages import Reader
from services.queries.timelines import EventView
from services.queries.views import TicketView
from services.reporters import reporters
from services.sp4n.views import LinkRows, links
from services.tickets.clocks.rows import StoredClocks

Rows = list[Mapping[str, Any]]
Noting = TypeVar("Noting", bound=TicketView | EventView | None)


class Loaders:
    """Loaders of what belongs to tickets: one statement per kind however many tickets ask, under the caller's rights.

    Nothing in here refers back to it, so that it goes with the operation or the event that it was made for.
    """

    def __init__(self, desk: Desk, sight: Sight, redactions: Redactions | None = None) -> None:
        self._desk = desk
        self._sight = sight
        self._redactions = redactions
        self._timelines: dict[timelines.Window, Loader[int, timelines.TimelinePage]] = {}
        self._of_others: dict[Sight, Loaders] = {}
        self.tickets: Loader[int, TicketView | None] = Loader(partial(load_tickets, desk, sight, redactions), desk.pace)
        self.reporters: Loader[int, reporters.Identity | None] = Loader(partial(load_reporters, desk), desk.pace)
        self.duplicates: Loader[int, list[TicketView]] = Loader(
            partial(load_duplicates, desk, sight, redactions), desk.pace
        )
        self.continuations: Loader[int, merged.Continuation | None] = Loader(load_continuations, desk.pace)
        self.holds: Loader[int, int] = Loader(load_holds, desk.pace)
        self.clocks: Loader[int, StoredClocks] = Loader(load_clocks, desk.pace)
        self.escalations: Loader[int, Rows] = Loader(load_escalations, desk.pace)
        self.answers: Loader[int, Rows] = Loader(load_answers, desk.pace)
        self.extensions: Loader[int, Rows] = Loader(load_extensions, desk.pace)
        self.cases: Loader[int, Rows] = Loader(load_cases, desk.pace)
        self.links: Loader[int, LinkRows | None] = Loader(load_links, desk.pace)

    def of(self, view: TicketView) -> Loaders:
        """Those under the rights by which a ticket was read; those of a session that was just opened are others."""
        if view.sight == self._sight:
            return self
        known = self._of_others.get(view.sight)
        if known is None:
            known = self._of_others[view.sight] = Loaders(self._desk, view.sight, self._redactions)
        return known

    def timeline(self, part: timelines.Window) -> Loader[int, timelines.TimelinePage]:
        known = self._timelines.get(part)
        if known is None:
            read = partial(load_timelines, self._desk, self._sight, self._redactions, part)
            known = self._timelines[part] = Loader(read, self._desk.pace)
        return known


async def load_tickets(
    desk: Desk, sight: Sight, redactions: Redactions | None, keys: list[int]
) -> list[TicketView | None]:
    found = await tickets.tickets_by_ids(desk, sight, keys)
    for view in found.values():
        view.redactions = redactions
    return [found.get(key) for key in keys]


async def load_duplicates(
    desk: Desk, sight: Sight, redactions: Redactions | None, keys: list[int]
) -> list[list[TicketView]]:
    found = await merged.duplicates(desk, sight, keys)
    for view in (view for views in found.values() for view in views):
        view.redactions = redactions
    return [found[key] for key in keys]


async def load_continuations(keys: list[int]) -> list[merged.Continuation | None]:
    found = await merged.continuations(keys)
    return [found.get(key) for key in keys]


async def load_holds(keys: list[int]) -> list[int]:
    found = await holds.holds(keys)
    return [found.get(key, 0) for key in keys]


async def load_clocks(keys: list[int]) -> list[StoredClocks]:
    found = await clocks.ledgers(keys)
    return [found[key] for key in keys]


async def load_escalations(keys: list[int]) -> list[Rows]:
    found = await escalations.escalations(keys)
    return [found[key] for key in keys]


async def load_reporters(desk: Desk, keys: list[int]) -> list[reporters.Identity | None]:
    found = await reporters.masked_reporters(desk, keys)
    return [found.get(key) for key in keys]


async def load_answers(keys: list[int]) -> list[Rows]:
    found = await tickets.answers(keys)
    return [found[key] for key in keys]


async def load_links(keys: list[int]) -> list[LinkRows | None]:
    found = await links(keys)
    return [found.get(key) for key in keys]


async def load_cases(keys: list[int]) -> list[Rows]:
    found = await cases_of_tickets(keys)
    return [found[key] for key in keys]


async def load_extensions(keys: list[int]) -> list[Rows]:
    found = await extensions.extensions(keys)
    return [found[key] for key in keys]


async def load_timelines(
    desk: Desk, sight: Sight, redactions: Redactions | None, part: timelines.Window, keys: list[int]
) -> list[timelines.TimelinePage]:
    reference = desk.references.held or await desk.reference()
    found = await timelines.timelines(desk, reference, sight, keys, part)
    for page in found.values():
        for event in page.events:
            event.redactions = redactions
    return [found[key] for key in keys]


@dataclass(frozen=True, slots=True)
class GroupContext:
    """The context of a group of equal subscriptions: it holds only what all of its members share."""

    desk: Desk
    sight: Sight
    loaders: Loaders
    language: str = DEFAULT_LANGUAGE


class RateLimits(Protocol):
    """How often callers may try something.

    Each method counts one try or raises Throttled. A try that is a block is given back where the block ends without an
    exception; whoever comes by the narrow door, which stays open for known accounts, hands it on to the use case.
    """

    async def submission(self, address: str) -> None:
        """A submission without a token, from this address."""

    def citizen_session(self, address: str, number: str) -> AbstractAsyncContextManager[NarrowDoor]:
        """A try to open a citizen's session for this number, from this address."""

    def invitation(self, address: str) -> AbstractAsyncContextManager[NarrowDoor]:
        """A try to spend a one-time link, from this address."""

    def sign_in(self, address: str, account: str) -> AbstractAsyncContextManager[NarrowDoor]:
        """A try to sign in to this account, which need not exist, from this address."""

    def password_change(self, principal: str) -> AbstractAsyncContextManager[NarrowDoor]:
        """A try of somebody who is signed in at their own current password."""

    def user_code(self, principal: str) -> AbstractAsyncContextManager[NarrowDoor]:
        """A try of this approver to name the code of a screen."""

    async def reveal(self, principal: str) -> None:
        """This caller wants to know who reported a ticket."""

    async def lookup(self, principal: str) -> None:
        """This caller wants to know what a person has reported."""


@dataclass(slots=True)
class BrowserSession:
    """What is known of the browser of an HTTP request, and which session its cookie is to hold or to drop.

    keeps_cookies: it is a page of ours that may be given one; by_cookie: it came with one; proof: its X-Surga-Proof;
    new_session: what its cookie is to hold from now on; ended: its session was ended; switched: it acts for another
    post from now on, which a socket has to know too.
    """

    agent: str = ""
    proof: str | None = None
    keeps_cookies: bool = False
    by_cookie: bool = False
    new_session: OpenedSession | None = None
    ended: bool = False
    switched: bool = False


@dataclass(slots=True, eq=False)
class Context:
    """The context of one query or mutation of one caller; who switches posts in it has another scope from then on.

    prefetch: gives a list of a query what was read with its caller's row; a mutation reads what it has made of it.
    """

    desk: Desk
    scope: Scope
    language: str
    address: str
    loaders: Loaders
    rate_limits: RateLimits
    redactions: Redactions = field(default_factory=Redactions)
    browser: BrowserSession = field(default_factory=BrowserSession)
    proofs: Proofs = field(default_factory=NoProofs)
    prefetch: Prefetch | None = None

    @property
    def sight(self) -> Sight:
        return self.scope.sight

    def act_as(self, scope: Scope) -> None:
        """Go on under other rights: what follows in the same document, and on the same socket, has these."""
        self.scope = scope
        self.loaders = Loaders(self.desk, scope.sight, self.redactions)
        self.browser.switched = True

    def noting(self, view: Noting) -> Noting:
        """The same view, whose redactions are noted for this operation, and which speaks the caller's language."""
        if view is not None:
            view.redactions = self.redactions
        if isinstance(view, EventView):
            view.reader = Reader(self.language, self.desk.rules.zone)
        return view

    def as_extensions(self) -> dict[str, Any]:
        """What the answer's extensions say besides the data."""
        redactions = self.redactions.as_extensions()
        return {"redactions": redactions} if redactions else {}


def context_for(
    desk: Desk,
    scope: Scope,
    language: str,
    address: str,
    rate_limits: RateLimits,
    browser: BrowserSession | None = None,
    proofs: Proofs | None = None,
    prefetch: Prefetch | None = None,
) -> Context:
    """A fresh context with fresh loaders; must be called inside the event loop."""
    redactions = Redactions()
    loaders = Loaders(desk, scope.sight, redactions)
    return Context(
        desk,
        scope,
        language,
        address,
        loaders,
        rate_limits,
        redactions,
        browser or BrowserSession(),
        proofs or NoProofs(),
        prefetch,
    )


def group_context(desk: Desk, sight: Sight, language: str = DEFAULT_LANGUAGE) -> GroupContext:
    """The context of one event in one group."""
    return GroupContext(desk, sight, Loaders(desk, sight), language)


Info = strawberry.Info[Context, None]
