"""What passes by the clock is told to whose clock it is: the whole way from the job that notes it."""

from __future__ import annotations

from models import Notification
from services.clocks.passing import pass_clocks
from tests.services.clocks.given import received
from tests.services.deadlines.lives import said
from workers.notifications import notify


async def told() -> list[tuple[str, str | None, str]]:
    rows = await Notification.filter(told=True).order_by("id")
    return [(row.kind.value, row.clock and row.clock.value, said(row.at)) for row in rows]


async def test_what_passes_at_midnight_is_told_when_the_office_opens(desk, coordinator, set_clock):
    set_clock("2026-03-02 09:00")
    await received(desk, coordinator)
    set_clock("2026-03-04 00:00")
    await pass_clocks(desk)
    await notify(desk)
    assert await told() == []

    set_clock("2026-03-04 07:59")
    await notify(desk)
    assert await told() == []
    set_clock("2026-03-04 08:30")
    await notify(desk)

    assert await told() == [("DUE_SOON", "VERIFICATION", "2026-03-04 08:00")]  # as it is Ramadan


async def test_what_a_worker_missed_is_told_as_one(desk, coordinator, set_clock):
    set_clock("2026-03-02 09:00")
    for text in ("Jalan berlubang di depan sekolah.", "Lampu taman padam sejak kemarin."):
        await received(desk, coordinator, body=text)
    set_clock("2026-03-09 08:00")
    await pass_clocks(desk)
    await notify(desk)
    set_clock("2026-03-09 08:01")

    await notify(desk)

    assert await told() == [("SUMMARY", None, "2026-03-09 08:01")]
    assert len((await Notification.get()).tickets) == 4  # near and past, of both
