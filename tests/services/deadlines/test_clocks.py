"""Every status has its part in the clocks that outlive the stages of a report."""

import pytest

from models.enums import OPEN_STATUSES, ClockKind
from services.deadlines.clocks import CLOCKS


@pytest.mark.parametrize("clock", [ClockKind.RESOLUTION, ClockKind.NATIONAL])
def test_no_open_status_stops_a_clock_that_only_the_end_stops(clock):
    assert CLOCKS[clock].may_rest == OPEN_STATUSES
