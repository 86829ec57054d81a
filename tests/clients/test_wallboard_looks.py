"""The wall on every screen that it may hang on, at every zoom, for everybody who looks at it or has only a keyboard."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.settings import Settings
from models.enums import TicketStatus
from services.core.desk import Desk
from tests.clients.hanging import Wall, hung
from tests.factories import make_agency, make_ticket

pytestmark = pytest.mark.slow

# Screens as they are, then 1080p and the laptop at 125, 150 and 200 %; 4:3 and 5:4; upright ones; phones; 400 %.
LYING = [(1920, 1080), (3840, 2160), (1366, 768), (1536, 864), (1280, 720), (1093, 614)]
WHOLE = [*LYING, (1024, 768), (1280, 1024), (1920, 1200), (1080, 1920), (1200, 1600)]
SCROLLING = [(960, 540), (911, 512), (683, 384), (768, 1024), (390, 844), (320, 568), (320, 256)]
READ_FROM_AFAR = [(1920, 1080), (3840, 2160), (1920, 1200), (1024, 768), (1280, 1024), (1080, 1920), (1200, 1600)]
DIGITS = (5, 6, 7)
SCALED = [(3840, 2160), (1536, 864), (1280, 720)]  # the letters of another size, in proportion
CAPITAL, DIAGONAL, DISTANCE = 0.729, 55 * 25.4, 5000  # height of a capital in ems; millimetres of a screen and its room
MINUTE = 0.000291  # of arc, as height over distance
FAR = ["whose", "urgent", "trend latest", "statuses"]


def minutes_of(pixels: float, width: int, height: int) -> float:
    """Minutes of arc of a capital, on the screen and in the room that a wall is drawn for."""
    return pixels * CAPITAL * DIAGONAL / math.hypot(width, height) / DISTANCE / MINUTE


@pytest.fixture
async def wall(desk: Desk, settings: Settings) -> AsyncIterator[Wall]:
    async with hung(desk, settings, "?theme=dark") as wall:
        for place, status in enumerate(TicketStatus):
            name = "Dinas Pekerjaan Umum, Penataan Ruang, dan Pertanahan"
            agency = await make_agency(f"dinas-{place}", name=name, short_name=place % 2 * "Dispendukcapil" or None)
            await make_ticket(status, lead=agency)
        await make_ticket()
        await make_ticket(TicketStatus.INCOMPLETE)  # the longest word
        await wall.follows()
        yield wall


async def test_nothing_is_cut_off_on_any_screen_at_any_zoom_and_a_wall_is_read_from_five_metres(wall: Wall) -> None:
    sizes = [*WHOLE, *SCROLLING]
    looks = {size: await wall.screen.do("zoom", width=size[0], height=size[1]) for size in sizes}
    smallest = {size: look["smallest"] for size, look in looks.items()}
    enlarged = {}
    for width, height in [size for size in sizes if size not in SCALED]:
        await wall.screen.do("zoom", width=width, height=height)
        for digits in DIGITS:
            look = await wall.screen.do("enlarge", digits=digits)
            enlarged[width, height, digits] = (look["cut"], look["wide"], len(look["figures"]))
    paper = await wall.screen.do("pages")

    assert {size: (look["cut"], look["wide"]) for size, look in looks.items()} == dict.fromkeys(looks, ([], False))
    assert [size for size in WHOLE if looks[size]["tall"]] == []
    assert [size for size, look in looks.items() if len(look["figures"]) != 1] == []
    assert enlarged == dict.fromkeys(enlarged, ([], False, 1))
    assert [size for size, look in looks.items() if look["page"]] == [size for size in WHOLE if size in READ_FROM_AFAR]
    assert [size for size in READ_FROM_AFAR if minutes_of(smallest[size], *size) < 16] == []
    # Letters grow with the screen; no zoom makes those of a wall smaller, and it nearly doubles those of a laptop.
    assert smallest[3840, 2160] == pytest.approx(2 * smallest[1920, 1080], rel=1e-4)
    assert smallest[960, 540] * 2 > smallest[1920, 1080]
    assert smallest[683, 384] * 2 > 1.5 * smallest[1366, 768]
    assert min(smallest[size] for size in SCROLLING) >= 15
    assert paper == {"pages": 1}


async def test_pages_take_turns_until_somebody_holds_one(desk: Desk, settings: Settings) -> None:
    async with hung(desk, settings, "?theme=dark&turn=5", pace=20) as wall:
        await make_ticket()
        await wall.screen.shows(counts={"total": 1})
        seen = [await wall.screen.shows(page=page) for page in [*FAR, FAR[0]]]
        await wall.screen.do("keys", keys=["ArrowRight"])
        by_key = await wall.screen.shows(page=FAR[1])
        await wall.screen.do("keys", keys=["Tab", "Tab", "Enter"])
        held = await wall.screen.shows(held="true")
        until = held["clock"] + 40_000  # whoever pressed a key is thought to be gone after half a minute
        while (look := await wall.screen.look())["clock"] < until:
            assert look["page"] == held["page"]
        await wall.screen.do("keys", keys=["Enter"])
        await wall.screen.until(lambda seen: seen["page"] != held["page"])

    assert [look["panels"] for look in seen] == [1, 1, 2, 1, 1]
    assert by_key["focus"] is not None


async def test_all_of_it_stands_there_at_once_where_it_is_large_enough(desk: Desk, settings: Settings) -> None:
    async with hung(desk, settings, "?theme=dark&inches=98&metres=5") as wall:
        await make_ticket()
        seen = await wall.screen.shows(counts={"total": 1}, page=None)

    assert seen["panels"] == 5
    assert minutes_of(seen["smallest"], 1920, 1080) * 98 / 55 >= 16


async def test_everybody_can_read_it_dark_and_light_and_grey(wall: Wall) -> None:
    found = [await wall.screen.do("audit")]  # asks for reduced motion
    still = await wall.screen.look()
    await wall.screen.do("keys", keys=["Tab", "Enter"])
    await wall.screen.shows(dialog=True)
    found.append(await wall.screen.do("audit"))
    await wall.screen.do("keys", keys=["ArrowDown", "Enter"])
    await wall.screen.shows(theme="light", dialog=False)
    found.append(await wall.screen.do("audit"))
    wall.wire.cut()
    await wall.screen.shows(stale=True)
    found.append(await wall.screen.do("audit"))
    looks = {size: await wall.screen.do("zoom", width=size[0], height=size[1]) for size in [*WHOLE, *SCROLLING]}

    assert [each["violations"] for each in found] == [[], [], [], []]
    assert (still["moving"], still["drift"]) == (0, "shift")  # nothing burns in, and nothing else moves
    assert {size: (look["cut"], look["wide"]) for size, look in looks.items()} == dict.fromkeys(looks, ([], False))
    assert [size for size in WHOLE if looks[size]["tall"]] == []


async def test_every_setting_is_reached_by_keyboard_and_kept(wall: Wall) -> None:
    await wall.screen.do("keys", keys=["Tab"])
    focused = await wall.screen.look()
    await wall.screen.do("keys", keys=["Enter"])
    await wall.screen.shows(dialog=True)
    await wall.screen.do("keys", keys=["ArrowDown", "Tab", "ArrowDown", "Enter"])
    chosen = await wall.screen.shows(dialog=False, language="en", theme="light", light="Connected")

    asked = await wall.screen.until(lambda seen: lines(seen)[-1].endswith("lang=en"))

    assert lines(asked) == [f"ws{wall.url[4:].partition('/wall')[0]}/graphql?lang={each}" for each in ("id", "en")]
    assert focused["focus"] == "Setelan"
    assert "surga.settings" in chosen["kept"]


def lines(seen: dict[str, Any]) -> list[str]:
    """The addresses of the lines to the desk."""
    return [address for address in seen["addresses"] if address.startswith("ws:")]
