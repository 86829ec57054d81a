"""docs/frontend.md: its program runs against a served desk as it stands there, its tables are those of the code."""

from __future__ import annotations

import json
import re

import pytest

from api.documents.limits import DocumentLimits
from api.http.graphql_request import HttpLimits
from api.security.origins import ASKED_HEADERS, PREFLIGHT_SECONDS, SHOWN_HEADERS
from api.settings import ADDRESS_SOCKETS, OFFICE_SOCKETS, Settings
from api.websocket.session_parts import SocketLimits
from models.enums import Role
from realtime.limits import HubLimits
from services.core.desk import Desk
from services.queries.labels import MISSING
from services.queries.lists.orders import DUE, SORTINGS, TicketOrder
from tests.clients.node import WEB, Node
from tests.clients.town import Town
from tests.factories import give_password, make_agency, make_officer
from tests.root import ROOT
from tests.test_security_page import told

PAGE = (ROOT / "docs" / "frontend.md").read_text("utf-8")
PASSWORD = "sepeda-biru-di-teras"
BROWSER = """
const jar = new Map<string, string>();
const plain = globalThis.fetch;
globalThis.fetch = async (address, given = {}) => {
  const headers = new Headers(given.headers);
  if (jar.size) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
  const answer = await plain(address, { ...given, headers });
  for (const line of answer.headers.getSetCookie()) {
    const [name, value] = line.split(';')[0]!.split('=');
    if (value) jar.set(name!, value); else jar.delete(name!);
  }
  return answer;
};
"""
DRIVER = """
const { GRAPHQL, EMAIL, PASSWORD } = process.env as Record<string, string>;
const seen: Record<string, unknown> = {};
const code = async (doing: Promise<unknown>) => doing.then(() => null, (refused) => refused.code);

const desk = new Desk(GRAPHQL!, 'en');
seen.nobody = await desk.resume();
seen.wrong = byField(await desk.signIn(EMAIL!, 'salah')).get('');
seen.signedIn = await desk.signIn(EMAIL!, PASSWORD!);
seen.cookies = [...jar.keys()];

const reloaded = new Desk(GRAPHQL!, 'en');
const SUBMIT = `mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) {
  ticket { id version status } errors { code path message } } }`;
const submit = async (typed: object) => {
  const input = { channel: 'PHONE', ...typed };
  return (await reloaded.ask<any>(SUBMIT, { input })).submitTicket;
};
seen.withoutHeader = await code(submit({ title: 'Judul', body: 'Isi' }));
seen.name = (await reloaded.resume())!.name;

seen.form = [...byField((await submit({ title: '', body: '', categoryCode: 'tidak-ada' })).errors).keys()].sort();
const made = (await submit({ title: 'Lampu', body: 'Mati' })).ticket;
for (const title of ['Jalan', 'Air']) await submit({ title, body: 'Isi' });

const list = await wholeList(reloaded, { open: true });
seen.rows = [...list.rows.keys()].length;
seen.resumable = list.feedCursor.length > 10;

const asked: unknown[] = [];
const hold = { id: made.id, status: 'INCOMPLETE', note: 'Alamat?' };
seen.first = (await move(reloaded, { ...hold, expectedVersion: made.version }, async () => false)).ticket!.status;
const stale = { id: made.id, status: 'RECEIVED', expectedVersion: made.version };
seen.refused = (await move(reloaded, stale, async () => false)).errors.map(({ __typename }) => __typename);
const second = await move(reloaded, stale, async (now) => (asked.push(now), true));
seen.again = [second.ticket!.status, second.ticket!.version, second.errors, asked.length];
seen.named = second.clientMutationId !== null;

const labels = await labelsOf(new URL(GRAPHQL!).origin, 'id');
seen.words = [word(labels, 'TicketStatus', 'RECEIVED'), word(labels, 'TicketStatus', 'BARU_SEKALI')];
seen.button = button(labels, 'RECEIVED', { by: 'CHANGE_STATUS', to: 'ARCHIVED' });
seen.dates = [shownMoment('2026-12-31T17:30:00Z'), shownDay('2027-01-01'), dayOf('2026-12-31T17:30:00Z')];

await reloaded.signOut();
seen.after = [[...jar.keys()], await reloaded.resume()];

const foreign = new Desk(GRAPHQL!, 'en');
await foreign.signIn(EMAIL!, PASSWORD!, false);
seen.bearer = [[...jar.keys()], (await foreign.ask<any>('{ viewer { name } }')).viewer.name];

const { gql } = await import('@apollo/client');
const REFUSED = gql`fragment Refused on TicketPayload { errors { code ... on UserError { message } } }`;
const errors = [{ __typename: 'NotFound', code: 'NOT_FOUND', message: 'Tidak ada.' }];
const id = 'TicketPayload:1';
cache.writeFragment({ id, fragment: REFUSED, data: { __typename: 'TicketPayload', errors } });
seen.cached = cache.readFragment<any>({ id, fragment: REFUSED })!.errors[0].message;
console.log(JSON.stringify(seen));
"""


