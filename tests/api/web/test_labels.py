"""/labels/id.json and /labels/en.json: the words of `surga schema --labels`, for every client's cache."""

from __future__ import annotations

import json
import shutil

import httpx
import pytest
from starlette.applications import Starlette

from api.app import create_app
from api.http.edge import Edge
from api.http.metrics import Metrics
from api.security.origins import Origins
from api.web.labels import channels_of, is_known, labels_file, labels_route
from services.queries.labels import all_labels
from tests.root import ROOT


@pytest.fixture
async def client():
    origins = Origins(hosts=("desk.example.go.id",), origins=("https://portal.example.go.id",))
    app = Starlette(routes=[labels_route()])
    transport = httpx.ASGITransport(Edge(app, metrics=Metrics(), origins=origins, https=False, direct={}))
    async with httpx.AsyncClient(transport=transport, base_url="https://desk.example.go.id") as made:
        yield made


@pytest.mark.parametrize("language", ["id", "en"])
async def test_a_client_reads_all_words_without_a_token(client, language):
    answer = await client.get(f"/labels/{language}.json")

    assert answer.status_code == 200
    assert answer.json() == all_labels(language)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_both_languages_have_strong_tags_of_their_own(client):
    tags = {(await client.get(f"/labels/{language}.json")).headers["etag"] for language in ("id", "en")}

    assert len(tags) == 2
    assert all(tag.startswith('"') and tag.endswith('"') and len(tag) == 26 for tag in tags)


async def test_head_tells_what_get_would(client):
    whole, head = await client.get("/labels/id.json"), await client.head("/labels/id.json")

    assert (head.status_code, head.content) == (200, b"")
    assert {name: head.headers[name] for name in ("etag", "content-length", "content-type", "cache-control")} == {
        name: whole.headers[name] for name in ("etag", "content-length", "content-type", "cache-control")
    }


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
async def test_who_has_them_is_told_so_without_the_words(client, method, form):
    tag = (await client.get("/labels/id.json")).headers["etag"]

    answer = await client.request(method, "/labels/id.json", headers={"if-none-match": form.format(tag)})

    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "content-type" not in answer.headers


@pytest.mark.parametrize("named", [[], ['"other"'], [""], ['"*"'], ["abc"]])
def test_who_has_something_else_gets_them(named):
    assert not is_known('"abc"', named)


async def test_several_lines_of_tags_are_one_list():
    assert is_known('"b"', ['"a"', '"b"'])


@pytest.mark.parametrize("path", ["/labels/nl.json", "/labels/ID.json", "/labels/.json", "/labels/..%2fid.json"])
async def test_a_language_that_the_desk_does_not_speak_is_not_there(client, path):
    answer = await client.get(path, headers={"accept-language": "en"})

    assert answer.status_code == 404
    assert "etag" not in answer.headers


async def test_the_refusal_is_typed_and_in_the_reader_s_language(client):
    answers = [
        json.loads((await client.get("/labels/nl.json", headers={"accept-language": wish})).content)
        for wish in ("en", "id")
    ]

    assert answers == [
        {"errors": [{"message": "Labels come in the languages: id, en.", "extensions": {"code": "BAD_INPUT"}}]},
        {"errors": [{"message": "Label tersedia dalam bahasa: id, en.", "extensions": {"code": "BAD_INPUT"}}]},
    ]


async def test_nothing_can_be_sent_there(client):
    answer = await client.post("/labels/id.json", content=b"{}")

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://portal.example.go.id", "https://portal.example.go.id"), ("https://evil.example", None)]
)
async def test_pages_of_listed_origins_read_them_as_they_read_all_else(client, origin, allowed):
    answer = await client.get("/labels/id.json", headers={"origin": origin})

    assert answer.headers.get("access-control-allow-origin") == allowed


async def test_the_desk_serves_them(settings, desk):
    app = create_app(settings, desk=desk)
    async with app.router.lifespan_context(app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client:
            answer = await client.get("/labels/en.json")

    assert (answer.status_code, answer.json()) == (200, all_labels("en"))


@pytest.fixture
def other_city(tmp_path):
    """Kediri's folder, with another word for one channel."""
    folder = shutil.copytree(ROOT / "cities" / "kediri", tmp_path / "elsewhere")
    channels = folder / "channels.yaml"
    words = channels.read_text("utf-8").replace("{id: SMS 1708, en: SMS 1708}", "{id: SMS 9000, en: Text 9000}")
    channels.write_text(words, "utf-8")
    return folder


def channels(city):
    lists = {language: json.loads(labels_file(language, channels_of(city)).body) for language in ("id", "en")}
    return [found["Channel"]["SMS"] for found in lists.values()]


def test_a_city_with_a_folder_of_its_own_has_its_own_words_for_channels(other_city):
    assert channels(other_city) == ["SMS 9000", "Text 9000"]
    assert channels(None) == ["SMS 1708", "SMS 1708"]


def test_a_folder_that_is_wrong_says_nothing(tmp_path):
    assert channels(tmp_path / "nowhere") == ["SMS 1708", "SMS 1708"]
