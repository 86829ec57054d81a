"""What a wall is narrowed to: chosen by keyboard, kept, said on the wall, and never more than the screen may see."""

from __future__ import annotations

from typing import Any

import pytest

from api.settings import Settings
from models import Agency
from models.enums import AgencyKind, Channel
from services.core.desk import Desk
from tests.clients.hanging import Wall, hung
from tests.clients.test_wallboard_truth import misfits_of
from tests.factories import make_agency, make_ticket

pytestmark = pytest.mark.slow

KEPT = ["theme", "language", "narrowed", "counts", "kept"]
FIELDS = ["agencyCode", "categoryCode", "channel", "kecamatanCode"]


async def fill() -> None:
    """Two reports for PUPR by WhatsApp, one by phone, one for Kominfo, and one for an agency outside of the city."""
    roads, steering = await Agency.get(code="dpupr"), await Agency.get(code="diskominfo")
    outside = await make_agency("pln", name="PLN", kind=AgencyKind.EXTERNAL)
    for agency, channel in [
        (roads, Channel.WHATSAPP),
        (roads, Channel.WHATSAPP),
        (roads, Channel.PHONE),
        (steering, Channel.WHATSAPP),
        (outside, Channel.WHATSAPP),
    ]:
        await make_ticket(lead=agency, channel=channel)


async def settings_of(wall: Wall, chosen: str = "Semua") -> dict[str, Any]:
    """Open the settings by keyboard; the first list stands at this."""
    await wall.screen.do("keys", keys=["Tab", "Enter"])
    seen = await wall.screen.until(lambda seen: seen["dialog"] and bool(seen["selects"]))
    assert next(iter(seen["selects"].values()))["chosen"] == chosen
    return seen


async def test_a_part_is_chosen_by_keyboard_kept_and_said(desk: Desk, settings: Settings) -> None:
    roads = {"whose": "Dinas PUPR", "narrowed": "Menampilkan: WhatsApp Lapor Mbak Wali 112"}
    async with hung(desk, settings) as wall:
        await fill()
        await wall.screen.shows(counts={"total": 4}, narrowed=None)
        await settings_of(wall)
        first = await wall.screen.until(lambda seen: "PLN" in seen["selects"]["agencyCode"]["offered"])
        await wall.screen.do(
            "keys", keys=["Tab", "Tab", "ArrowDown", "ArrowDown", "Tab", "Tab", "ArrowDown", "ArrowDown"]
        )
        audit = await wall.screen.do("audit")
        await wall.screen.do("keys", keys=["Tab", "Tab", "Enter"])
        chosen = await wall.screen.shows(dialog=False, counts={"total": 2}, **roads)
        await make_ticket(lead=await Agency.get(code="dpupr"), channel=Channel.WHATSAPP)
        await wall.screen.shows(counts={"total": 3})
        await wall.screen.do("reload")
        again = await wall.screen.shows(counts={"total": 3}, light="Terhubung", **roads)
        await settings_of(wall, "Dinas PUPR")
        await wall.screen.do("keys", keys=["Tab", "ArrowDown", "Tab", "Home", *["Tab"] * 4, "Enter"])
        english = await wall.screen.shows(
            counts={"total": 4}, narrowed="Showing: WhatsApp Lapor Mbak Wali 112", language="en"
        )
        await wall.screen.do("keys", keys=["Enter"])  # the button has the focus again
        await wall.screen.shows(dialog=True)
        await wall.screen.do("keys", keys=["ArrowDown", "Tab", "ArrowUp", "Tab", "ArrowDown", "Escape"])
        left = await wall.screen.shows(dialog=False)

    assert {name: found["chosen"] for name, found in first["selects"].items()} == dict.fromkeys(FIELDS, "Semua")
    assert first["selects"]["agencyCode"]["offered"] == ["Semua", "Dinas Kominfo", "Dinas PUPR", "PLN"]
    assert first["selects"]["categoryCode"]["offered"] == [
        "Semua", "Kategori infrastruktur", "Kategori infrastruktur: Kategori jalan-rusak",
    ]  # fmt: skip
    assert first["selects"]["kecamatanCode"]["offered"] == ["Semua", "Mojoroto"]
    assert len(first["selects"]["channel"]["offered"]) == 1 + len(Channel)
    assert audit["violations"] == []
    assert (chosen["agencies"], again["loadedAt"] > chosen["loadedAt"]) == ({}, True)  # it counts by category
    assert english["troubles"] == []
    assert [left[name] for name in KEPT] == [english[name] for name in KEPT]  # Escape takes all of it back


async def test_the_address_goes_before_what_was_kept(desk: Desk, settings: Settings) -> None:
    async with hung(desk, settings, "?theme=dark&agency=dpupr&agency=diskominfo&channel=WHATSAPP") as wall:
        await fill()
        await wall.screen.shows(
            counts={"total": 3}, narrowed="Menampilkan: Dinas PUPR, Dinas Kominfo · WhatsApp Lapor Mbak Wali 112"
        )
        await settings_of(wall, "Dinas PUPR, Dinas Kominfo")
        await wall.screen.do("keys", keys=["Escape"])
        kept = await wall.screen.shows(dialog=False, counts={"total": 3})
        misfits = await misfits_of(wall)
        wall.wire.cut()
        await wall.screen.shows(stale=True)
        cut_off = await misfits_of(wall)

    assert (misfits, cut_off) == ({}, {})
    assert kept["narrowed"] == "Menampilkan: Dinas PUPR, Dinas Kominfo · WhatsApp Lapor Mbak Wali 112"


async def test_a_screen_of_one_agency_offers_no_other(desk: Desk, settings: Settings) -> None:
    async with hung(desk, settings, "?theme=dark&board=dpupr", board="dpupr") as wall:
        await fill()
        await wall.screen.shows(counts={"total": 3}, whose="Dinas PUPR", narrowed=None, title="Dinas PUPR")
        seen = await settings_of(wall)

    assert list(seen["selects"]) == FIELDS[1:]


async def test_a_part_that_does_not_exist_is_named_and_corrected_by_keyboard(desk: Desk, settings: Settings) -> None:
    async with hung(desk, settings) as wall:
        await fill()
        await wall.screen.do("open", path="/wallboard?lang=en&agency=tidakada")
        await wall.screen.shows(light="The board cannot be shown", narrowed="Showing: tidakada")
        refused = await wall.screen.until(lambda seen: "tidakada" in (seen["waiting"] or ""))
        await settings_of(wall, "tidakada")
        await wall.screen.do("keys", keys=["Tab", "Tab", "Home", *["Tab"] * 4, "Enter"])
        seen = await wall.screen.shows(counts={"total": 4}, light="Connected", narrowed=None)

    assert refused["waiting"].startswith("Agency tidakada does not exist. The agency, category, channel or district")
    assert (refused["counts"], seen["waiting"]) == ({}, None)


async def test_codes_are_taken_in_any_case_and_what_is_like_an_unknown_one_is_named(
    desk: Desk, settings: Settings
) -> None:
    async with hung(desk, settings, "?theme=dark&agency=DPUPR&channel=WHATSAPP") as wall:
        await fill()
        await wall.screen.shows(
            counts={"total": 2}, whose="Dinas PUPR", narrowed="Menampilkan: WhatsApp Lapor Mbak Wali 112"
        )
        await wall.screen.do("open", path="/wallboard?agency=dpuprr&agency=diskominfo&channel=WHATSAPP")
        seen = await wall.screen.until(lambda seen: "dpuprr" in (seen["waiting"] or ""))

    assert seen["waiting"].startswith("Instansi dpuprr tidak dikenal; yang mirip: dpupr. ")
