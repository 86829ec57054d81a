"""What a wrong address gives: a small page to people, one line to programs, and nothing of what was asked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from api.web.inline import policy
from services.core.desk import Desk
from tests.clients.town import served_town

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
async def client(desk: Desk, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with served_town(desk, settings) as town:
        async with httpx.AsyncClient(timeout=60, base_url=town.graphql.removesuffix("/graphql")) as client:
            yield client


@pytest.mark.parametrize("path", ["/", "/lapor", "/wallboard/", "/wallboard/assets/none.js", "/labels/", "/%3Cb%3E"])
async def test_a_person_at_a_wrong_address_gets_a_page_in_indonesian(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=BROWSER)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert '<html lang="id">' in answer.text
    assert "<h1>Halaman tidak ditemukan</h1>" in answer.text
    assert re.findall(r'(?:href|src)="(.*?)"', answer.text) == ["/wallboard", "/activate"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == policy(answer.text)
    assert "connect-src" not in policy(answer.text)


async def test_the_page_of_a_wrong_address_speaks_english_to_who_reads_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere", headers={**BROWSER, "accept-language": "en-GB,en;q=0.9,id;q=0.5"})

    assert '<html lang="en">' in answer.text
    assert "<h1>Page not found</h1>" in answer.text
    assert {"accept", "accept-language"} <= {part.strip() for part in answer.headers["vary"].split(",")}


@pytest.mark.parametrize(
    ("method", "accept"), [("GET", "application/json"), ("GET", "*/*"), ("POST", BROWSER["accept"])]
)
async def test_a_program_at_a_wrong_address_gets_one_line(client: httpx.AsyncClient, method: str, accept: str) -> None:
    answer = await client.request(method, "/nowhere", headers={"accept": accept})

    assert (answer.status_code, answer.text) == (404, "Not Found")


async def test_browsers_find_the_icon_of_every_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/favicon.ico")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.headers["cache-control"] == "public, max-age=86400"
    for page in ("wallboard", "graphiql"):
        assert answer.content == (ROOT / "web" / page / "src" / "icon.svg").read_bytes()
