"""GraphiQL as a browser gets it: from this server alone, under a strict policy, and out of every client's way."""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.settings import Environment, Settings
from api.web.graphiql import CONTENT_SECURITY_POLICY, WithPage, assets, front
from services.core.desk import Desk
from tests.clients.node import Node
from tests.clients.town import Town, served_town

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
VIEWER = {"kind": "STAFF", "name": "Petugas", "roles": ["OFFICER"], "officer": None, "agency": None}
TABS = ["Viewer", "Worklists", "TicketList", "TicketStatusChanged"]


async def endpoint(request: object) -> JSONResponse:
    return JSONResponse({"data": {"viewer": VIEWER}})


def app(folder: Path) -> Starlette:
    graphql = Route("/graphql", endpoint, methods=["GET", "POST"])
    return Starlette(routes=[Route("/graphql", WithPage(graphql.app, folder)), front(), assets(folder)])


def client(folder: Path) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app(folder)), base_url="http://desk")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>GraphiQL")
    (tmp_path / "assets" / "index-1a2b.js").write_text("1")
    return tmp_path


async def test_gives_a_browser_the_page_under_a_strict_policy(folder: Path) -> None:
    async with client(folder) as browser:
        answer = await browser.get("/graphql", headers=BROWSER)

    assert (answer.status_code, answer.text) == (200, "<!doctype html>GraphiQL")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe-eval" not in CONTENT_SECURITY_POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "accept"


async def test_leads_who_typed_the_name_of_the_server_only(folder: Path) -> None:
    async with client(folder) as browser:
        answer = await browser.get("/", headers=BROWSER, follow_redirects=True)

    assert (answer.url.path, answer.text) == ("/graphql", "<!doctype html>GraphiQL")


@pytest.mark.parametrize(
    ("method", "target", "accept"),
    [
        ("GET", "/graphql?query={viewer{name}}", BROWSER["accept"]),
        ("GET", "/graphql", "application/json"),
        ("GET", "/graphql", "text/html, application/graphql-response+json"),
        ("GET", "/graphql", "*/*"),
        ("POST", "/graphql", BROWSER["accept"]),
    ],
)
async def test_leaves_every_other_request_to_the_endpoint(folder: Path, method: str, target: str, accept: str) -> None:
    async with client(folder) as caller:
        answer = await caller.request(method, target, headers={"accept": accept})

    assert answer.json() == {"data": {"viewer": VIEWER}}


async def test_lets_browsers_keep_assets_with_hashed_names(folder: Path) -> None:
    async with client(folder) as browser:
        script = await browser.get("/graphiql/assets/index-1a2b.js")
        unknown = await browser.get("/graphiql/assets/index-9f9f.js")

    assert (script.status_code, script.text) == (200, "1")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert unknown.status_code == 404
    assert "cache-control" not in unknown.headers


async def test_serves_nothing_beside_its_folder(folder: Path) -> None:
    (folder.parent / "demo.json").write_text("{}")

    async with client(folder) as browser:
        answer = await browser.get("/graphiql/%2e%2e/demo.json")

    assert answer.status_code == 404


async def test_says_how_to_build_a_page_that_is_not_there(tmp_path: Path) -> None:
    async with client(tmp_path / "dist") as browser:
        answer = await browser.get("/graphql", headers=BROWSER)
        asset = await browser.get("/graphiql/assets/index-1a2b.js")

    assert (answer.status_code, answer.text) == (503, "GraphiQL is not built. Run `make web`, then reload this page.\n")
    assert asset.status_code == 404


@pytest.mark.slow
async def test_works_in_chromium_from_its_first_query_to_an_example_and_asks_nobody_else(
    node: Node, desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    development = settings.model_copy(update={"environment": Environment.DEVELOPMENT})

    async with served_town(desk, development) as town:
        seen = await node.run(
            "browser/graphiql.ts", town.graphql, str(tmp_path), SURGA_TOKEN=town.tokens["coordinator"]
        )

    for look in (seen["light"], seen["dark"]):
        assert look["tabs"] == TABS
        assert look["hosts"] == [httpx.URL(town.graphql).netloc.decode()]
        assert look["troubles"] == []
        assert '"kind": "ANONYMOUS"' in look["first"]
        assert '"name": "Koordinator Uji"' in look["answer"]
        assert look["example"] == "DispatchTicket"
        assert '"title": "Lampu jalan mati"' in look["change"]
        assert look["workers"] >= 1
    assert (tmp_path / "light.png").stat().st_size > 10_000
    assert (tmp_path / "dark.png").stat().st_size > 10_000


async def test_is_not_there_outside_development_and_demo(town: Town) -> None:
    async with httpx.AsyncClient(timeout=60) as browser:
        page = await browser.get(town.graphql, headers=BROWSER)
        asset = await browser.get(town.graphql.replace("/graphql", "/graphiql/assets/index.js"))
        front = await browser.get(town.graphql.replace("/graphql", "/"))

    assert front.status_code == 404
    assert "html" not in page.headers["content-type"]
    assert (page.status_code, asset.status_code) == (400, 404)
