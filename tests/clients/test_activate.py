"""How a screen is let in by its code and the page for officers, each in a browser of its own, against a served desk."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.settings import Settings
from models import Agency, Client, Credential, Officer
from models.enums import PrincipalKind, Role
from services.access.scopes import SYSTEM
from services.core.desk import Desk, DeviceRules, Rules
from services.credentials.credentials import issue
from services.displays.endings import REUSED, end_display
from tests.clients.hanging import approved_code
from tests.clients.node import Node
from tests.clients.screen import Screen, page_of
from tests.clients.town import Town, found_town, served
from tests.factories import give_password, make_officer, make_ticket

pytestmark = pytest.mark.slow

PASSWORD = "hujan-di-bulan-juni-2026"
REVOKED = "Izin layar ini sudah dicabut. Daftarkan lagi dengan kode di bawah ini."
UNKNOWN = "Papan “dpupt” pada alamat layar ini tidak dikenal. Perbaiki alamatnya; yang ada misalnya {known}."
QUICK = DeviceRules(interval=timedelta(seconds=1))


@dataclass(frozen=True)
class Office:
    """A served town, and the page for officers in a browser."""

    town: Town
    origin: str
    page: Screen

    async def keys(self, *keys: str) -> None:
        await self.page.do("keys", keys=keys)

    async def says(self, text: str, *, focus: str | None = None) -> dict[str, Any]:
        """What the page shows once it says this, with the focus there; fails the test where it does not."""
        return await self.page.until(lambda seen: text in seen["text"] and focus in (None, seen["focus"]))

    async def sign_in(self, officer: Officer, password: str = PASSWORD) -> None:
        await self.says("Kata sandi", focus="email")
        await self.keys("text:" + officer.email, "Tab", "text:" + password, "Enter")


@asynccontextmanager
async def opened(
    desk: Desk, settings: Settings, query: str = "", size: tuple[int, ...] = (), **rules: Any
) -> AsyncIterator[Office]:
    quick = replace(desk, rules=Rules(devices=replace(QUICK, **rules)), clock=lambda: datetime.now(UTC))
    tokens = await found_town(quick)
    async with served(quick, settings) as place:
        town = Town(f"http://{place}/graphql", f"ws://{place}/graphql", tokens)
        async with page_of("activate", f"http://{place}/activate{query}", *size) as page:
            yield Office(town, f"http://{place}", page)


async def officer(desk: Desk, role: Role) -> Officer:
    made = await make_officer(await Agency.get(code="diskominfo"), role, name="Siti Rahayu")
    await give_password(desk, made, PASSWORD)
    return made


async def mistyped(office: Office, siti: Officer, code: str) -> None:
    """Sign in and type a code, each wrongly first."""
    await office.sign_in(siti, "salah-sandi-sekali")
    await office.says("Surel (email) atau kata sandi tidak cocok.", focus="password")
    await office.keys("Control+A", "text:" + PASSWORD, "Enter")
    await office.says("Belum ada layar yang terdaftar.", focus="code")
    await office.keys("text:000", "Enter")
    await office.says("Kode terdiri atas 6 angka.", focus="code")
    await office.keys("Control+A", f"text:{int(code) ^ 1:06}", "Enter")
    await office.says("Tidak ada layar dengan kode ini.", focus="code")


async def let_in(office: Office, code: str) -> None:
    """Type a code as people read it out, see whose it is, and approve it."""
    await office.keys("Control+A", f"text:{code[:3]} {code[3:]}", "Enter")
    found = await office.says("Layar ditemukan", focus="name")
    await office.keys("text:Lobi", "Enter")
    await office.says("“Lobi” sudah diizinkan.")

    assert "Seluruh kota" in found["text"]
    assert "127.0.0.1" in found["text"]
    assert re.search(r"baru saja|\d+ menit yang lalu", found["text"])


async def stays_in(wall: Screen) -> None:
    """The screen shows its board, and again after a reload."""
    hanging = await wall.shows(enrolling=False, counts={"total": 1}, light="Terhubung")
    await wall.do("reload")
    again = await wall.shows(enrolling=False, counts={"total": 1}, light="Terhubung")

    assert list(hanging["kept"]) == ["surga.display"]
    assert again["loadedAt"] > hanging["loadedAt"]


async def rename(office: Office) -> None:
    await office.page.do("press", button="Ganti nama Lobi")
    await office.page.until(lambda seen: seen["dialog"] and seen["focus"] == "name")
    await office.keys("Control+A", "text:Lobi utama", "Enter")
    await office.says("Nama layar sekarang “Lobi utama”.", focus="screens-title")


async def turn_out(office: Office) -> dict[str, Any]:
    """Think better of it twice, then revoke; gives what was shown in between. Enter alone never takes a screen away."""
    await office.page.do("press", button="Cabut izin Lobi utama")
    await office.page.until(lambda seen: seen["dialog"] and seen["focused"] == "Batal")
    await office.keys("Enter")
    await office.page.until(lambda seen: not seen["dialog"] and seen["screens"] == ["Lobi utama"])
    await office.page.do("press", button="Cabut izin Lobi utama")
    await office.page.until(lambda seen: seen["dialog"])
    await office.keys("Escape", "Enter", "Escape")  # no wait in between: each key finds what the one before it left
    kept = await office.page.until(lambda seen: not seen["dialog"] and seen["focus"] == "Cabut izin Lobi utama")
    await office.page.do("press", button="Cabut izin Lobi utama")
    await office.page.until(lambda seen: seen["dialog"])
    await office.page.do("press", button="Cabut izin")
    await office.says("Izin “Lobi utama” sudah dicabut.")
    return kept


async def test_a_screen_is_let_in_stays_in_and_is_turned_out(desk: Desk, settings: Settings) -> None:
    async with opened(desk, settings) as office, page_of("wallboard", f"{office.origin}/wallboard") as wall:
        await make_ticket()
        asking = await wall.shows(coded=True, news=None)
        await mistyped(office, await officer(desk, Role.COORDINATOR), asking["code"])
        await let_in(office, asking["code"])
        await stays_in(wall)
        await rename(office)
        kept = await turn_out(office)
        out = await wall.shows(coded=True, counts={}, news=REVOKED)

    assert len(asking["code"]) == 6
    assert (kept["dialog"], kept["screens"]) == (False, ["Lobi utama"])
    assert out["kept"] == {}
    assert [address for address in out["addresses"] if "srg_" in address or "token=" in address] == []
    assert (out["troubles"], kept["troubles"], kept["readable"], kept["hosts"]) == ([], [], "", out["hosts"])


async def test_a_screen_is_denied(desk: Desk, settings: Settings) -> None:
    async with (
        opened(desk, settings, "?lang=en") as office,
        page_of("wallboard", f"{office.origin}/wallboard?lang=en") as wall,
    ):
        siti = await officer(desk, Role.ADMIN)
        asking = await wall.shows(coded=True)
        await office.says("Password", focus="email")
        await office.keys("text:" + siti.email, "Tab", "text:" + PASSWORD, "Enter")
        await office.says("No screen is enrolled yet.", focus="code")
        await office.keys("text:" + asking["code"], "Enter")
        await office.says("Screen found", focus="name")
        await office.page.do("press", button="Deny")
        await office.page.until(lambda seen: seen["dialog"] and seen["focused"] == "Cancel")
        await office.keys("Enter")  # Enter alone turns nobody away
        kept = await office.page.until(lambda seen: not seen["dialog"] and seen["focused"] == "Deny")
        await office.page.do("press", button="Deny")
        await office.page.until(lambda seen: seen["dialog"])
        await office.page.do("confirm", button="Deny")
        await office.says("The request of that screen was denied.")
        denied = await wall.shows(coded=True, news="The last request was denied. This is a new code.")
        await office.page.do("press", button="Sign out")
        await office.says("You are signed out.")

    assert "Screen found" in kept["text"]
    assert denied["code"] != asking["code"]


async def test_a_screen_gets_new_codes_by_itself(desk: Desk, settings: Settings) -> None:
    async with (
        opened(desk, settings, code_lifetime=timedelta(seconds=2)) as office,
        page_of("wallboard", f"{office.origin}/wallboard") as wall,
    ):
        codes: list[str | None] = [None]
        for _ in range(3):
            codes.append((await wall.until(lambda seen: seen["code"] not in codes))["code"])


async def test_other_officers_are_told_whom_to_ask(desk: Desk, settings: Settings) -> None:
    async with opened(desk, settings) as office:
        await office.sign_in(await officer(desk, Role.OFFICER))
        seen = await office.says("Hanya administrator sistem dan koordinator")
        audit = await office.page.do("audit")

    assert (seen["screens"], "Kode 6 angka" in seen["text"], audit["violations"]) == ([], False, [])


async def test_the_page_for_officers_can_be_read_by_everybody(desk: Desk, settings: Settings) -> None:
    async with opened(desk, settings) as office:
        await approved_code(office.town, "Lobi")
        await office.says("Kata sandi", focus="email")
        signing_in = await office.page.do("audit")
        await office.sign_in(await officer(desk, Role.COORDINATOR))
        await office.says("Lobi")
        listing = await office.page.do("audit")
        await office.page.do("press", button="Cabut izin Lobi")
        await office.page.until(lambda seen: seen["dialog"])
        asking = await office.page.do("audit")

    assert (signing_in["violations"], listing["violations"], asking["violations"]) == ([], [], [])


async def test_a_code_in_the_address_is_good_once_and_never_stays_there(desk: Desk, settings: Settings) -> None:
    async with opened(desk, settings) as office:
        code = await approved_code(office.town)
        url = f"{office.origin}/wallboard?theme=light"
        async with page_of("wallboard", url, SURGA_CODE=code) as wall:  # asserts that the address is clean
            await wall.shows(enrolling=False, light="Terhubung")
        async with page_of("wallboard", url, SURGA_CODE=code) as wall:
            spent = await wall.shows(coded=True)
            audit = await wall.do("audit")

    assert spent["news"] == "Kode pada alamat sudah dipakai atau kedaluwarsa. Gunakan kode di bawah ini."
    assert len(spent["code"]) == 6
    assert audit["violations"] == []


async def test_a_board_that_does_not_exist_is_named(desk: Desk, settings: Settings) -> None:
    async with (
        opened(desk, settings) as office,
        page_of("wallboard", f"{office.origin}/wallboard?board=dpupt") as wall,
    ):
        seen = await wall.shows(trouble=UNKNOWN.format(known="?board=dpupr, ?board=kota"))

    assert seen["code"] is None


async def test_a_code_that_was_scanned_is_filled_in_and_still_has_to_be_confirmed(
    desk: Desk, settings: Settings
) -> None:
    async with opened(desk, settings, "#code=12a34567") as office:
        await office.sign_in(await officer(desk, Role.COORDINATOR))
        filled = await office.says("Kode dari alamat yang dipindai.", focus="code")
        await office.keys("Enter")
        seen = await office.says("Tidak ada layar dengan kode ini.", focus="code")

    assert (filled["typed"], filled["problem"]) == ("123456", None)
    assert (seen["wrong"], seen["told"][0].partition(" ")[2][:33]) == (["code"], "Gagal: Tidak ada layar dengan kod")


async def test_fields_that_are_left_empty_say_so_in_the_page_s_own_words(desk: Desk, settings: Settings) -> None:
    async with opened(desk, settings) as office:
        await office.says("Kata sandi", focus="email")
        await office.keys("Enter")
        both = await office.says("Isi surel Anda.", focus="email")
        await office.keys("text:siti@kediri.example", "Enter")
        one = await office.page.until(lambda seen: seen["wrong"] == ["password"])

    assert both["wrong"] == ["email", "password"]
    assert "Isi kata sandi Anda." in both["told"][1]
    assert (one["focus"], "Lupa kata sandi?" in one["text"]) == ("password", True)


async def test_who_tried_too_often_is_told_until_when_and_the_button_waits(desk: Desk, settings: Settings) -> None:
    narrow = settings.model_copy(update={"screen_codes_per_approver": "1/hour"})
    async with opened(desk, narrow) as office:
        await office.sign_in(await officer(desk, Role.COORDINATOR))
        await office.says("Kode 6 angka", focus="code")
        await office.keys("text:000000", "Enter")
        await office.says("Tidak ada layar dengan kode ini.")
        await office.keys("Enter")
        held = await office.says("Tunggu 5")
        asked = len([address for address in held["addresses"] if "DisplayRequest" in address])
        await office.keys("Enter", "Enter")
        still = await office.says("Tunggu 5")

    assert "Gagal: Terlalu sering dicoba. Coba lagi pukul" in held["problem"]
    assert len([address for address in still["addresses"] if "DisplayRequest" in address]) == asked


async def test_screens_are_listed_by_what_somebody_should_do_about_them(desk: Desk, settings: Settings) -> None:
    now = datetime.now(UTC)
    async with opened(desk, settings) as office:
        for name in ("Aula", "Lobi", "Gudang"):
            await approved_code(office.town, name)
        keys = {client.name: client.id for client in await Client.filter(kind=PrincipalKind.DISPLAY)}
        today = replace(desk, clock=lambda: now)
        await end_display(today, SYSTEM, keys["Aula"], REUSED)
        for name, minutes in (("Lobi", 90), ("Gudang", 0)):
            await issue(today, PrincipalKind.DISPLAY, name=name, client_id=keys[name])
            await Credential.filter(client_id=keys[name]).update(last_used_at=now - timedelta(minutes=minutes))
        await office.sign_in(await officer(desk, Role.COORDINATOR))
        seen = await office.says("2 layar, 1 tidak aktif")

    assert list(seen["groups"].items()) == [
        ("Lobi", "silent"),
        ("Gudang", "alive"),
        (f"Aula #{keys['Aula']}", "revoked"),
    ]
    assert "Dicabut dalam 30 hari terakhir: 1" in seen["text"]
    assert "Kuncinya" not in seen["text"]  # folded


@pytest.mark.parametrize("place", ["https://surga.kediri.example/activate", "http://127.0.0.1:8000/activate"])
async def test_a_code_can_be_scanned_where_a_telephone_reaches_the_server(
    desk: Desk, settings: Settings, node: Node, place: str
) -> None:
    async with opened(desk, settings) as office:
        url = f"{office.origin}/wallboard?board=DPUPR"
        seen = await node.run("browser/scan.ts", url, "1366", "768", SURGA_PLACE=place)
        phone = await node.run("browser/scan.ts", url, "320", "700", SURGA_PLACE=place)

    reached = place.startswith("https")
    assert seen["qr"] == (f"{place}#code={seen['code']}" if reached else None)
    assert (seen["dots"], seen["loopback"]) == (int(reached), not reached)
    assert (seen["spoken"], seen["asked"]) == (f"Kode: {' '.join(seen['code'])}", "Papan: Dinas PUPR")
    assert (seen["wide"], seen["tall"], phone["wide"]) == (False, False, False)
    assert (seen["violations"], phone["violations"], seen["troubles"]) == ([], [], [])


async def test_the_page_for_officers_fits_a_small_phone(desk: Desk, settings: Settings) -> None:
    async with opened(desk, settings, size=(320, 640)) as office:
        signing_in = await office.says("Kata sandi", focus="email")
        await approved_code(office.town, "Lobi")
        await office.sign_in(await officer(desk, Role.COORDINATOR))
        listing = await office.says("Lobi")

    assert (signing_in["wide"], listing["wide"]) == (False, False)
