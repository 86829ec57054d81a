"""What /metrics shows of a running server, as one table."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from api.composition import Components, faults_of_pool
from api.http.job_times import JobSuccesses
from api.http.metrics import CountedBy, DeprecatedUses, Metrics, TasksBegunAgain
from models.database import connection
from realtime.hub import HubState
from services.core.desk import Desk

OVERDUE_SECONDS = 3.0  # our choice: the hub looks every second, and a slow machine may take another one


def known_days(desk: Desk) -> float:
    """Days from today to the last one whose days off are announced; NaN until the calendar was read."""
    held = desk.references.held
    return math.nan if held is None else (held.calendar.known_until - desk.today()).days


def lag_of(state: HubState) -> float:
    """How late live updates are, in ms: as late as the last look, or as long ago as that is where it is overdue."""
    return max(state.lag_ms, state.looked_ago * 1000) if state.looked_ago > OVERDUE_SECONDS else state.lag_ms


def pool_numbers() -> tuple[int, int, int, int]:
    """Open and idle connections of this process, who waits for one, and who was refused because too many wait."""
    pool = getattr(connection(), "_pool", None)
    if pool is None:
        return 0, 0, 0, 0
    return pool.get_size(), pool.get_idle_size(), pool.turns.waiting, pool.turns.refused


@dataclass(frozen=True, slots=True)
class GaugeRow:
    """One number: its name behind surga_, what it tells, and how it is read."""

    name: str
    description: str
    read: Callable[[Components], float]


GAUGES = (
    GaugeRow("log_position", "Events of the log that the hub has shown.", lambda of: of.hub.state.position),
    GaugeRow(
        "log_lag_milliseconds",
        "Age of the newest event when the hub showed it, or for how long nobody could look.",
        lambda of: lag_of(of.hub.state),
    ),
    GaugeRow("log_look_failed", "1 while the last look at the log failed.", lambda of: of.hub.state.error is not None),
    GaugeRow("log_newer_formats", "Events whose states only a later release can read.", lambda of: of.reader.newer),
    GaugeRow(
        "bell_live", "1 while the bell is heard, 0 while only the log is looked at.", lambda of: of.desk.bell.live
    ),
    GaugeRow("bell_failed_rings", "Rings that Redis did not take.", lambda of: of.desk.bell.failed_rings),
    GaugeRow("tasks", "Tasks of the event loop.", lambda _: len(asyncio.all_tasks())),
    GaugeRow("sockets", "Open WebSockets.", lambda of: len(of.sockets.sessions)),
    GaugeRow("subscriptions", "Running subscriptions.", lambda of: of.hub.state.members),
    GaugeRow("groups", "Groups of equal subscriptions.", lambda of: of.hub.state.groups),
    GaugeRow("groups_late", "Groups that have something to show.", lambda of: of.hub.state.late_groups),
    GaugeRow(
        "groups_failed", "Groups that were ended by what was raised in them.", lambda of: of.hub.state.failed_groups
    ),
    GaugeRow("log_looked_seconds", "Time since the last complete look.", lambda of: of.hub.state.looked_ago),
    GaugeRow("log_behind_milliseconds", "Age of what is committed and not read.", lambda of: of.hub.state.behind_ms),
    GaugeRow("executions", "Times that a group ran GraphQL.", lambda of: of.hub.state.executions),
    GaugeRow("operations_running", "Operations under way.", lambda of: of.executions.running),
    GaugeRow("operations_waiting", "Operations that wait for a turn.", lambda of: of.executions.waiting),
    GaugeRow("documents_hits", "Requests whose document was known.", lambda of: of.documents.hits),
    GaugeRow("documents_misses", "Requests whose document was new.", lambda of: of.documents.misses),
    GaugeRow("contracts", "Schemas of partners that are held.", lambda of: len(of.contracts)),
    GaugeRow(
        "calendar_known_days",
        "Days until which all days off are announced; from November on it should reach over the next year.",
        lambda of: known_days(of.desk),
    ),
    GaugeRow(
        "clocks_late_seconds",
        "For how long the oldest passing of a deadline waits to be noted.",
        lambda of: of.jobs.clocks_late,
    ),
    GaugeRow(
        "notifications_behind_events",
        "Events that were not read for notifications yet.",
        lambda of: of.jobs.notifications_behind,
    ),
    GaugeRow("database_writes_fail", "1 while the database takes no writes.", lambda _: faults_of_pool().writes_fail),
    GaugeRow("pool_connections", "Open connections to PostgreSQL.", lambda _: pool_numbers()[0]),
    GaugeRow("pool_idle", "Connections to PostgreSQL that nobody uses.", lambda _: pool_numbers()[1]),
    GaugeRow("pool_waiting", "Who waits for a connection to PostgreSQL.", lambda _: pool_numbers()[2]),
    GaugeRow("pool_refused", "Who found too many of their account waiting.", lambda _: pool_numbers()[3]),
)


def register_gauges(metrics: Metrics, components: Components) -> None:
    """Register what is read of the components when /metrics is."""
    for each in GAUGES:
        metrics.gauge(each.name, each.description, partial(each.read, components))
    for collector in (
        DeprecatedUses(components.uses),
        CountedBy("surga_errors", "Errors of answers, by code.", "code", components.counts.errors),
        CountedBy("surga_database_faults", "Troubles of PostgreSQL.", "sqlstate", faults_of_pool().counted),
        JobSuccesses(components.jobs),
        TasksBegunAgain(components.guards.begun_again),
    ):
        metrics.registry.register(collector)
