"""Everything of a running server, put together: the only place where all layers meet."""

from __future__ import annotations

import asyncio
import math
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
from api.http.job_times import JobSuccesses, JobTimes
from api.http.metrics import CountedBy, DeprecatedUses, Metrics, TasksBegunAgain
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
from api.security.throttles import Rates, Throttles
from api.server.opening import find_addresses, open_desk
from api.server.probe import Probe
from api.settings import Environment, Settings
from api.web.wallboard import build_of
from api.websocket.heartbeats import Heartbeats
from api.websocket.websocket import SocketEndpoint
from models.database import connect_alone, connection
from models.faults import Faults
from realtime.guards import Guards
from realtime.hub import Hub, HubState
from realtime.limits import HubLimits
from realtime.log_reader import LogReader
from schema import build_schema
from schema.feeds.live import LiveSchema
from services.access.grants import coordinates_of
from services.core.desk import Desk
from services.intake.proof_of_work import Proofs

LAST_FLUSH_SECONDS = 1.0
OVERDUE_SECONDS = 3.0  # our choice: the hub looks every second, and a slow machine may take another one


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


def known_days(desk: Desk) -> float:
    """Days from today to the last one whose days off are announced; NaN until the calendar was read."""
    held = desk.references.held
    return math.nan if held is None else (held.calendar.known_until - desk.today()).days


def register_gauges(metrics: Metrics, components: Components) -> None:
    """Register the gauges of the components, which are read when /metrics is."""
    hub, bell = components.hub, components.desk.bell
    metrics.gauge("log_position", "Events of the log that the hub has shown.", lambda: hub.state.position)
    metrics.gauge(
        "log_lag_milliseconds",
        "Age of the newest event when the hub showed it, or for how long nobody could look.",
        lambda: lag_of(hub.state),
    )
    metrics.gauge("log_look_failed", "1 while the last look at the log failed.", lambda: hub.state.error is not None)
    metrics.gauge(
        "log_newer_formats", "Events whose states only a later release can read.", lambda: components.reader.newer
    )
    metrics.gauge("bell_live", "1 while the bell is heard, 0 while only the log is looked at.", lambda: bell.live)
    metrics.gauge("bell_failed_rings", "Rings that Redis did not take.", lambda: bell.failed_rings)
    metrics.gauge("tasks", "Tasks of the event loop.", lambda: len(asyncio.all_tasks()))
    metrics.gauge("sockets", "Open WebSockets.", lambda: len(components.sockets.sessions))
    metrics.gauge("subscriptions", "Running subscriptions.", lambda: hub.state.members)
    metrics.gauge("groups", "Groups of equal subscriptions.", lambda: hub.state.groups)
    metrics.gauge("groups_late", "Groups that have something to show.", lambda: hub.state.late_groups)
    metrics.gauge(
        "groups_failed", "Groups that were ended by what was raised in them.", lambda: hub.state.failed_groups
    )
    metrics.gauge("log_looked_seconds", "Time since the last complete look.", lambda: hub.state.looked_ago)
    metrics.gauge("log_behind_milliseconds", "Age of what is committed and not read.", lambda: hub.state.behind_ms)
    metrics.gauge("executions", "Times that a group ran GraphQL.", lambda: hub.state.executions)
    metrics.gauge("operations_running", "Operations under way.", lambda: components.executions.running)
    metrics.gauge("operations_waiting", "Operations that wait for a turn.", lambda: components.executions.waiting)
    metrics.gauge("documents_hits", "Requests whose document was known.", lambda: components.documents.hits)
    metrics.gauge("documents_misses", "Requests whose document was new.", lambda: components.documents.misses)
    metrics.gauge("contracts", "Schemas of partners that are held.", lambda: len(components.contracts))
    metrics.gauge(
        "calendar_known_days",
        "Days until which all days off are announced; from November on it should reach over the next year.",
        lambda: known_days(components.desk),
    )
    metrics.registry.register(DeprecatedUses(components.uses))
    metrics.registry.register(
        CountedBy("surga_errors", "Errors of answers, by code.", "code", components.counts.errors)
    )
    metrics.registry.register(
        CountedBy("surga_database_faults", "Troubles of PostgreSQL.", "sqlstate", faults_of_pool().counted)
    )
    metrics.gauge("database_writes_fail", "1 while the database takes no writes.", lambda: faults_of_pool().writes_fail)
    metrics.registry.register(JobSuccesses(components.jobs))
    metrics.registry.register(TasksBegunAgain(components.guards.begun_again))
    metrics.gauge("pool_connections", "Open connections to PostgreSQL.", lambda: pool_numbers()[0])
    metrics.gauge("pool_idle", "Connections to PostgreSQL that nobody uses.", lambda: pool_numbers()[1])
    metrics.gauge("pool_waiting", "Who waits for a connection to PostgreSQL.", lambda: pool_numbers()[2])
    metrics.gauge("pool_refused", "Who found too many of their account waiting.", lambda: pool_numbers()[3])


def faults_of_pool() -> Faults:
    """What PostgreSQL's own troubles were, as this process met them."""
    client: Any = connection()
    faults: Faults = client.faults
    return faults


def lag_of(state: HubState) -> float:
    """How late live updates are, in ms: as late as the last look, or as long ago as that is where it is overdue."""
    return max(state.lag_ms, state.looked_ago * 1000) if state.looked_ago > OVERDUE_SECONDS else state.lag_ms


def pool_numbers() -> tuple[int, int, int, int]:
    """Open and idle connections of this process, who waits for one, and who was refused because too many wait."""
    pool = getattr(connection(), "_pool", None)
    if pool is None:
        return 0, 0, 0, 0
    return pool.get_size(), pool.get_idle_size(), pool.turns.waiting, pool.turns.refused
