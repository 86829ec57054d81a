"""What a monitor reads at /metrics, in Prometheus' text format, from a registry of this app's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
ROUTES = frozenset({"/graphql", "/alive", "/ready", "/metrics"})


class CountsUses(Protocol):
    """Who counts the uses of deprecated fields, by partner and coordinate."""

    @property
    def counted(self) -> Mapping[tuple[int, str], int]: ...


class Metrics:
    """Counts requests, and reads gauges at the moment of the scrape."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "surga_requests", "Requests answered, by route and status.", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "surga_request_seconds", "Time to answer a request.", ["route"], buckets=SECONDS, registry=self.registry
        )
        self._counted: dict[tuple[str, int], tuple[Counter, Histogram]] = {}  # few routes, and statuses are our own

    def gauge(self, name: str, description: str, read: Callable[[], float]) -> None:
        """Show a number that read() knows, under surga_<name>."""
        Gauge(f"surga_{name}", description, registry=self.registry).set_function(read)

    def count(self, path: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        route = path if path in ROUTES else "other"
        counted = self._counted.get((route, status))
        if counted is None:
            children = self.requests.labels(route, status), self.seconds.labels(route)
            counted = self._counted[route, status] = children
        counted[0].inc()
        counted[1].observe(seconds)

    async def endpoint(self, request: Request) -> Response:
        """Answer a scrape."""
        return Response(generate_latest(self.registry), headers={"content-type": CONTENT_TYPE_LATEST})


class DeprecatedUses(Collector):
    """How often each partner used what will go, since this process began; labels hold numbers and names of fields."""

    def __init__(self, uses: CountsUses) -> None:
        self._uses = uses

    def collect(self) -> Iterator[Metric]:
        found = CounterMetricFamily("surga_deprecated_uses", "Uses of what will go.", labels=["partner", "coordinate"])
        for (partner, coordinate), count in sorted(self._uses.counted.items()):
            found.add_metric([str(partner), coordinate], count)
        yield found


class CountedBy(Collector):
    """A count for each value of one label, since this process began."""

    def __init__(self, name: str, description: str, label: str, counted: Mapping[str, int]) -> None:
        self._family = (name, description, label)
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        name, description, label = self._family
        found = CounterMetricFamily(name, description, labels=[label])
        for value, count in sorted(self._counted.items()):
            found.add_metric([value], count)
        yield found


class TasksBegunAgain(Collector):
    """How often each lasting task ended and was begun again, since this process began."""

    def __init__(self, begun_again: Mapping[str, int]) -> None:
        self._begun_again = begun_again

    def collect(self) -> Iterator[Metric]:
        found = CounterMetricFamily("surga_tasks_begun_again", "Lasting tasks that ended or stalled.", labels=["task"])
        for name, count in sorted(self._begun_again.items()):
            found.add_metric([name], count)
        yield found
