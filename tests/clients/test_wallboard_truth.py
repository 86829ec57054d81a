"""What somebody takes away from the wall is true: of which day, of whose reports, and of when."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from api.settings import Settings
from models import Agency, CalendarDay
from models.calendars import DayKind
from models.enums import TicketStatus
from services.core.desk import Desk
from tests.clients.hanging import Wall, hung
from tests.clients.test_wallboard_looks import SCROLLING, WHOLE
from tests.factories import make_ticket

pytestmark = pytest.mark.slow

WORDS = {
    "overdue": "Lewat tenggat",
    "dueSoon": "Mendekati tenggat",
    "open": "Belum selesai",
    "openWithoutAgency": "Belum disposisi",
    "receivedToday": "Masuk hari ini",
    "resolvedToday": "Selesai hari ini",
}
IN_ORDER = [
    "RECEIVED", "INCOMPLETE", "VERIFIED", "DISPATCHED", "IN_PROGRESS", "ON_HOLD", "ANSWERED", "REOPENED",
    "RESOLVED", "UNRESOLVED", "OUT_OF_JURISDICTION", "DIVERTED_TO_EMERGENCY", "ARCHIVED",
]  # fmt: skip


async def misfits_of(wall: Wall) -> dict[tuple[int, int], list[str]]:
    """What is cut or lies upon something else, by the size of the screen."""
    looks = {size: await wall.screen.do("zoom", width=size[0], height=size[1]) for size in [*WHOLE, *SCROLLING]}
    return {size: look["cut"] for size, look in looks.items() if look["cut"] or look["wide"]}


async def test_what_is_cut_off_says_since_when_and_of_which_day_and_only_that_is_announced(
    desk: Desk, settings: Settings
) -> None:
    async with hung(desk, settings) as wall:
        await make_ticket()
        live = await wall.follows()
        wall.wire.cut()
        cut = await wall.screen.shows(stale=True)
        await wall.screen.do("later", hours=24)
        later = await wall.screen.until(lambda seen: "24 jam" in (seen["band"] or ""))

    assert live["words"] == {**WORDS, "total": None}
    assert (live["status"], live["band"]) == ("Terhubung", None)
    assert live["ago"].endswith(" detik lalu")
    assert (cut["status"], cut["ago"]) == ("Terputus: layar ke server. Hubungi Diskominfo.", None)
    assert later["words"]["receivedToday"] == "Masuk 2 Mar 2026"
    assert later["words"]["resolvedToday"] == "Selesai 2 Mar 2026"
    assert later["band"].startswith("DATA TERPUTUS sejak 2 Mar 2026 pukul ")
    assert later["title"].startswith("⚠ Terputus")


async def test_rows_and_lines_stand_in_the_order_of_the_work_and_of_lateness(desk: Desk, settings: Settings) -> None:
    await CalendarDay.create(day=date(2026, 2, 17), kind=DayKind.HOLIDAY, name="Tahun Baru Imlek", source="uji")
    async with hung(desk, settings) as wall:
        late, busy = await Agency.get(code="diskominfo"), await Agency.get(code="dpupr")
        await make_ticket(TicketStatus.ARCHIVED)
        await make_ticket(
            TicketStatus.DISPATCHED, lead=late, standing="OVERDUE", due_at=datetime(2026, 2, 11, 17, tzinfo=UTC)
        )
        await make_ticket(TicketStatus.ON_HOLD, lead=busy, standing="RESTING", hold_until=date(2026, 3, 4))
        for _ in range(3):
            due_at = datetime(2026, 3, 5, 17, tzinfo=UTC)
            await make_ticket(TicketStatus.DISPATCHED, lead=busy, standing="IN_TIME", due_at=due_at)
        seen = await wall.follows()

    assert (seen["rows"], set(IN_ORDER)) == (IN_ORDER, set(TicketStatus))
    assert seen["statuses"] == {"DISPATCHED": 4, "ON_HOLD": 1, "ARCHIVED": 1}
    assert seen["clocks"][:3] == ["lewat 12 hari kerja", "ditunda s.d. 4 Mar", "sisa 3 hari kerja"]
    assert list(seen["agencies"]) == ["-", "diskominfo", "dpupr"]
    # Lines end yesterday. 1 February to 1 March 2026: nine days of weekends, and a holiday.
    assert (seen["lines"], seen["daysOff"]) == ([29, 29], 10)


async def test_the_board_of_an_agency_counts_what_the_desk_sent_it_and_is_named_after_it(
    desk: Desk, settings: Settings
) -> None:
    async with hung(desk, settings, "?theme=dark&board=dpupr", board="dpupr") as wall:
        await make_ticket(TicketStatus.DISPATCHED, lead=await Agency.get(code="dpupr"))
        seen = await wall.screen.shows(counts={"total": 1, "dispatchedToday": 1}, whose="Dinas PUPR")
        misfits = await misfits_of(wall)

    assert seen["words"]["dispatchedToday"] == "Diterima dari meja hari ini"
    assert "receivedToday" not in seen["counts"]
    assert misfits == {}


async def test_a_part_without_reports_says_so_once(desk: Desk, settings: Settings) -> None:
    async with hung(desk, settings) as wall:
        seen = await wall.screen.shows(counts={"total": 0, "open": 0})
        misfits = await misfits_of(wall)

    assert (seen["lines"], seen["rows"], seen["clocks"]) == ([], [], [])
    assert misfits == {}
