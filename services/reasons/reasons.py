"""Where each reason can be true at all, and which of them the city offers today (S17, S22, S23, else decided here).

What can be true is the same everywhere; what is offered are dated rows of the city's folder (reasons.yaml). The words
stand in services/core/terms_reasons.yaml. Codes that no list has any more stay readable in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.enums import Channel, Classification, ReasonList, TicketStatus
from services.reasons.resolving import LIAISONS_ONLY, Resolving

L, S = ReasonList, TicketStatus
WORKS = frozenset({Classification.COMPLAINT, Classification.ASPIRATION})
COMPLAINTS = frozenset({Classification.COMPLAINT})
# What a report may lack; its words are the labels' list Missing.
MISSING = ("LOCATION", "TIME", "IDENTITY", "PROOF")
# Only what another system sent can be written in a wrong format.
IMPORTS = frozenset({Channel.OPEN311, Channel.SP4N_LAPOR, Channel.PARTNER})
# Reporters withdraw while work is under way; whatever else ends a report at the desk is known before.
UNWORKED = frozenset({S.RECEIVED, S.INCOMPLETE, S.VERIFIED, S.REOPENED})
FINISHED = frozenset({S.RESOLVED, S.UNRESOLVED})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides whether a reason can be true: the ticket as it is, and whether the desk moves it."""

    status: TicketStatus
    classification: Classification | None = None
    channel: Channel | None = None
    merged: bool = False
    by_desk: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason and where it can be true; an empty set means everywhere.

    An unknown classification may be any, so it excludes nothing. desk: only the desk judges it. merged: only of a
    ticket that is merged into another one (True), or is not (False).
    """

    code: str
    statuses: frozenset[TicketStatus] = frozenset()
    kinds: frozenset[Classification] = frozenset()
    channels: frozenset[Channel] = frozenset()
    desk: bool = False
    merged: bool | None = None

    def fits(self, case: Circumstances) -> bool:
        return (
            (not self.statuses or case.status in self.statuses)
            and (not self.kinds or case.classification is None or case.classification in self.kinds)
            and (not self.channels or case.channel in self.channels)
            and (not self.desk or case.by_desk)
            and (self.merged is None or case.merged is self.merged)
        )


POSSIBLE: dict[ReasonList, tuple[Reason, ...]] = {
    L.RETURN: (
        Reason("NOT_OUR_DUTY"),
        Reason("OTHER_AGENCY_LEADS"),
        Reason("WRONG_LOCATION"),
        Reason("TOO_LITTLE_DATA"),
        Reason("OUTSIDE_CITY"),
        Reason("ALREADY_HANDLED"),
        Reason("NEEDS_JOINT_WORK"),
    ),
    # The desk waits for people, an agency for work (cases of the desk: no weather, material or budget here).
    L.HOLD_BY_DESK: (
        Reason("WAITING_FOR_COORDINATION"),
        Reason("WAITING_FOR_DECISION"),
        Reason("WAITING_FOR_CLARIFICATION"),
    ),
    # A question waits for no weather, and for nothing that is bought.
    L.HOLD_BY_AGENCY: (
        Reason("FIELD_SURVEY"),
        Reason("WAITING_FOR_BUDGET", kinds=WORKS),
        Reason("WAITING_FOR_MATERIAL", kinds=WORKS),
        Reason("WAITING_FOR_TENDER", kinds=WORKS),
        Reason("WAITING_FOR_PERMIT", kinds=WORKS),
        Reason("SCHEDULED"),
        Reason("WEATHER", kinds=WORKS),
        Reason("WAITING_FOR_OTHERS"),
    ),
    # Courts, police and the legislature are outside of LAPOR! too (S22).
    L.JURISDICTION: (
        Reason("PROVINCE"),
        Reason("MINISTRY_OR_AGENCY"),
        Reason("STATE_COMPANY"),
        Reason("OTHER_REGENCY"),
        Reason("DPRD"),
        Reason("COURT_OR_POLICE"),
    ),
    # LAPOR! lists FORMAT_ERROR, TOO_GENERAL and NOT_RELEVANT (S17); most that it archives is INCOMPLETE (S23).
    L.ARCHIVE: (
        Reason("INCOMPLETE", statuses=frozenset({S.INCOMPLETE})),
        Reason("WITHDRAWN"),
        Reason("UNREACHABLE", statuses=UNWORKED),
        Reason("TOO_GENERAL", statuses=UNWORKED),
        Reason("NOT_RELEVANT", statuses=UNWORKED),
        Reason("PRIVATE_MATTER", statuses=UNWORKED),
        Reason("ALREADY_ANSWERED", statuses=UNWORKED),
        Reason("LEGAL_PROCESS", statuses=UNWORKED),
        Reason("PRANK", statuses=UNWORKED),
        Reason("SPAM", statuses=UNWORKED),
        Reason("ABUSIVE", statuses=UNWORKED),
        Reason("TEST_MESSAGE", statuses=UNWORKED),
        Reason("FORMAT_ERROR", statuses=UNWORKED, channels=IMPORTS),
    ),
    L.UNRESOLVED: (
        Reason("PLANNED", kinds=WORKS),
        Reason("NO_BUDGET", kinds=WORKS),
        Reason("NOT_FEASIBLE"),
        Reason("OWNER_REFUSES", kinds=WORKS),
        Reason("LEGAL_DISPUTE"),
        Reason("NOT_PROVEN", kinds=COMPLAINTS),
    ),
    # A wish is neither repaired nor refuted: it is taken up, handed on to the planners, or can not be met.
    L.OUTCOME: (
        Reason("ACCEPTED"),
        Reason("PLANNED"),
        Reason("NOT_POSSIBLE"),
    ),
    # Nobody judges an objection to their own work; and only what was worked on can come back.
    L.REOPEN: (
        Reason("REPORTER_DISPUTES", desk=True),
        Reason("PROBLEM_RETURNED", statuses=FINISHED | {S.DIVERTED_TO_EMERGENCY}),
        Reason("NEW_INFORMATION"),
        Reason("CLOSED_BY_MISTAKE"),
        Reason("COMPLETED_LATER", statuses=frozenset({S.ARCHIVED}), merged=False),
        Reason("SENT_BACK", statuses=frozenset({S.OUT_OF_JURISDICTION})),
        Reason("NOT_AN_EMERGENCY", statuses=frozenset({S.DIVERTED_TO_EMERGENCY})),
        Reason("NOT_A_DUPLICATE", statuses=frozenset({S.ARCHIVED}), merged=True),
        Reason("MONEV_DECISION", desk=True),
    ),
}
DESK_REASONS = frozenset(reason.code for reasons in POSSIBLE.values() for reason in reasons if reason.desk)
CODES = {list_: tuple(reason.code for reason in reasons) for list_, reasons in POSSIBLE.items()}


@dataclass(frozen=True, eq=False)
class Reasons:
    """What a city offers on one day, by list; a list of which it says nothing offers all that can be true.

    resolving: who closes a report as resolved that day.
    """

    offered: Mapping[ReasonList, tuple[str, ...]] = field(default_factory=dict)
    resolving: Resolving = LIAISONS_ONLY

    def of(self, list_: ReasonList, case: Circumstances) -> tuple[str, ...]:
        """The codes of a list that can be true in these circumstances, in the city's order."""
        known = {reason.code: reason for reason in POSSIBLE[list_]}
        codes = self.offered.get(list_, CODES[list_])
        return tuple(code for code in codes if code in known and known[code].fits(case))


STANDARD = Reasons()


def reasons_from(rows: Iterable[Sequence[Any]], resolving: Resolving = LIAISONS_ONLY) -> Reasons:
    """What is offered by rows of list and codes, oldest first: the last of a list is in force."""
    offered = {ReasonList(name): tuple(codes) for name, codes in rows if name in ReasonList.__members__}
    return Reasons(offered, resolving)
