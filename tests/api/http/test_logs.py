import io
import json
import logging

import pytest
import structlog
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.http.edge import Edge
from api.http.logs import REQUESTS, configure
from api.http.metrics import Metrics
from api.security.origins import Origins

HOST = (b"host", b"desk.example.go.id")


@pytest.fixture
def lines():
    stream = io.StringIO()
    before = logging.getLogger().handlers[:], logging.getLogger().level
    configure(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().handlers[:], level = before
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()
    REQUESTS.lines = None


@pytest.fixture
def call():
    async def hello(request):
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/graphql", hello, methods=["POST"]), Route("/alive", hello)])
    return caller(Edge(app, metrics=Metrics(), origins=Origins(hosts=("desk.example.go.id",)), https=False, direct={}))


def caller(app):
    """Call an ASGI app with one request; gives status and headers."""

    async def call(method, path, *, query=b"", headers=(), body=b""):
        sent = []

        async def receive():
            return {"type": "http.request", "body": body}

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": [HOST, *headers]}
        await app(
            scope | {"root_path": "", "http_version": "1.1", "scheme": "http", "server": ("x", 80)}, receive, send
        )
        return sent[0]["status"], dict(sent[0]["headers"])

    return call


async def test_a_request_leaves_one_line_with_its_id(lines, call):
    status, headers = await call("POST", "/graphql")

    [line] = lines()
    assert (line["event"], line["method"], line["path"], line["status"]) == ("http", "POST", "/graphql", status)
    assert line["request"] == headers[b"x-request-id"].decode()


async def test_a_line_holds_no_token_no_query_string_and_no_body(lines, call):
    secrets = [(b"authorization", b"Bearer srg_verysecret"), (b"cookie", b"session=alsosecret")]

    await call("POST", "/graphql", query=b"token=querysecret", headers=secrets, body=b'{"query":"bodysecret"}')

    assert "secret" not in json.dumps(lines())


async def test_control_characters_never_begin_a_second_line(lines, call):
    await call("POST", '/x\n{"event":"forged"}\x1b[2J\r')

    [line] = lines()
    assert line["path"] == '/x\\u000a{"event":"forged"}\\u001b[2J\\u000d'


async def test_a_path_that_reads_backwards_is_written_out(lines, call):
    """JSON leaves bidirectional and invisible characters as they are, and a terminal obeys them."""
    await call("POST", "/\u202egnp.exe\u200b\u2028")

    [line] = lines()
    assert line["path"] == "/\\u202egnp.exe\\u200b\\u2028"


@pytest.mark.parametrize(("given", "kept"), [(b"a-proxy-made-this-1", True), (b"bad\nid-that-is-long", False)])
async def test_a_harmless_id_of_a_proxy_is_kept(lines, call, given, kept):
    _, headers = await call("POST", "/graphql", headers=[(b"x-request-id", given)])

    assert (headers[b"x-request-id"] == given) is kept


async def test_probes_that_went_well_leave_no_line(lines, call):
    await call("GET", "/alive")

    assert lines() == []


def test_lines_of_libraries_have_the_same_shape(lines):
    logging.getLogger("uvicorn.error").warning("worker %s\nis slow", 3)

    [line] = lines()
    assert (line["event"], line["level"], line["logger"]) == ("worker 3\nis slow", "warning", "uvicorn.error")


@pytest.mark.parametrize(
    "tell",
    [
        lambda error: structlog.get_logger("surga.test").error("failed", exc_info=True),
        lambda error: structlog.get_logger("surga.test").error("failed", exc_info=error),
        lambda error: logging.getLogger("some.library").exception("failed"),
        lambda error: logging.getLogger("some.library").error("failed", exc_info=error),
    ],
    ids=["ours", "ours, given", "a library's", "a library's, given"],
)
def test_an_exception_is_told_without_its_words_and_its_traceback(lines, tell):
    try:
        raise ValueError("Key (word)=(melati) already exists.\nsecond line")
    except ValueError as error:
        tell(error)

    [line] = lines()
    assert (line["event"], line["error_type"], line["text"]) == ("failed", "ValueError", None)
    assert [place.split()[-1] for place in line["frames"]] == [
        "test_an_exception_is_told_without_its_words_and_its_traceback"
    ]
    assert not {"exception", "exc_info"} & set(line)
    assert "melati" not in json.dumps(line)


def test_text_of_a_client_that_is_no_utf8_is_no_error_of_ours(lines):
    try:
        b"\xff".decode()
    except UnicodeDecodeError:
        logging.getLogger("uvicorn.error").exception("Invalid UTF-8 sequence received from client.")

    [line] = lines()
    assert (line["level"], line["event"]) == ("info", "Invalid UTF-8 sequence received from client.")
    assert "error_type" not in line


def test_no_line_moves_a_terminal_or_turns_its_direction(lines):
    stream = logging.getLogger().handlers[0].stream
    said = "\x1b[2J \x7f \x9b \u202e \u2028 \U000e0041"

    structlog.get_logger().info(said, said=said)
    logging.getLogger("a library").warning("%s", said)

    assert [line["event"] for line in lines()] == [said, said]
    assert stream.getvalue().replace("\n", "").isprintable()
