"""The link CLOCKS: passing deadlines are noted in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.core.links import Link, Links

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MINUTE = timedelta(seconds=60)


def clocks(links: Links, now: datetime) -> tuple[bool, datetime]:
    [found] = [state for state in links.states(now) if state.link is Link.CLOCKS]
    return found.ok, found.since


def test_breaks_when_the_job_is_a_minute_late_and_mends_with_its_next_run() -> None:
    links = Links()
    links.note_clocks(NOW)
    links.note(NOW, bell=True, database=True)

    assert links.note(NOW + MINUTE, bell=True, database=True) is False
    assert links.note(NOW + MINUTE + timedelta(seconds=1), bell=True, database=True) is True
    assert clocks(links, NOW + MINUTE + timedelta(seconds=1)) == (False, NOW + MINUTE)

    links.note_clocks(NOW + 2 * MINUTE)
    assert links.note(NOW + 2 * MINUTE, bell=True, database=True) is True
    assert clocks(links, NOW + 2 * MINUTE) == (True, NOW + 2 * MINUTE)


def test_a_job_that_never_ran_is_late_a_minute_after_the_server_began() -> None:
    links = Links()
    links.note(NOW, bell=True, database=True)
    links.note(NOW + MINUTE + timedelta(seconds=1), bell=True, database=True)

    assert clocks(links, NOW + MINUTE + timedelta(seconds=1)) == (False, NOW + MINUTE)
