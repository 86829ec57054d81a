"""The closed lists: what each kind of event is, said once beside the list."""

from __future__ import annotations

from collections import Counter

from models.enums import AUDITED_KINDS, FOLLOWED_KINDS, NOTIFICATION_KINDS, REFERENCE_KINDS, TIMELINE_KINDS, EventKind


def test_every_kind_of_event_says_who_is_told():
    places = Counter([*TIMELINE_KINDS, *REFERENCE_KINDS, *AUDITED_KINDS, *FOLLOWED_KINDS, *NOTIFICATION_KINDS])

    assert places == Counter(EventKind)
