"""A city's deadlines.yaml: dated policies, and the rows of one clock that folders of before have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.enums import Channel, Classification, ClockKind, DeadlineUnit, HandlingClass, TicketStatus
from services.deadlines.clocks import CLOCKS
from services.deadlines.policies import MOST_AMOUNT, MOST_EXTENSIONS, Policy, contradictions, row_problems
from services.master_data.city_entries import Entry, Problems

FILE = "deadlines.yaml"
UNVERIFIED = "none"  # in rows of before: the time for verifying


def read_deadlines(found: Iterator[Entry], problems: Problems) -> tuple[Policy, ...]:
    """The policies of the file; whatever is wrong is a line of problems with its row."""
    policies = tuple(_policy(entry) if entry.has("clock") else _rule(entry) for entry in found)
    for code, problem in contradictions(policies):
        problems.add(FILE, f"entry {code}", problem)
    return policies


def check_names(policies: Iterable[Policy], problems: Problems, agencies: set[str], categories: set[str]) -> None:
    """Agencies and categories that policies name are those of the city."""
    for policy in policies:
        if policy.agency_code is not None and policy.agency_code not in agencies:
            problems.add(FILE, f"entry {policy.code}", f"agency {policy.agency_code} is not in agencies.yaml")
        if policy.category_code is not None and policy.category_code not in categories:
            problems.add(FILE, f"entry {policy.code}", f"category {policy.category_code} is not in categories.yaml")


def _policy(entry: Entry) -> Policy:
    clock = entry.member("clock", ClockKind)
    rests = entry.choices("rests", tuple(TicketStatus)) if entry.listed("rests") else ()
    policy = Policy(
        code=entry.text("code", limit=64),
        clock=clock,
        classification=entry.optional_member("classification", Classification),
        handling_class=entry.optional_member("class", HandlingClass),
        channel=entry.optional_member("channel", Channel),
        agency_code=entry.optional("agency"),
        category_code=entry.optional("category"),
        amount=entry.whole("amount", least=0, most=MOST_AMOUNT),
        unit=entry.member("unit", DeadlineUnit),
        rests=_rests(rests if entry.has("rests") else CLOCKS[clock].rests),
        extension=entry.whole("extension", least=0, most=MOST_AMOUNT) if entry.has("extension") else 0,
        extensions=entry.whole("extensions", least=0, most=MOST_EXTENSIONS) if entry.has("extensions") else 0,
        valid_from=entry.day("valid_from"),
        valid_to=entry.optional_day("valid_to"),
        legal_basis=entry.text("legal_basis", limit=300),
        verified=entry.verified,
    )
    for problem in row_problems(policy):
        entry.wrong(problem)
    entry.finish()
    return policy


def _rule(entry: Entry) -> Policy:
    """A row of before: working days by classification, whose rows end each other whatever their code."""
    entry.text("code", limit=64)
    kind = None if entry.is_word("classification", UNVERIFIED) else entry.member("classification", Classification)
    clock = ClockKind.VERIFICATION if kind is None else ClockKind.RESOLUTION
    policy = Policy(
        code="verification" if kind is None else kind.lower().replace("_", "-"),
        clock=clock,
        classification=kind,
        amount=entry.whole("working_days", least=1, most=MOST_AMOUNT),
        unit=DeadlineUnit.WORKING_DAYS,
        rests=_rests(CLOCKS[clock].rests),
        valid_from=entry.day("valid_from"),
        legal_basis=entry.text("legal_basis", limit=300),
        verified=entry.verified,
    )
    entry.finish()
    return policy


def _rests(named: Iterable[str]) -> tuple[TicketStatus, ...]:
    return tuple(sorted(map(TicketStatus, set(named) & set(TicketStatus))))
