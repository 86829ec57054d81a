"""The clocks of a ticket, as clients see them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from schema.deadlines.deadlines import DeadlineExplanation, DeadlineVerdict, explanation_shown, verdict_shown
from schema.deadlines.policies import DeadlinePolicy, policy_shown
from services.queries.clocks import ClockView
from services.queries.deadline_words import unbounded


class ShownClock:
    """A Deadline as plain attributes, those of the view and what is told of it in the caller's language."""

    def __init__(self, view: ClockView, language: str) -> None:
        self._view = view
        self._language = language

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)

    @property
    def policy(self) -> DeadlinePolicy:
        return policy_shown(self._view.policy, self._view.reference)

    @property
    def verdicts(self) -> list[DeadlineVerdict]:
        return [verdict_shown(each.verdict, each.rules_version) for each in self._view.verdicts]

    @cached_property
    def explanation(self) -> DeadlineExplanation:
        view = self._view
        if view.reading is None:
            return DeadlineExplanation(text=unbounded(view.clock, self._language), segments=[], days_off=[])
        return explanation_shown(view.reading, view.reference, view.zone, self._language)
