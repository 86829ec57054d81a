"""Partners at the served desk: each its own schema, rows, keys and budget, over HTTP and sockets."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from api.documents.documents import Documents
from api.documents.prices import COUNT, OPERATION, STATEMENT, points_of
from api.settings import Settings
from models import Client, Credential, Event, Grant
from models.enums import EventKind, PrincipalKind, Role, TicketStatus
from schema import build_schema
from services.access.grants import standard_grants
from services.access.scopes import SYSTEM, Budget
from services.core.desk import Desk
from services.partners.keys import KeyTerms, create_key, revoke_key
from services.partners.partners import TermsChange, change, end
from tests.api.partner_desk import CHANGES, ask, heard, make_partner, socket, subscribe, until_live
from tests.clients.town import Town, served_town, token
from tests.conftest import Clock
from tests.factories import make_agency, make_ticket

pytestmark = pytest.mark.slow

LIST = "{ tickets(first: 10) { totalCount edges { node { number } } } }"
NUMBERS = frozenset(
    {"Query.tickets", "TicketConnection.edges", "TicketConnection.totalCount", "TicketEdge.node", "Ticket.number"}
)


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    async with served_town(desk, settings) as town:
        yield town


def nothing(_: object) -> None:
    """Coordinates are checked elsewhere."""


async def test_each_partner_has_the_schema_of_its_grant(desk: Desk, town: Town) -> None:
    ticket = await make_ticket()
    _, narrow = await make_partner(desk, "Sempit", NUMBERS)
    _, wide = await make_partner(desk, "Lebar")
    query = "{ tickets(first: 1) { edges { node { number title } } } }"

    refused, answered = (await ask(town, narrow, query)).json(), (await ask(town, wide, query)).json()

    assert [error["message"] for error in refused["errors"]] == ["Cannot query field 'title' on type 'Ticket'."]
    assert answered["data"]["tickets"]["edges"] == [{"node": {"number": ticket.number, "title": ticket.title}}]


async def test_the_rows_of_a_grant_hold_in_lists_counts_look_ups_and_the_pull_feed(desk: Desk, town: Town) -> None:
    start = await ask(town, (await make_partner(desk, "Semua"))[1], "{ ticketStatusChanges(first: 1) { cursor } }")
    cursor = start.json()["data"]["ticketStatusChanges"]["cursor"]
    shown = await make_ticket(TicketStatus.RESOLVED)
    hidden = await make_ticket(TicketStatus.RECEIVED)
    _, key = await make_partner(desk, "Selesai saja", rows={"status": ["RESOLVED"]})
    query = """query ($shown: String, $hidden: String, $after: Cursor) {
      tickets(first: 10) { totalCount edges { node { number } } }
      all: tickets(first: 10, filter: {status: [RECEIVED, RESOLVED]}) { totalCount }
      found: tickets(first: 10, filter: {search: "lampu"}) { totalCount }
      shown: ticket(number: $shown) { number } hidden: ticket(number: $hidden) { number }
      ticketStatusChanges(first: 10, after: $after) { edges { node { ticket { number } } } } }"""

    data = (await ask(town, key, query, shown=shown.number, hidden=hidden.number, after=cursor)).json()["data"]

    only = {"number": shown.number}
    assert data == {
        "tickets": {"totalCount": 1, "edges": [{"node": only}]},
        "all": {"totalCount": 1},
        "found": {"totalCount": 1},
        "shown": only,
        "hidden": None,
        "ticketStatusChanges": {"edges": [{"node": {"ticket": only}}]},
    }


async def test_a_subscription_shows_the_rows_and_fields_of_the_grant_only(desk: Desk, town: Town) -> None:
    _, key = await make_partner(desk, "Selesai saja", rows={"status": ["RESOLVED"]})
    async with socket(town, key) as line:
        await subscribe(line, "a", CHANGES)
        await subscribe(line, "b", "subscription { ticketStatusChanged { ticket { rahasia } } }")
        refused = await heard(line)
        await until_live(town)
        await make_ticket(TicketStatus.RECEIVED)
        ticket = await make_ticket(TicketStatus.RESOLVED)
        await desk.committed((await Event.all().order_by("-seq").first()).seq)  # type: ignore[union-attr]
        change_ = await heard(line)

    assert (refused["id"], refused["type"]) == ("b", "error")
    assert change_["payload"]["data"]["ticketStatusChanged"]["ticket"] == {"number": ticket.number}


async def test_a_change_of_the_grant_ends_operations_at_once_and_the_next_ones_are_new(desk: Desk, town: Town) -> None:
    client, key = await make_partner(desk, "Berubah")
    async with socket(town, key) as line:
        await subscribe(line, "a", CHANGES)
        await until_live(town)
        narrow = TermsChange({"coordinates": NUMBERS})
        await change(desk, SYSTEM, client.id, narrow, nothing)
        ended = await heard(line)
        await subscribe(line, "b", CHANGES)
        refused = await heard(line)
        await subscribe(line, "c", LIST)
        answered = await heard(line)

    assert (ended["id"], ended["type"]) == ("a", "error")
    assert ended["payload"][0]["extensions"]["code"] == "FORBIDDEN"
    assert refused["type"] == "error"
    assert answered["payload"]["data"] == {"tickets": {"totalCount": 0, "edges": []}}


async def until_closed(line: ClientConnection) -> None:
    while True:
        await heard(line)


async def test_the_end_of_a_partner_closes_its_sockets_and_refuses_its_keys(desk: Desk, town: Town) -> None:
    client, key = await make_partner(desk, "Selesai")
    async with socket(town, key) as line:
        await subscribe(line, "a", CHANGES)
        await until_live(town)
        assert await end(desk, SYSTEM, client.id) is True
        with pytest.raises(ConnectionClosed) as closed:
            await until_closed(line)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    assert (await ask(town, key, LIST)).status_code == 401
    assert await end(desk, SYSTEM, client.id) is False


async def test_a_grant_ends_by_itself(desk: Desk, town: Town, clock: Clock) -> None:
    client, key = await make_partner(desk, "Sementara")
    await Grant.filter(client_id=client.id).update(ends_at=clock.moment)
    clock.forward(seconds=-1)
    assert (await ask(town, key, LIST)).status_code == 200

    clock.forward(seconds=1)

    assert (await ask(town, key, LIST)).status_code == 401


async def test_keys_are_rotated_without_a_pause(desk: Desk, town: Town) -> None:
    client, old = await make_partner(desk, "Berputar")
    new = await create_key(desk, SYSTEM, client.id, KeyTerms("baru"))
    both = [(await ask(town, key, LIST)).status_code for key in (old, new.token)]

    await revoke_key(desk, SYSTEM, (await Credential.get(client_id=client.id, name="uji")).id)

    assert both == [200, 200]
    assert [(await ask(town, key, LIST)).status_code for key in (old, new.token)] == [401, 200]
    kinds = [event.kind for event in await Event.filter(subject_kind="CREDENTIAL").order_by("seq")]
    assert kinds == [EventKind.CREDENTIAL_ISSUED, EventKind.CREDENTIAL_ISSUED, EventKind.CREDENTIAL_REVOKED]


async def test_the_use_of_a_key_is_noted_once_an_hour(desk: Desk, town: Town, clock: Clock) -> None:
    client, key = await make_partner(desk, "Terpakai")
    first = clock.moment

    await ask(town, key, LIST)
    clock.forward(minutes=59)
    await ask(town, key, LIST)
    assert (await Credential.get(client_id=client.id)).last_used_at == first
    clock.forward(minutes=1)
    await ask(town, key, LIST)

    assert (await Credential.get(client_id=client.id)).last_used_at == clock.moment


async def test_a_key_is_good_from_its_networks_only(desk: Desk, town: Town) -> None:
    _, here = await make_partner(desk, "Di sini", networks=("127.0.0.0/8",))
    _, elsewhere = await make_partner(desk, "Di sana", networks=("203.0.113.0/24",))

    assert (await ask(town, here, LIST)).status_code == 200
    refused = await ask(town, elsewhere, LIST)

    assert refused.status_code == 403
    assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    async with socket(town, here) as line:
        await subscribe(line, "a", LIST)
        assert (await heard(line))["type"] == "next"
    with pytest.raises(ConnectionClosed) as closed:
        async with socket(town, elsewhere):
            pass
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


async def test_x_forwarded_for_of_strangers_opens_no_network(desk: Desk, town: Town) -> None:
    _, key = await make_partner(desk, "Di sana", networks=("203.0.113.0/24",))
    headers = {"authorization": f"Bearer {key}", "x-forwarded-for": "203.0.113.7"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as client:
        answer = await client.post(town.graphql, json={"query": LIST})

    assert answer.status_code == 403


async def test_every_answer_tells_its_cost_and_an_empty_budget_refuses(desk: Desk, town: Town) -> None:
    _, key = await make_partner(desk, "Hemat", budget=Budget(points=2_600, restore_per_second=1))
    large = " ".join(f"a{place}: tickets(first: 100) {{ edges {{ node {{ number title }} }} }}" for place in range(8))

    costs = (await ask(town, key, LIST)).json()["extensions"]["cost"]
    too_much = await ask(town, key, f"{{ {large} }}")
    spent = [await ask(town, key, LIST) for _ in range(5)]

    statements = OPERATION + STATEMENT + COUNT
    assert costs == {
        "requested": 41 + statements,
        "fields": 41,
        "statements": statements,
        "left": 2_600 - 41 - statements,
        "restorePerSecond": 1,
    }
    assert too_much.json()["errors"][0]["extensions"]["code"] == "COST_EXCEEDED"
    assert [answer.status_code for answer in spent] == [200, 200, 200, 429, 429]
    refusal = spent[-1].json()
    wait = refusal["errors"][0]["extensions"]["retryAfterSeconds"]
    assert refusal["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert spent[-1].headers["retry-after"] == str(wait)
    assert 1 <= wait <= 641
    assert refusal["extensions"]["cost"]["left"] < 41 + statements


async def test_a_socket_tells_the_same_cost_as_an_http_answer(desk: Desk, town: Town) -> None:
    _, key = await make_partner(desk, "Dua pintu")
    told = (await ask(town, key, LIST)).json()["extensions"]["cost"]

    async with socket(town, key) as line, socket(town, town.tokens["coordinator"]) as office:
        await subscribe(line, "a", LIST)
        await subscribe(office, "a", LIST)
        answers = [(await heard(each))["payload"] for each in (line, office)]

    names = ("requested", "fields", "statements", "restorePerSecond")
    assert [answers[0]["extensions"]["cost"][name] for name in names] == [told[name] for name in names]
    assert told["left"] - told["requested"] <= answers[0]["extensions"]["cost"]["left"] <= told["left"]
    assert "extensions" not in answers[1]


async def test_staff_have_no_budget(town: Town) -> None:
    assert "extensions" not in (await ask(town, town.tokens["coordinator"], LIST)).json()


async def test_an_empty_budget_ends_a_subscription_and_nothing_is_lost(desk: Desk, town: Town) -> None:
    pull = 2 + OPERATION + points_of("Query", "ticketStatusChanges")
    _, key = await make_partner(desk, "Boros", budget=Budget(points=pull + 10, restore_per_second=4))
    pulled = await ask(town, key, "{ ticketStatusChanges(first: 1) { cursor } }")
    cursor = pulled.json()["data"]["ticketStatusChanges"]["cursor"]
    made = [(await make_ticket()).number for _ in range(6)]
    seen: list[str] = []
    refusals = []

    async with socket(town, key) as line:
        while seen != made:
            await subscribe(line, str(len(refusals)), CHANGES, after=cursor)
            while seen != made and (message := await heard(line))["type"] == "next":
                seen.append(message["payload"]["data"]["ticketStatusChanged"]["ticket"]["number"])
            if seen != made:
                refusal = message["payload"][0]["extensions"]
                refusals.append((refusal["code"], refusal["retryAfterSeconds"]))
                cursor = refusal["resumeFrom"]
                await asyncio.sleep(refusal["retryAfterSeconds"])

    assert {code for code, _ in refusals} == {"RATE_LIMITED"}
    assert all(seconds >= 1 for _, seconds in refusals)


FEED = """subscription ($after: Cursor) { ticketFeed(after: $after) { __typename
    ... on FeedHeartbeat { cursor } ... on TicketEntered { cursor ticket { number } } ... on FeedReset { cursor } } }"""


async def test_an_empty_budget_ends_a_live_feed_before_what_it_can_not_pay(desk: Desk, town: Town) -> None:
    _, key = await make_partner(desk, "Boros", budget=Budget(points=20, restore_per_second=5))
    price, costs = Documents(build_schema()._schema).prepare(FEED, None, {}).cost, []
    made: list[str] = []
    seen: list[str] = []
    frames = []

    async with socket(town, key) as line:
        await subscribe(line, "0", FEED)
        first = (await heard(line))["payload"]
        assert "extensions" not in first  # a heartbeat is free
        frames.append(first["data"]["ticketFeed"]["__typename"])
        for _ in range(4):
            made.append((await make_ticket()).number)
        await desk.committed(await Event.all().count())
        while (message := await heard(line))["type"] == "next":
            seen.append(message["payload"]["data"]["ticketFeed"]["ticket"]["number"])
            costs.append(message["payload"]["extensions"]["cost"])
        refusal = message["payload"][0]["extensions"]
        assert costs == [{"requested": price, "fields": price, "statements": 0}] * len(seen)
        assert seen == made[: len(seen)]
        assert len(seen) < len(made)
        while seen != made:
            await asyncio.sleep(refusal["retryAfterSeconds"])
            await subscribe(line, refusal["resumeFrom"][:20], FEED, after=refusal["resumeFrom"])
            while seen != made and (message := await heard(line))["type"] == "next":
                frame = message["payload"]["data"]["ticketFeed"]
                frames.append(frame["__typename"])
                seen += [frame["ticket"]["number"]] if "ticket" in frame else []
            refusal = message["payload"][0]["extensions"] if message["type"] == "error" else refusal

    assert refusal["code"] == "RATE_LIMITED"
    assert "FeedReset" not in frames


BOARDS = NUMBERS | {
    "Subscription.wallboard",
    "WallboardSnapshot.total",
    "WallboardSnapshot.byStatus",
    "StatusCount.status",
    "StatusCount.count",
}
BOARD = "subscription { wallboard { total byStatus { status count } } }"


async def test_a_board_is_paid_by_the_frame_and_an_empty_budget_ends_it(desk: Desk, town: Town) -> None:
    price = Documents(build_schema()._schema).prepare(BOARD, None, {}).cost
    _, key = await make_partner(desk, "Papan", BOARDS, budget=Budget(points=2 * price + 1, restore_per_second=1))
    _, other = await make_partner(desk, "Papan lain", BOARDS)

    async with socket(town, key) as line, socket(town, other) as rich:
        for each in (line, rich):
            await subscribe(each, "a", BOARD)
            assert (await heard(each))["payload"]["data"]["wallboard"]["total"] == 0
        shown = []
        for _ in range(2):
            await make_ticket()
            await desk.committed(await Event.all().count())
            shown.append([await heard(line), await heard(rich)])
        await subscribe(line, "b", BOARD)
        again = await heard(line)

    totals = [each[1]["payload"]["data"]["wallboard"]["total"] for each in shown]
    assert totals == [1, 2]
    assert shown[0][0]["payload"]["data"]["wallboard"]["total"] == 1
    refusal, refused_again = (each["payload"][0]["extensions"] for each in (shown[1][0], again))
    assert (shown[1][0]["id"], shown[1][0]["type"]) == ("a", "error")
    assert refusal["code"] == refused_again["code"] == "RATE_LIMITED"
    assert 1 <= refusal["retryAfterSeconds"] <= price
    assert "resumeFrom" not in refusal


async def test_the_board_is_charged_once_a_second_to_all_workers(desk: Desk, town: Town) -> None:
    """A frame costs no call of Redis; what frames took is told by the flush, and found by the next request."""
    price = Documents(build_schema()._schema).prepare(BOARD, None, {}).cost
    _, key = await make_partner(desk, "Papan", BOARDS, budget=Budget(points=10_000, restore_per_second=1))
    begun = time.monotonic()
    before = (await ask(town, key, LIST)).json()["extensions"]["cost"]

    async with socket(town, key) as line:
        await subscribe(line, "a", BOARD)
        await heard(line)
    after = (await ask(town, key, LIST)).json()["extensions"]["cost"]

    spent, restored = before["left"] - after["left"] - after["requested"], time.monotonic() - begun
    assert price - restored - 1 <= spent <= price


async def test_external_ids_are_each_partners_own(desk: Desk, town: Town) -> None:
    submit = """mutation ($title: String!) { submitTicket(input: {title: $title, body: "Isi laporan", channel: PARTNER,
        anonymous: false, confidential: false, externalId: "A-1"}) { ticket { number } errors { code } } }"""
    find = '{ tickets(first: 5, filter: {externalId: "A-1"}) { edges { node { number } } } }'
    keys = [(await make_partner(desk, name))[1] for name in ("Satu", "Dua")]

    made = [(await ask(town, key, submit, title=f"Laporan {key[-4:]}")).json() for key in keys]
    again = (await ask(town, keys[0], submit, title=f"Laporan {keys[0][-4:]}")).json()
    found = [(await ask(town, key, find)).json()["data"]["tickets"]["edges"] for key in keys]

    numbers = [each["data"]["submitTicket"]["ticket"]["number"] for each in made]
    assert len(set(numbers)) == 2
    assert again["data"]["submitTicket"]["ticket"]["number"] == numbers[0]
    assert found == [[{"node": {"number": number}}] for number in numbers]


CREATE = """mutation ($input: CreatePartnerInput!) { createPartner(input: $input) {
    partner { id name version coordinates rows budget { points } } errors { code path } } }"""


async def admin(desk: Desk) -> str:
    return await token(desk, await make_agency("admin"), Role.ADMIN, "Admin Uji")


async def test_an_admin_makes_changes_and_ends_a_partner(desk: Desk, town: Town) -> None:
    boss = await admin(desk)
    given = {"name": "Baru", "purpose": "Uji", "coordinates": sorted(NUMBERS), "rows": {"status": ["RESOLVED"]}}
    made = (await ask(town, boss, CREATE, input=given)).json()["data"]["createPartner"]
    partner = made["partner"]
    keyed = await ask(
        town,
        boss,
        'mutation ($id: ID!) { createPartnerKey(input: {partnerId: $id, name: "satu"}) { token key { id name } } }',
        id=partner["id"],
    )
    key = keyed.json()["data"]["createPartnerKey"]
    assert made["errors"] == []
    assert json.loads(partner["rows"]) == {"status": ["RESOLVED"]}
    assert (await ask(town, key["token"], LIST)).json()["data"]["tickets"] == {"totalCount": 0, "edges": []}

    changed = await ask(
        town,
        boss,
        "mutation ($input: ChangePartnerGrantInput!) { changePartnerGrant(input: $input) {"
        " partner { version rows coordinates } errors { code } } }",
        input={"id": partner["id"], "expectedVersion": 1, "clearRows": True, "coordinates": ["Query.tickets"]},
    )
    refusal = changed.json()["data"]["changePartnerGrant"]
    assert refusal == {"partner": None, "errors": [{"code": "GRANT_EMPTY_TYPE"}]}
    assert (await Grant.get(client__name="Baru")).version == 1

    ended = await ask(
        town, boss, "mutation ($id: ID!) { endPartner(input: {id: $id}) { partner { endsAt } } }", id=partner["id"]
    )
    assert ended.json()["data"]["endPartner"]["partner"]["endsAt"] is not None
    assert (await ask(town, key["token"], LIST)).status_code == 401


async def test_nobody_but_an_admin_touches_partners(desk: Desk, town: Town) -> None:
    given = {"name": "Gelap", "purpose": "Uji", "coordinates": sorted(NUMBERS)}
    before = await Event.all().count()

    for who in ("coordinator", "liaison", "officer"):
        answer = (await ask(town, town.tokens[who], CREATE, input=given)).json()
        listed = (await ask(town, town.tokens[who], "{ partners { name } }")).json()
        assert answer["data"]["createPartner"] == {"partner": None, "errors": [{"code": "ADMIN_ONLY", "path": []}]}
        assert listed["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    assert await Client.filter(kind=PrincipalKind.PARTNER).count() == 0
    assert await Event.all().count() == before


async def test_the_standard_grant_can_be_granted(desk: Desk, town: Town) -> None:
    given = {"name": "Baku", "purpose": "Uji", "coordinates": sorted(standard_grants())}

    made = (await ask(town, await admin(desk), CREATE, input=given)).json()["data"]["createPartner"]

    assert made["errors"] == []
    assert len(made["partner"]["coordinates"]) == len(standard_grants())
