"""/invite: one page of our own in Indonesian and English, with nothing from outside, which sends its token to us only."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from graphql import build_schema, parse, validate

from api.settings import Settings
from api.web.invitation import text
from services.core.desk import Desk
from services.core.labels import labels
from tests.clients.documents import schema_text
from tests.clients.town import Town, served_town


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    async with served_town(desk, settings) as town:
        yield town


async def opened(town: Town) -> httpx.Response:
    async with httpx.AsyncClient(timeout=60) as client:
        return await client.get(town.graphql.replace("/graphql", "/invite"))


async def test_the_page_runs_its_own_script_and_style_and_nothing_else(town: Town) -> None:
    answer = await opened(town)

    rules = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    [script] = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert rules == {
        "default-src": "'none'",
        "script-src": hashed(script),
        "style-src": hashed(style),
        "connect-src": "'self'",
        "img-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def hashed(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


async def test_the_page_is_kept_nowhere_and_tells_nobody_where_it_was_opened(town: Town) -> None:
    answer = await opened(town)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"


def test_the_page_names_nothing_outside_and_hangs_no_script_on_elements() -> None:
    assert re.findall(r"https?:|//|url\(|@import|src=|href=|\son\w+=|\sstyle=", text(12)) == ["//"] * 2  # comments


def test_the_page_says_how_long_a_password_has_to_be() -> None:
    assert "Sedikitnya 15 karakter" in text(15)
    assert "{{" not in text(15)


def test_the_page_speaks_indonesian_and_sends_what_the_schema_takes() -> None:
    [mutation] = re.findall(r"const MUTATION = `(.*?)`", text(12), re.DOTALL)

    assert '<html lang="id">' in text(12)
    assert validate(build_schema(schema_text()), parse(mutation)) == []


def test_the_page_has_every_word_in_both_languages() -> None:
    [indonesian, english] = re.findall(r"^  (?:id|en): \{\n(.*?)^  \},", text(12), re.DOTALL | re.MULTILINE)
    names = [re.findall(r'(?:^    |", )(\w+): "', words, re.MULTILINE) for words in (indonesian, english)]
    used = set(re.findall(r'(?:\bword\(|data-word=)"(\w+)"', text(12)))

    assert names[0] == names[1]
    assert used - set(names[0]) == set()


@pytest.mark.parametrize(("key", "language"), [("id", "id"), ("en", "en")])
def test_the_page_names_roles_as_everything_else_does(key: str, language: str) -> None:
    [words] = re.findall(rf"^  {key}: \{{\n(.*?)^  \}},", text(12), re.DOTALL | re.MULTILINE)

    assert {name: label for name, label in re.findall(r'([A-Z]+): "(.*?)"', words)} == labels(language)["Role"]
