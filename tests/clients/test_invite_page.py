"""/invite in a real browser: the token leaves the address, no cookie goes along, and a link works once."""

from __future__ import annotations

from typing import Any

import pytest

from models.enums import Role
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.messages import say
from services.credentials.sign_in import SignIn, sign_in
from services.staff import staff
from services.staff.assignments import WantedAssignment
from services.staff.staff import NewAccount
from tests.clients.node import Node
from tests.clients.town import Town

AWAY = "Server tidak menjawab. Periksa jaringan, lalu coba lagi."
STEPS = ("opened", "short", "differ", "weak", "broken", "taken", "again", "bare")
HAVE = "Bila Anda sudah pernah membuat kata sandi, Anda sudah punya akun: masuklah dengan surel dan kata sandi itu."
SAVED = "Masuk di {host} dengan sari@kediri.example. Halaman ini boleh ditutup."


def shown(title: str, said: str, focus: str, *, form: bool = True) -> dict[str, Any]:
    """The page on a phone, with the focus on what has to be read or done next."""
    return {"title": title, "said": said, "focus": focus, "wrong": [], "form": form, "wide": False}


def refused(said: str, field: str) -> dict[str, Any]:
    """The page that asks for this field once more."""
    return {**shown("Buat kata sandi baru", said, field), "wrong": [field]}


def assert_english(seen: dict[str, Any]) -> None:
    """The same states in English, with no Indonesian sentence left."""
    post = "Officer, Dinas PUPR, Kota Kediri"
    english, spent, cut = seen["english"], seen["spent"], seen["cut"]
    assert english["whom"].startswith(f"For Sari (sari@kediri.example): {post}. The link works until ")
    assert (english["lang"], english["title"], spent["lang"]) == ("en", "Choose a new password", "en")
    assert (spent["title"], spent["said"]) == ("This link does not work", say("INVITATION_UNKNOWN", "en"))
    assert (cut["title"], cut["form"]) == ("This link is not complete", False)
    for shown_text in (english["text"], spent["text"]):
        assert "sandi" not in shown_text
        assert "Tautan" not in shown_text


@pytest.mark.slow
async def test_a_new_colleague_takes_their_account(desk: Desk, town: Town, node: Node) -> None:
    wanted = (WantedAssignment("dpupr", Role.OFFICER),)
    made = await staff.invite(desk, SYSTEM, NewAccount("sari@kediri.example", "Sari", wanted))
    origin = town.graphql.removesuffix("/graphql")

    seen = await node.run("browser/invite.ts", origin, SURGA_LINK=made.path)

    host = origin.removeprefix("http://")
    assert (seen["hosts"], seen["troubles"], seen["address"]) == ([host], [], "/invite")
    whom = [seen[step].pop("whom") for step in STEPS]
    on = [seen[step].pop("on") for step in STEPS]
    counts = [seen[step].pop("count") for step in STEPS]
    post = "Petugas instansi, Dinas PUPR, Kota Kediri"
    assert whom[0].startswith(f"Untuk Sari (sari@kediri.example): {post}. Tautan berlaku sampai ")
    assert (whom[1:5], whom[5:]) == ([whom[0]] * 4, ["", "", ""])
    assert on == ["", "", "", "", "", "", HAVE, ""]
    assert counts[:3] == ["", "6 dari sedikitnya 12 karakter", "19 dari sedikitnya 12 karakter \u2713"]
    assert seen["opened"] == shown("Buat kata sandi baru", "", "password")
    assert seen["short"] == refused("Kata sandi terdiri atas 12 sampai 128 karakter.", "password")
    assert seen["differ"] == refused("Kata sandi dan ulangannya belum sama. Ketik ulang keduanya.", "again")
    assert seen["weak"] == refused(say("PASSWORD_WEAK"), "password")
    assert seen["broken"] == shown("Buat kata sandi baru", AWAY, "again")
    assert seen["taken"] == shown("Kata sandi tersimpan", SAVED.format(host=host), "title", form=False)
    assert seen["cookies"] == [None, None, None]
    assert seen["again"] == shown("Tautan tidak berlaku", say("INVITATION_UNKNOWN"), "title", form=False)
    assert (seen["bare"]["title"], seen["bare"]["form"]) == ("Tautan tidak lengkap", False)
    assert seen["violations"] == []
    assert_english(seen)
    assert (await sign_in(desk, SignIn("sari@kediri.example", "kuda lumping menari"))).token
