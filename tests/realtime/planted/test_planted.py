"""Each planted fault is found by seeded schedules."""

from __future__ import annotations

import pytest

from tests.realtime.planted.search import FAULTS, found
from tests.realtime.seeded.schedule import tried

# A seed that finds it, so that this is quick; where schedules were changed, the next one is searched for from there.
# All are found within the first 2,000.
KNOWN = {
    "a_cancellation_ends_the_follower": 3,
    "a_page_counts_as_read_before_it_is_written": 3,
    "rights_have_no_lease": 25,
    "rights_are_judged_after_what_is_shown": 18,
    "who_cannot_be_judged_stays": 18,
    "a_look_waits_for_all_groups": 54,
    "a_member_joins_a_moment_late": 105,
    "replay_and_live_overlap": 3,
    "a_row_is_shown_though_it_is_old": 137,
    "a_group_goes_on_behind_a_stray_cancellation": 3,
    "who_joins_takes_the_picture_from_the_others": 223,
    "rendering_is_paid_for_afterwards": 0,
    "a_share_is_not_given_back_by_who_is_cancelled": 0,
    "a_group_that_ended_keeps_payloads": 184,
    "a_busy_group_rests": 44,
    "a_page_of_rights_wakes_everybody": 9,
    "a_scope_that_could_not_be_judged_is_kept": 42,
    "a_join_ends_with_whatever_it_is_told": 1,
    "a_heartbeat_tells_of_what_is_still_written": 746,
    "who_cannot_pay_is_sent_back": 267,
    "a_heartbeat_goes_before_the_reset": 267,
    "an_id_is_refused_that_is_another_ones": 155,
}


def test_every_planted_fault_has_a_seed() -> None:
    assert set(KNOWN) == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str) -> None:
    outcome = found(name, KNOWN[name])

    assert outcome is not None
    assert tried(outcome.seed).violations == []  # the same schedule holds where nothing is planted
