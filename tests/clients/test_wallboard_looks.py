"""The wall on every screen that it may hang on, at every zoom, for everybody who looks at it or has only a keyboard."""

from __future__ import annotations

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
DIGITS = (5, 6, 7)
CAPITAL, MILLIMETRES = 0.729, 0.634  # height of a capital in ems; a pixel of 1080p on 55 inches
MINUTE = 0.000291  # of arc, as height over distance


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


async def test_nothing_is_cut_off_on_any_screen_at_any_zoom(wall: Wall) -> None:
    looks = {size: await wall.screen.do("zoom", width=size[0], height=size[1]) for size in [*WHOLE, *SCROLLING]}

    assert {size: (look["cut"], look["wide"]) for size, look in looks.items()} == dict.fromkeys(looks, ([], False))
    assert [size for size in WHOLE if looks[size]["tall"]] == []
    assert [size for size, look in looks.items() if len(look["figures"]) != 1] == []
    # Where everything fits, letters grow with the screen; at 200 % they are larger than they would be without zoom.
    assert looks[3840, 2160]["smallest"] == pytest.approx(2 * looks[1920, 1080]["smallest"], rel=1e-4)
    assert looks[960, 540]["smallest"] * 2 > 1.5 * looks[1920, 1080]["smallest"]
    assert looks[683, 384]["smallest"] * 2 > 1.5 * looks[1366, 768]["smallest"]
    assert min(looks[size]["smallest"] for size in SCROLLING) >= 15


async def test_figures_of_seven_digits_fit_on_every_screen(wall: Wall) -> None:
    found = {}
    for width, height in [*WHOLE, *SCROLLING]:
        await wall.screen.do("zoom", width=width, height=height)
        for digits in DIGITS:
            look = await wall.screen.do("enlarge", digits=digits)
            found[width, height, digits] = (look["cut"], look["wide"], len(look["figures"]))

    assert found == dict.fromkeys(found, ([], False, 1))


async def test_what_counts_is_read_from_five_metres_and_the_smallest_word_from_three(wall: Wall) -> None:
    look = await wall.screen.do("zoom", width=1920, height=1080)
    minutes = {
        name: size * CAPITAL * MILLIMETRES / distance / MINUTE
        for name, size, distance in [
            ("figures", float(look["figures"][0][:-2]), 5000),
            ("labels", look["sizes"][".large .word"], 5000),
            ("clock", look["sizes"][".clock"], 5000),
            ("smallest", look["smallest"], 2850),
        ]
    }

    assert {name: value >= 16 for name, value in minutes.items()} == dict.fromkeys(minutes, True), minutes


async def test_everybody_can_read_it_dark_and_light_and_grey(wall: Wall) -> None:
    found = [await wall.screen.do("audit")]
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
    assert {size: (look["cut"], look["wide"]) for size, look in looks.items()} == dict.fromkeys(looks, ([], False))
    assert [size for size in WHOLE if looks[size]["tall"]] == []


async def test_it_is_one_sheet_of_paper(wall: Wall) -> None:
    assert await wall.screen.do("pages") == {"pages": 1}


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


async def test_it_drifts_so_that_nothing_burns_in_and_moves_no_more_than_asked(wall: Wall) -> None:
    await wall.screen.do("audit")  # asks for reduced motion
    await make_ticket()
    await wall.follows()
    seen = await wall.screen.look()

    assert (seen["moving"], seen["drift"]) == (0, "shift")
