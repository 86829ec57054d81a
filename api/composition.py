"""Everything of a running server, put together: the only place where all layers meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from graphql import GraphQLSchema
from starlette.requests import HTTPConnection

from api.documents.contracts import Contracts
from api.documents.documents import Documents
from api.documents.prices import real_sizes
from api.endpoints import SharedParts, http_endpoint, socket_endpoint
from api.http.device_grant import DeviceGrant
from api.http.job_times import JobTimes
from api.rates import Rates
from api.security.addresses import Addresses
from api.security.audit_counts import AuditCounts
from api.security.budgets import Budgets
from api.security.callers import Callers
from api.security.cookies import Cookies, WithCookies
from api.security.executions import Executions
from api.security.flushing import Flushing
from api.security.origins import Origins
from api.security.partner_use import PartnerUse
from api.security.proof_of_work import proofs_of
from api.security.throttles import Throttles
from api.server.opening import find_addresses, open_desk
from api.server.probe import Probe
from api.settings import Environment, Settings
from api.web.wallboard import build_of
from api.websocket.heartbeats import Heartbeats
from api.websocket.websocket import SocketEndpoint
from models.database import connect_alone, connection
from models.faults import Faults
from realtime.guards import Guards
from realtime.hub import Hub
from realtime.limits import HubLimits
from realtime.log_reader import LogReader
from schema.assembly import build_schema
from schema.feeds.live import LiveSchema
from services.access.grants import coordinates_of
from services.core.desk import Desk
from services.intake.proof_of_work import Proofs

LAST_FLUSH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Components:
    """What the routes are made of."""

    http: WithCookies
    sockets: SocketEndpoint
    hub: Hub
    reader: LogReader
    documents: Documents
    desk: Desk
    contracts: Contracts
    uses: PartnerUse
    counts: AuditCounts
    devices: DeviceGrant
    proofs: Proofs
    guards: Guards
    probe: Probe
    executions: Executions
    jobs: JobTimes
    hints: Callable[[HTTPConnection], Sequence[str]]


@asynccontextmanager
async def open_components(
    settings: Settings, given: Desk | None, hopeless: Callable[[str], None] | None = None
) -> AsyncIterator[Components]:
    """Open everything that a server needs, until the block ends; a desk that is given is left open.

    hopeless is called with the name of a lasting task that can not be kept running.
    """
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(open_desk(settings)) if given is None else given
        throttles = Throttles(find_addresses(settings).redis_url, rates(settings))
        stack.push_async_callback(throttles.close)
        budgets = Budgets(find_addresses(settings).redis_url, desk.keys.digest("budgets").hex()[:16])
        stack.push_async_callback(budgets.close)
        components = put_together(settings, desk, throttles, PartnerUse(desk, budgets), Guards(hopeless=hopeless))
        stack.push_async_callback(components.probe.close)
        stack.push_async_callback(flush_last, (components.uses, components.counts))
        stack.push_async_callback(components.hub.stop)
        stack.push_async_callback(components.guards.stop)
        begin_lasting_tasks(components)
        await components.hub.start()
        yield components


def begin_lasting_tasks(components: Components) -> None:
    """Begin the lasting tasks that write counts, and which sockets are open, to the database."""
    beats = Heartbeats(components.desk, lambda: [session.scope for session in components.sockets.sessions])
    components.guards.keep("partner use", components.uses.keep_flushing)
    components.guards.keep("audit counts", components.counts.keep_flushing)
    components.guards.keep("heartbeats", beats.keep_noting)
    components.guards.keep("times of jobs", components.jobs.keep_reading)
    components.guards.keep("database", components.probe.keep_asking)


async def flush_last(counters: Sequence[Flushing]) -> None:
    """Write the last counts; given up after LAST_FLUSH_SECONDS where the database is away."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_FLUSH_SECONDS):
            await asyncio.gather(*(each.flush() for each in counters))


def put_together(settings: Settings, desk: Desk, throttles: Throttles, uses: PartnerUse, guards: Guards) -> Components:
    """Build the endpoints of GraphQL, and all that they use, around one schema and one hub."""
    desk.boards.build = build_of()
    log = structlog.get_logger("surga.graphql")
    schema = build_schema()
    core: GraphQLSchema = schema._schema
    documents = Documents(core, sizes=lambda: real_sizes(desk.references.held))
    contracts = Contracts(core, documents, coordinates_of)
    live = LiveSchema(desk, schema, log, uses.budgets)
    reader = LogReader(connection, lambda: desk.bell.marked)
    hub = Hub(
        log=reader, bell=desk.bell, callbacks=live.callbacks(), clock=desk.clock, limits=hub_limits(settings),
        guards=guards, pace=desk.pace,
    )  # fmt: skip
    callers = callers_of(settings, desk, throttles)
    executions = Executions(pace=desk.pace)
    shared = SharedParts(settings, documents, contracts, callers, uses, callers.counts, log, executions)
    return Components(
        http=WithCookies(http_endpoint(shared), callers.cookies, desk),
        sockets=socket_endpoint(shared, hub, live),
        hub=hub,
        reader=reader,
        documents=documents,
        desk=desk,
        contracts=contracts,
        uses=uses,
        counts=callers.counts,
        devices=DeviceGrant(desk, callers.addresses, callers.origins, https=settings.https),
        proofs=callers.proofs,
        guards=guards,
        probe=Probe(connect_alone, faults=faults_of_pool),
        executions=executions,
        jobs=JobTimes(desk.links.note_clocks),
        hints=callers.addresses.hints,
    )


def callers_of(settings: Settings, desk: Desk, throttles: Throttles) -> Callers:
    """What identifies the callers of this desk."""
    addresses = Addresses(settings.trusted_proxies, desk.keys)
    return Callers(
        desk,
        addresses,
        throttles,
        Cookies(https=settings.https),
        origins_of(settings),
        AuditCounts(desk, addresses),
        proofs_of(settings, desk, throttles),
    )


def origins_of(settings: Settings) -> Origins:
    """The names that we answer under; a developer's machine is let in outside production."""
    loopback = settings.environment is not Environment.PRODUCTION
    return Origins(hosts=settings.hosts, origins=settings.origins, loopback=loopback)


def rates(settings: Settings) -> Rates:
    """The rate limits: the defaults, and what this installation sets."""
    return Rates(
        submissions_per_address=settings.submissions_per_address,
        submissions=settings.submissions_per_city,
        guesses_per_address=settings.guesses_per_address,
        reveals_per_caller=settings.reveals_per_caller,
        lookups_per_caller=settings.lookups_per_caller,
        sign_ins=settings.sign_ins,
        sign_ins_of_an_account=settings.sign_ins_per_account,
        failures_of_an_address=settings.sign_in_failures_per_address,
        user_codes_of_an_approver=settings.screen_codes_per_approver,
        invitations_per_address=settings.invitations_per_address,
    )


def hub_limits(settings: Settings) -> HubLimits:
    """The hub's limits, with what an installation may set."""
    return HubLimits(
        tick=settings.log_look_seconds,
        horizon=timedelta(days=settings.horizon_days),
        horizon_matches=settings.horizon_events,
    )


def faults_of_pool() -> Faults:
    """What PostgreSQL's own troubles were, as this process met them."""
    client: Any = connection()
    faults: Faults = client.faults
    return faults
