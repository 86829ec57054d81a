"""A screen that is switched on while the server is down comes back by itself, in a real browser."""

from __future__ import annotations

import pytest

from api.settings import Settings
from services.core.desk import Desk
from tests.clients.screen import page_of
from tests.clients.town import found_town, served

pytestmark = pytest.mark.slow

ENROL = {"id": "Daftarkan layar ini", "en": "Enrol this screen"}
WAITS = {"id": "⚠ Server belum menjawab", "en": "⚠ The server does not answer yet"}


@pytest.mark.parametrize("language", ["id", "en"])
async def test_a_screen_that_starts_before_the_server_comes_back_by_itself(
    desk: Desk, settings: Settings, language: str
) -> None:
    await found_town(desk)
    async with served(desk, settings) as place:
        url = f"http://{place}/wallboard?lang={language}"
        browser = page_of("waiting", url)
        screen = await browser.__aenter__()
        await screen.do("kept")
        enrolling = await screen.do("await", text=ENROL[language])
        await screen.do("off")
    try:
        waiting = await screen.do("on")
        audit = await screen.do("audit")
        async with served(desk, settings, int(place.rpartition(":")[2])):
            back = await screen.do("await", text=ENROL[language])
            await screen.do("off")
    finally:
        await browser.__aexit__(None, None, None)

    assert (waiting["title"], waiting["text"].splitlines()[0]) == (WAITS[language], WAITS[language])
    assert audit["violations"] == []
    assert back["title"] == enrolling["title"]
    assert (waiting["cached"], back["cached"]) == ([], [])  # nothing of the server's is kept, no figure either
