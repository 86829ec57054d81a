"""The listener of metrics: all processes under their labels, the jobs of the worker, and nothing on the public door."""

import math
import os
import socket
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.errors import CannotStart
from api.gauges import lag_of
from api.http.job_times import JobTimes
from api.http.metrics import Metrics
from api.http.metrics_listener import listening
from api.http.metrics_sockets import FOLDER, metrics_on_socket, socket_in
from api.settings import Environment, Settings
from models.database import connection
from tests.api.http.test_health import running
from tests.factories import make_ticket
from workers.jobs import JOBS
from workers.loop import run_guarded


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setenv(FOLDER, "")
    monkeypatch.delenv(FOLDER)
    monkeypatch.setattr("api.http.metrics_listener.ASK_SECONDS", 60.0)  # a slow machine is no dead process


def samples(text):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def asked(path, url="http://metrics/metrics"):
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path)), timeout=60) as client:
        return await client.get(url)


async def test_all_processes_are_told_under_their_labels(tmp_path):
    first, second = Metrics(), Metrics()
    first.count("/graphql", 200, 0.01)
    second.count("/graphql", 200, 0.01)
    second.count("/graphql", 503, 0.01)

    with listening(str(tmp_path / "metrics.sock")):
        async with metrics_on_socket(first):
            async with metrics_on_socket(second):
                both = samples((await asked(tmp_path / "metrics.sock")).text)
            one = samples((await asked(tmp_path / "metrics.sock")).text)
            other = await asked(tmp_path / "metrics.sock", "http://metrics/ready")

    counted = {key[1:]: value for key, value in both.items() if key[0] == "surga_requests_total"}
    assert counted == {
        (("route", "/graphql"), ("status", "200"), ("worker", "0")): 1,
        (("route", "/graphql"), ("status", "200"), ("worker", "1")): 1,
        (("route", "/graphql"), ("status", "503"), ("worker", "1")): 1,
    }
    assert (both["surga_up", ("worker", "0")], both["surga_up", ("worker", "1")]) == (1, 1)
    assert ("surga_up", ("worker", "1")) not in one
    assert other.status_code == 404


async def test_a_process_that_does_not_answer_is_down(tmp_path):
    with listening(str(tmp_path / "metrics.sock")):
        async with metrics_on_socket(Metrics()):
            with socket.socket(socket.AF_UNIX) as dead:
                dead.bind(sockets(1))
            told = samples((await asked(tmp_path / "metrics.sock")).text)

    assert (told["surga_up", ("worker", "0")], told["surga_up", ("worker", "1")]) == (1, 0)


def sockets(number):
    return f"{os.environ[FOLDER]}/{number}.sock"


def test_who_replaces_a_worker_takes_its_place(tmp_path):
    with socket_in(tmp_path) as first:
        with socket_in(tmp_path) as second:
            pass
        with socket_in(tmp_path) as third:
            assert [each.name for each in (first, second, third)] == ["0.sock", "1.sock", "1.sock"]


def test_an_address_that_is_taken_is_one_sentence(tmp_path):
    with (
        pytest.raises(CannotStart, match=r"^SURGA_METRICS: .* can not be used \(No such file or directory\): choose"),
        listening(str(tmp_path / "nowhere" / "metrics.sock")),
    ):
        pass


@pytest.mark.parametrize(
    "where", ["0.0.0.0:9100", "10.0.0.7:9100", "9100", "a.example:9100", "127.0.0.1:0", "127.0.0.1:x"]
)
def test_others_never_reach_the_listener(where):
    with pytest.raises(ValueError, match="write host:port of this machine"):
        Settings(metrics=where)


@pytest.mark.parametrize(("environment", "status"), [(Environment.PRODUCTION, 404), (Environment.TEST, 200)])
async def test_the_public_door_of_production_tells_no_metrics(settings, desk, environment, status):
    served = settings.model_copy(update={"environment": environment, "hosts": ("127.0.0.1",), "plaintext": True})
    app = create_app(served, desk=desk)
    async with running(app) as client:
        assert (await client.get("/metrics")).status_code == status


async def test_errors_are_counted_by_code_whatever_the_status_is(settings, desk):
    app = create_app(settings, desk=desk)
    async with running(app) as client:
        answers = [await client.post("/graphql", json={"query": "{ gone }"}) for _ in range(3)]
        told = samples((await client.get("/metrics")).text)

    assert {answer.status_code for answer in answers} == {200}
    assert told["surga_errors_total", ("code", "BAD_INPUT")] == 3


async def test_every_server_tells_when_a_job_last_went_well(desk):
    [job] = [job for job in JOBS if job.name == "expire_sessions"]
    times = JobTimes(lambda _: None)
    await times.read()
    before, began = dict(times.at), time.time()

    await run_guarded(desk, job)
    await times.read()

    [(name, at)] = times.at.items()
    [row] = await connection().execute_query_dict("SELECT name FROM job_success")
    assert (before, name, row["name"]) == ({}, "expire_sessions", "expire_sessions")
    assert abs(at - began) < 3600


async def test_what_jobs_left_undone_is_told_in_numbers_and_named_after_a_minute(desk, database):
    ticket, times = await make_ticket(), JobTimes(lambda _: None)
    assert math.isnan(times.clocks_late)
    await times.read()
    nothing = times.clocks_late, times.late(desk.now())
    await database.execute_query(
        "INSERT INTO ticket_clock (ticket_id, clock, state, standing, started_at, used, extension, policy_code, "
        "rules_version, verdicts, next_at) VALUES ($1, 'NATIONAL', 'RUNNING', 'IN_TIME', now(), 0, 0, 'x', 1, '[]', "
        "now() - interval '100 seconds')",
        [ticket.id],
    )
    await database.execute_query("UPDATE notification_position SET seq = (SELECT seq FROM log_head) - 2")
    await run_guarded(desk, next(job for job in JOBS if job.name == "expire_sessions"))

    await times.read()
    at = datetime.now(UTC)
    times.at["pass_clocks"], times.at["notify"] = at.timestamp() - 61, at.timestamp()

    assert nothing == (0.0, [])
    assert times.clocks_late >= 100
    assert times.notifications_behind == 2
    assert times.late(at) == ["CLOCKS"]


@pytest.mark.parametrize(("looked_ago", "lag"), [(0.5, 40), (2.9, 40), (60.0, 60_000)])
def test_the_lag_grows_while_nobody_can_look(looked_ago, lag):
    assert lag_of(SimpleNamespace(looked_ago=looked_ago, lag_ms=40)) == lag
