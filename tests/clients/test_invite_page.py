"""/invite in a real browser: the token leaves the address, no cookie goes along, and a link works once."""

from __future__ import annotations

import pytest

from models.enums import Role
from services import staff
from services.assignments import Wanted
from services.desk import Desk
from services.scopes import SYSTEM
from services.sign_in import SignIn, sign_in
from services.staff import Invitee
from tests.clients.node import Node
from tests.clients.town import Town


@pytest.mark.slow
async def test_a_new_colleague_takes_their_account(desk: Desk, town: Town, node: Node) -> None:
    wanted = (Wanted("dpupr", Role.OFFICER),)
    made = await staff.invite(desk, SYSTEM, Invitee("sari@kediri.example", "Sari", wanted))
    origin = town.graphql.removesuffix("/graphql")

    seen = await node.run("browser/invite.ts", origin, SURGA_LINK=made.path)

    assert (seen["hosts"], seen["troubles"], seen["address"]) == ([origin.removeprefix("http://")], [], "/invite")
    assert seen["differ"] == "Kedua kata sandi tidak sama."
    assert seen["weak"].startswith("Kata sandi ")
    assert seen["taken"] == "Kata sandi tersimpan. Mulai sekarang Anda masuk dengan sari@kediri.example."
    assert seen["gone"] is True
    assert seen["cookies"] == [None, None]
    assert seen["again"].startswith("Tautan ini sudah dipakai")
    assert seen["bare"].startswith("Tautan ini tidak lengkap.")
    assert (await sign_in(desk, SignIn("sari@kediri.example", "kuda lumping menari"))).token
