"""Policies in the database: how they are written and read, and the rows of deadline_rule that are made of them.

Source: docs/adr/0027, 0035.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models import DeadlinePolicy
from models.calendars import DayOrigin
from models.enums import Channel, Classification, ClockKind, DeadlineUnit, HandlingClass, TicketStatus
from services.deadlines.calendars import ONE_DAY
from services.deadlines.deadlines import DatedRule
from services.deadlines.policies import Policy, PolicyBook, Properties, policy_book

NAMES = tuple(each.name for each in fields(Policy))
POLICIES = f"(SELECT json_agg(json_build_array({', '.join(NAMES)})) FROM deadline_policy)"


async def sync_policies(
    connection: BaseDBAsyncClient, policies: Iterable[Policy]
) -> tuple[list[Policy], list[Policy], list[Policy]]:
    """Make the table's rows equal to these; gives those that came, those that changed, and those that went.

    Rows that were decreed stand, also in place of one of these.
    """
    rows = {(row.code, row.valid_from): row for row in await DeadlinePolicy.all().using_db(connection)}
    decreed = {key for key, row in rows.items() if row.origin is DayOrigin.DECREE}
    rows = {key: row for key, row in rows.items() if key not in decreed}
    wanted = {key: policy for policy in policies if (key := (policy.code, policy.valid_from)) not in decreed}
    held = {key: _policy(row) for key, row in rows.items()}
    came = [policy for key, policy in wanted.items() if key not in held]
    changed = [policy for key, policy in wanted.items() if key in held and held[key] != policy]
    gone = [key for key in held if key not in wanted]
    stale = [rows[key].id for key in (*gone, *((policy.code, policy.valid_from) for policy in changed))]
    await DeadlinePolicy.filter(id__in=stale).using_db(connection).delete()
    await DeadlinePolicy.bulk_create([policy_row(policy) for policy in (*came, *changed)], using_db=connection)
    return came, changed, [held[key] for key in gone]


async def stored_policies(connection: BaseDBAsyncClient) -> list[Policy]:
    """Every row that stands."""
    return [_policy(row) for row in await DeadlinePolicy.all().using_db(connection)]


def policies_from(rows: Iterable[Sequence[Any]]) -> PolicyBook:
    """The policies out of what the subselect POLICIES gave."""
    return policy_book(_read(dict(zip(NAMES, row, strict=True))) for row in rows)


def board_rules(policies: Iterable[Policy]) -> list[DatedRule]:
    """The rows of deadline_rule: verification without a classification, else the ordinary resolution, in working days.

    Boards of the release before count by them.
    """
    book = policy_book(policies)
    return [rule for classification in (None, *Classification) for rule in _rules(book, classification)]


def _rules(book: PolicyBook, classification: Classification | None) -> Iterator[DatedRule]:
    clock = ClockKind.VERIFICATION if classification is None else ClockKind.RESOLUTION
    rows = [row for row in book.rows if row.clock is clock]
    days = {row.valid_from for row in rows} | {row.valid_to + ONE_DAY for row in rows if row.valid_to is not None}
    before: tuple[int, str] | None = None
    for day in sorted(days):
        row = book.policy(clock, Properties(classification), day)
        if row is None or row.unit is not DeadlineUnit.WORKING_DAYS or row.amount == 0:
            continue
        if before != (row.amount, row.legal_basis):
            yield DatedRule(classification, row.amount, day, row.legal_basis)
        before = row.amount, row.legal_basis


def _read(values: dict[str, Any]) -> Policy:
    """A policy out of values as JSON has them."""
    for name, closed in (
        ("clock", ClockKind),
        ("unit", DeadlineUnit),
        ("classification", Classification),
        ("handling_class", HandlingClass),
        ("channel", Channel),
    ):
        values[name] = None if values[name] is None else closed(values[name])
    for name in ("valid_from", "valid_to"):
        values[name] = None if values[name] is None else date.fromisoformat(values[name])
    return Policy(**{**values, "rests": _statuses(values["rests"])})


def _policy(row: DeadlinePolicy) -> Policy:
    values = {name: getattr(row, name) for name in NAMES}
    return Policy(**{**values, "rests": _statuses(row.rests)})


def policy_row(policy: Policy, origin: DayOrigin = DayOrigin.FOLDER) -> DeadlinePolicy:
    values = {name: getattr(policy, name) for name in NAMES}
    return DeadlinePolicy(**{**values, "rests": list(policy.rests), "origin": origin})


def _statuses(words: Iterable[str]) -> tuple[TicketStatus, ...]:
    return tuple(map(TicketStatus, words))
