"""Files of our pages travel compressed: by what the client takes, each encoding with a tag and a length of its own."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from api.web import wallboard
from api.web.assets import Assets
from api.web.encodings import chosen
from tests.clients.node import WEB

PLAIN, GZIP, BROTLI = b"let a = 1;" * 99, gzip.compress(b"let a = 1;" * 99, mtime=0), b"made by the build"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    for name, content in (("a.js", PLAIN), ("a.js.gz", GZIP), ("a.js.br", BROTLI), ("b.svg", b"<svg/>")):
        (tmp_path / name).write_bytes(content)
    app = Starlette(routes=[Mount("/assets", app=Assets(tmp_path, {"cache-control": "public"}))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        yield client


async def raw(client: httpx.AsyncClient, path: str, accept: str | None, method: str = "GET", **headers: str):
    """An answer, with its body as it travelled."""
    request = client.build_request(method, path, headers=headers)
    del request.headers["accept-encoding"]
    if accept is not None:
        request.headers["accept-encoding"] = accept
    answer = await client.send(request, stream=True)
    return answer, b"".join([chunk async for chunk in answer.aiter_raw()])


@pytest.mark.parametrize(
    ("accept", "encoding", "body"),
    [
        (None, None, PLAIN),
        ("", None, PLAIN),
        ("identity", None, PLAIN),
        ("gzip, deflate, br, zstd", "br", BROTLI),
        ("gzip", "gzip", GZIP),
        ("x-gzip", "gzip", GZIP),
        ("GZIP ; Q=0.5 , br;q=0", "gzip", GZIP),
        ("br;q=0.2, gzip;q=0.8", "gzip", GZIP),
        ("*", "br", BROTLI),
        ("*;q=0.1, br;q=0", "gzip", GZIP),
        ("identity, br;q=0.5", None, PLAIN),
        ("br;q=zero, gzip;q=0.0", None, PLAIN),
        ("br;q=2", None, PLAIN),
        ("deflate", None, PLAIN),
    ],
)
async def test_a_file_is_sent_as_the_client_likes_it_best(client, accept, encoding, body) -> None:
    answer, sent = await raw(client, "/assets/a.js", accept)

    assert (answer.headers.get("content-encoding"), sent) == (encoding, body)
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert (answer.headers["vary"], answer.headers["cache-control"]) == ("accept-encoding", "public")


async def test_each_encoding_has_a_tag_of_its_own_and_none_is_taken_for_another(client) -> None:
    tags = {accept: (await raw(client, "/assets/a.js", accept))[0].headers["etag"] for accept in ("", "gzip", "br")}
    same, _ = await raw(client, "/assets/a.js", "br", **{"if-none-match": tags["br"]})
    other, sent = await raw(client, "/assets/a.js", "br", **{"if-none-match": tags["gzip"]})

    assert len(set(tags.values())) == 3
    assert (same.status_code, same.headers["vary"], same.headers["etag"]) == (304, "accept-encoding", tags["br"])
    assert (other.status_code, sent) == (200, BROTLI)


async def test_a_head_tells_the_length_of_what_would_travel(client) -> None:
    answer, sent = await raw(client, "/assets/a.js", "br", "HEAD")

    assert (answer.headers["content-length"], answer.headers["content-encoding"], sent) == (str(len(BROTLI)), "br", b"")


async def test_what_was_not_compressed_is_sent_as_it_is_and_varies_by_nothing(client) -> None:
    answer, sent = await raw(client, "/assets/b.svg", "br, gzip")

    assert (sent, "vary" in answer.headers, "content-encoding" in answer.headers) == (b"<svg/>", False, False)


@pytest.mark.parametrize(
    "path", ["a.js.br", "a.js.gz", "../a.js", "%2e%2e/a.js", "a.js%2e%62r", "", ".br", "a.js%00.br"]
)
async def test_no_path_leads_to_an_encoding_or_out_of_the_folder(client, path: str) -> None:
    answer, _ = await raw(client, f"/assets/{path}", "br")

    assert answer.status_code == 404


def test_encodings_that_were_not_made_are_not_chosen() -> None:
    assert chosen(["br"], []) == "identity"
    assert chosen(["br, gzip"], ["gzip"]) == "gzip"
    assert chosen(["br;q=0.5", "gzip"], ["br", "gzip"]) == "gzip"


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["wallboard", "graphiql"])
def test_every_script_and_style_of_a_build_has_both_encodings(folder: str) -> None:
    made = WEB / folder / "dist" / "assets"
    texts = [path for path in made.rglob("*") if path.suffix in (".js", ".css") and path.stat().st_size >= 1024]

    assert texts, "run `make web` first"
    for path in texts:
        assert gzip.decompress(path.with_name(path.name + ".gz").read_bytes()) == path.read_bytes()
        assert path.with_name(path.name + ".br").stat().st_size < path.stat().st_size


async def test_the_board_s_worker_is_asked_for_anew_and_may_answer_for_the_board_alone(tmp_path: Path) -> None:
    (tmp_path / "worker.js").write_text("// waits")
    app = Starlette(routes=wallboard.pages(tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        worker = await client.get("/wallboard/worker.js")
        page = await client.get("/wallboard")

    assert (worker.status_code, worker.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert (worker.headers["cache-control"], worker.headers["service-worker-allowed"]) == ("no-cache", "/wallboard")
    assert worker.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    assert "worker-src 'self'" in page.headers["content-security-policy"].split("; ")
