"""The one listener of metrics: it asks all processes of a server, and tells each one's numbers under its label."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from api.errors import CannotStart
from api.http.metrics_sockets import FOLDER

ASK_SECONDS = 2.0  # our choice: sooner than a monitor gives up, and long enough for a busy worker


@contextmanager
def listening(where: str | None) -> Iterator[None]:
    """Listen on host:port, or on a Unix socket where a path is given; nothing is done for None.

    Raises CannotStart where the address can not be used.
    """
    if where is None:
        yield
        return
    folder = tempfile.mkdtemp(prefix="surga-metrics-")
    os.environ[FOLDER] = folder  # for the processes that are started from now on
    try:
        with opened(where, Path(folder)) as server:
            threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
            yield
            server.shutdown()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def opened(where: str, folder: Path) -> ThreadingHTTPServer:
    """A server on this address, which does not answer yet."""
    handler = type("Handler", (MetricsHandler,), {"folder": folder})
    try:
        return UnixServer((where, 0), handler) if "/" in where else ThreadingHTTPServer(address_of(where), handler)
    except OSError as wrong:
        raise CannotStart(f"SURGA_METRICS: {where} can not be used ({wrong.strerror}): choose another one.") from None


def address_of(where: str) -> tuple[str, int]:
    """Host and port; those of the settings are known to be good."""
    host, _, port = where.rpartition(":")
    return host.strip("[]"), int(port)


class UnixServer(ThreadingHTTPServer):
    """The same on a Unix socket, which only its owner may use."""

    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        path = Path(str(self.server_address[0]))
        path.unlink(missing_ok=True)
        before = os.umask(0o077)
        try:
            self.socket.bind(str(path))
        finally:
            os.umask(before)

    def get_request(self) -> tuple[socket.socket, Any]:
        asked, _ = self.socket.accept()
        return asked, ("unix", 0)


class MetricsHandler(BaseHTTPRequestHandler):
    """Answers GET /metrics, and nothing else."""

    folder: Path
    timeout = ASK_SECONDS * 2

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(404)
            return
        body = metrics_of_all(self.folder)
        self.send_response(200)
        self.send_header("content-type", CONTENT_TYPE_LATEST)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the class above
        """Log nothing, as the only client is a monitor that asks again and again."""


def metrics_of_all(folder: Path) -> bytes:
    """What all processes tell now; one that does not answer is down by `surga_up`."""
    families: dict[str, Metric] = {}
    up = GaugeMetricFamily("surga_up", "1 for a worker that answered, 0 for one that did not.", labels=["worker"])
    for path in sorted(folder.glob("*.sock"), key=lambda each: int(each.stem)):
        text = asked(path)
        up.add_metric([path.stem], text is not None)
        for family in text_string_to_metric_families(text or ""):
            merge(families, family, path.stem)
    registry = CollectorRegistry()
    registry.register(Families([up, *families.values()]))
    return generate_latest(registry)


def asked(path: Path) -> str | None:
    """What one process tells; None where it does not answer."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(ASK_SECONDS)
            line.connect(str(path))
            return b"".join(iter(lambda: line.recv(65_536), b"")).decode()
    except OSError:
        return None


def merge(families: dict[str, Metric], family: Metric, worker: str) -> None:
    """Add the samples of one process under its label."""
    known = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
    for sample in family.samples:
        known.add_sample(sample.name, {**sample.labels, "worker": worker}, sample.value)


class Families(Collector):
    """Families as they are."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families