def program() -> str:
    """All blocks of the page, in their order."""
    return "\n".join(re.findall(r"^```ts\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def table(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, without its head."""
    part = PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows[2:]]


def test_every_block_of_code_is_part_of_the_program() -> None:
    assert set(re.findall(r"^```(\w+)$", PAGE, re.MULTILINE)) == {"ts"}


@pytest.mark.slow
async def test_the_program_does_what_the_page_says(desk: Desk, town: Town) -> None:
    agency = await make_agency("dinkes", name="Dinas Kesehatan")
    officer = await make_officer(agency, Role.COORDINATOR, name="Koordinator Laman")
    assert officer.email is not None
    await give_password(desk, officer, PASSWORD)
    given = {"GRAPHQL": town.graphql, "EMAIL": officer.email, "PASSWORD": PASSWORD, "NODE_NO_WARNINGS": "1"}
    source = BROWSER + program() + DRIVER

    seen = await Node(WEB / "clients").run("--input-type=module-typescript", "--eval", source, **given)

    assert seen == {
        "nobody": None,
        "wrong": [
            "The e-mail address or the password is wrong. Check both; if you forgot the password, "
            "ask the system administrator for a new link."
        ],
        "signedIn": [],
        "cookies": ["surga_session"],
        "withoutHeader": "FORBIDDEN",
        "name": "Koordinator Laman",
        "form": ["body", "categoryCode", "title"],
        "rows": 3,
        "resumable": True,
        "first": "INCOMPLETE",
        "refused": ["VersionConflict"],
        "again": ["RECEIVED", 3, [], 1],
        "named": True,
        "words": ["Menunggu verifikasi", "BARU_SEKALI"],
        "button": "Arsipkan",
        "dates": ["1 Jan 2027, 00.30 WIB", "1 Januari 2027", "2027-01-01"],
        "after": [[], None],
        "bearer": [[], "Koordinator Laman"],
        "cached": "Tidak ada.",
    }


def test_the_table_of_limits_is_that_of_the_code() -> None:
    sockets = SocketLimits(sockets_per_principal=OFFICE_SOCKETS, sockets_per_address=ADDRESS_SOCKETS)
    http = HttpLimits(body_bytes=Settings.model_fields["body_limit"].default)
    known = {type(each).__name__: each for each in (DocumentLimits(), http, sockets, HubLimits())}
    rows = table("What a document and a socket may have")

    named = [(name, value) for _, value, name in rows]

    assert {name for name, _ in named} >= {f"DocumentLimits.{field}" for field in DocumentLimits.__dataclass_fields__}
    assert named == [(name, value_of(known, name)) for name, _ in named]


def value_of(known: dict[str, object], name: str) -> str:
    """A limit of the code, as pages write it."""
    kind, _, field = name.partition(".")
    return told(field, getattr(known[kind], field))


def test_the_table_of_orders_is_that_of_the_code() -> None:
    rows = {order: key for order, key, _ in table("Pages and live lists")}

    assert set(rows) == set(TicketOrder)
    keys = {"t.received_at": "receivedAt", "t.updated_at": "updatedAt", DUE: "dueAt"}
    named = {order: keys[sorting.key] for order, sorting in SORTINGS.items() if sorting.key in keys}
    assert {order: key for order, key in rows.items() if order != "RELEVANCE"} == named


def test_the_page_names_settings_and_headers_that_exist() -> None:
    assert {name.lower() for name in re.findall(r"SURGA_([A-Z_]+)", PAGE)} <= set(Settings.model_fields)
    assert [header for header in (*ASKED_HEADERS, *SHOWN_HEADERS) if f"`{header}`" not in PAGE] == []
    assert f"good for {PREFLIGHT_SECONDS // 60} minutes" in PAGE
    assert [code for code in MISSING if f"`{code}`" not in PAGE] == []


def test_the_page_names_codes_that_errors_md_has() -> None:
    codes = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", PAGE.replace("SURGA_", "")))
    known = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", (ROOT / "docs" / "errors.md").read_text("utf-8")))
    labels = set(re.findall(r'"(\w+)":', json.dumps(json.loads((ROOT / "web/shared/src/labels/id.json").read_text()))))
    own = set(re.findall(r"^const (\w+) =", PAGE, re.MULTILINE))
    settings = {name.upper() for name in Settings.model_fields}

    assert codes - known - labels - own - settings == set()
