"""Proof of work at the public door: solved by the library that others use, once, in time, by strangers only."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import altcha
import httpx
import pytest

from api.security.throttles import Throttles
from api.settings import Settings
from models import Ticket
from services.core.desk import Desk
from services.core.refusals import InvalidInput
from services.intake.proof_of_work import Altcha
from tests.clients.town import Town, served_town

SUBMIT = """mutation ($title: String!) { submitTicket(input: {title: $title, body: "Ada lubang besar.",
  channel: SURGA_WEB}) { ticket { number } errors { __typename code path message } } }"""
SESSION = """mutation { startCitizenSession(input: {number: "KDR-2026-000001", secret: "AAAA"}) { errors { code } } }"""


@pytest.fixture
async def throttles(redis_url: str) -> AsyncIterator[Throttles]:
    throttles = Throttles(redis_url)
    yield throttles
    await throttles.close()


@pytest.fixture
def proofs(desk: Desk, throttles: Throttles) -> Altcha:
    return Altcha(desk.keys, throttles, desk.clock, effort=1_000)


def solved(challenge: dict[str, Any] | None, /, **changed: Any) -> str:
    """The solution as PyPI altcha finds it, in the form of the widget."""
    assert challenge is not None
    given = altcha.ChallengeV1(
        *(challenge[name] for name in ("algorithm", "challenge", "maxnumber", "salt", "signature"))
    )
    found = altcha.solve_challenge_v1(given)
    assert found is not None
    kept = {name: challenge[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return packed({**kept, "number": found.number, "took": 1, **changed})


def packed(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


async def refused(proofs: Altcha, solution: str | None) -> str:
    with pytest.raises(InvalidInput) as wrong:
        await proofs.require(solution)
    assert wrong.value.path == ("proof",)
    return wrong.value.code


async def test_a_solution_is_good_once(proofs: Altcha) -> None:
    solution = solved(proofs.challenge())

    await proofs.require(solution)

    assert await refused(proofs, solution) == "PROOF_USED"


async def test_a_solution_is_good_once_while_redis_is_away(desk: Desk) -> None:
    alone = Throttles("redis://127.0.0.1:1/0")
    proofs = Altcha(desk.keys, alone, desk.clock, effort=1_000)
    solution = solved(proofs.challenge())

    await proofs.require(solution)

    assert await refused(proofs, solution) == "PROOF_USED"
    await alone.close()


async def test_a_solution_expires(proofs: Altcha, clock: Any) -> None:
    solution, late = solved(proofs.challenge()), solved(proofs.challenge())
    clock.forward(minutes=9, seconds=59)
    await proofs.require(solution)
    clock.forward(seconds=2)

    assert await refused(proofs, late) == "PROOF_EXPIRED"


async def test_no_solution_is_needed(proofs: Altcha) -> None:
    assert await refused(proofs, None) == "PROOF_NEEDED"


@pytest.mark.parametrize(
    "changed",
    [
        {"number": -1},
        {"number": 10**30},
        {"number": "1"},
        {"number": True},
        {"number": None},
        {"algorithm": "SHA-1"},
        {"algorithm": None},
        {"signature": "0" * 64},
        {"signature": "\ud800é"},
        {"salt": "abc?expires=99999999999&"},
        {"salt": 1},
        {"challenge": []},
    ],
)
async def test_a_changed_solution_is_wrong(proofs: Altcha, changed: dict[str, Any]) -> None:
    solution = solved(proofs.challenge(), **changed)

    assert await refused(proofs, solution) == "PROOF_WRONG"


async def test_a_later_end_can_not_be_written_into_the_salt(proofs: Altcha) -> None:
    challenge = proofs.challenge()
    assert challenge is not None
    salt = str(challenge["salt"])

    assert await refused(proofs, solved(challenge, salt=salt + "expires=99999999999&")) == "PROOF_WRONG"


async def test_the_salt_ends_before_the_number_begins(proofs: Altcha) -> None:
    challenge = proofs.challenge()
    given = json.loads(base64.b64decode(solved(challenge)))
    digits = str(given["number"]).rjust(2, "0")

    shifted = packed({**given, "salt": given["salt"] + digits[0], "number": int(digits[1:])})

    assert await refused(proofs, shifted) == "PROOF_WRONG"


@pytest.mark.parametrize(
    "solution",
    [
        "",
        "x",
        "é",
        "\x00",
        "=" * 8,
        packed(None),
        packed([]),
        packed("a"),
        packed({}),
        "A" * 100_000,
        packed([[[]]] * 90),
    ],
)
async def test_what_is_no_solution_is_wrong_and_breaks_nothing(proofs: Altcha, solution: str) -> None:
    assert await refused(proofs, solution) == "PROOF_WRONG"


async def test_a_solution_for_another_desk_is_wrong(proofs: Altcha, throttles: Throttles, desk: Desk) -> None:
    other = Altcha(type(desk.keys)(b"another secret"), throttles, desk.clock, effort=1_000)

    assert await refused(proofs, solved(other.challenge())) == "PROOF_WRONG"


async def submit(town: Town, token: str | None = None, proof: str | None = None) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(headers=headers | ({"x-surga-proof": proof} if proof else {}), timeout=60) as client:
        answer = await client.post(town.graphql, json={"query": SUBMIT, "variables": {"title": "Jalan berlubang"}})
    return answer.json()["data"]["submitTicket"]


async def test_strangers_work_before_they_submit_or_open_a_ticket_and_staff_do_not(
    desk: Desk, settings: Settings
) -> None:
    told = settings.model_copy(update={"proof_of_work": "altcha", "proof_effort": 1_000})
    async with served_town(desk, told) as town, httpx.AsyncClient(timeout=60) as client:
        without = await submit(town)
        opened = await town.post(None, SESSION, {})
        assert await Ticket.all().count() == 0

        task = await client.get(town.graphql.replace("/graphql", "/challenge"))
        solution = solved(task.json())
        done = await submit(town, proof=solution)
        again = await submit(town, proof=solution)
        staff = await submit(town, token=town.tokens["officer"])

    assert (without["ticket"], without["errors"][0]["__typename"]) == (None, "InvalidInput")
    assert (without["errors"][0]["code"], without["errors"][0]["path"]) == ("PROOF_NEEDED", ["proof"])
    assert [error["code"] for error in opened["data"]["startCitizenSession"]["errors"]] == ["PROOF_NEEDED"]
    assert (task.status_code, task.headers["cache-control"]) == (200, "no-store")
    assert (done["ticket"]["number"], done["errors"]) == ("KDR-2026-000001", [])
    assert (again["ticket"], again["errors"][0]["code"]) == (None, "PROOF_USED")
    assert staff["errors"] == []
    assert await Ticket.all().count() == 2


async def test_without_the_setting_nothing_is_asked(desk: Desk, settings: Settings) -> None:
    async with served_town(desk, settings) as town, httpx.AsyncClient(timeout=60) as client:
        task = await client.get(town.graphql.replace("/graphql", "/challenge"))
        done = await submit(town)

    assert (task.status_code, done["errors"]) == (404, [])
