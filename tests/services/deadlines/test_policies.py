"""Dated policies: the row that names most counts, and rows that contradict each other are named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from models import DeadlinePolicy, DeadlineRule, Installation
from models.calendars import DayOrigin
from models.enums import OPEN_STATUSES, Channel, Classification, ClockKind, DeadlineUnit, HandlingClass, TicketStatus
from services.deadlines.deadlines import DatedRule
from services.deadlines.policies import Properties, contradictions, policy_book, row_problems
from services.deadlines.rows.policies import board_rules, sync_policies
from tests.services.deadlines.lives import CITY, policy

BOOK = policy_book(CITY.deadlines)
DAY = date(2026, 3, 2)
C, H, U = Classification, HandlingClass, DeadlineUnit


def row(code, **named):
    return policy(5, code=code, **named)


@pytest.mark.parametrize(
    ("clock", "classification", "handling", "expected"),
    [
        (ClockKind.VERIFICATION, None, H.ORDINARY, (3, U.WORKING_DAYS)),
        (ClockKind.VERIFICATION, C.COMPLAINT, H.LIGHT, (3, U.WORKING_DAYS)),
        (ClockKind.FIRST_RESPONSE, C.COMPLAINT, H.ORDINARY, (5, U.WORKING_DAYS)),
        (ClockKind.RESOLUTION, None, H.ORDINARY, (14, U.WORKING_DAYS)),
        (ClockKind.RESOLUTION, C.COMPLAINT, H.LIGHT, (3, U.WORKING_HOURS)),
        (ClockKind.RESOLUTION, C.ASPIRATION, H.NORMATIVE, (5, U.WORKING_DAYS)),
        (ClockKind.RESOLUTION, C.COMPLAINT, H.SUPERVISORY, (60, U.WORKING_DAYS)),
        (ClockKind.RESOLUTION, C.INFORMATION_REQUEST, H.ORDINARY, (10, U.WORKING_DAYS)),
        (ClockKind.RESOLUTION, C.INFORMATION_REQUEST, H.LIGHT, (10, U.WORKING_DAYS)),
        (ClockKind.REPORTER_REPLY, C.COMPLAINT, H.ORDINARY, (10, U.WORKING_DAYS)),
        (ClockKind.COMPLETION, None, H.ORDINARY, (30, U.DAYS)),
        (ClockKind.NATIONAL, C.COMPLAINT, H.ORDINARY, (60, U.DAYS)),
    ],
)
def test_rows_of_kediri(clock, classification, handling, expected):
    found = BOOK.policy(clock, Properties(classification, handling), DAY)

    assert (found.amount, found.unit) == expected
    assert BOOK.policy(clock, Properties(classification, handling), date(2014, 10, 6)) is None


def test_information_requests_have_one_extension_of_seven_days():
    found = BOOK.policy(ClockKind.RESOLUTION, Properties(C.INFORMATION_REQUEST), DAY)

    assert (found.extension, found.extensions) == (7, 1)
    assert {each.code for each in CITY.deadlines if each.verified} == {"verifikasi", "tindak-lanjut"}


def test_the_row_that_names_most_counts_and_a_category_before_the_one_above():
    rows = [
        row("semua"),
        row("sms", channel=Channel.SMS),
        row("jalan", channel=Channel.SMS, category_code="PU"),
        row("jalan-lubang", channel=Channel.SMS, category_code="PU.LUBANG"),
        row("dishub", channel=Channel.SMS, category_code="PU", agency_code="DISHUB"),
    ]
    book = policy_book(rows)

    def chosen(**given):
        return book.policy(ClockKind.RESOLUTION, Properties(**given), DAY).code

    assert list(contradictions(rows)) == []
    assert chosen(channel=Channel.EMAIL) == "semua"
    assert chosen(channel=Channel.SMS) == "sms"
    assert chosen(channel=Channel.SMS, category_codes=("PU.AIR", "PU")) == "jalan"
    assert chosen(channel=Channel.SMS, category_codes=("PU.LUBANG", "PU")) == "jalan-lubang"
    assert chosen(channel=Channel.SMS, category_codes=("PU.LUBANG", "PU"), agency_code="DISHUB") == "dishub"


def test_a_row_ends_the_one_of_its_code_and_holds_as_of_the_day_of_receipt():
    old, new = row("lama", valid_from=date(2020, 1, 1)), row("lama", valid_from=date(2026, 3, 10))
    ended = row("sementara", valid_from=date(2026, 1, 1), valid_to=date(2026, 1, 31), channel=Channel.SMS)
    book = policy_book([new, ended, old])

    def since(day, **given):
        found = book.policy(ClockKind.RESOLUTION, Properties(**given), day)
        return found and found.valid_from

    assert since(date(2019, 12, 31)) is None
    assert since(date(2026, 3, 9)) == old.valid_from
    assert since(date(2026, 3, 10)) == new.valid_from
    assert since(date(2026, 1, 31), channel=Channel.SMS) == ended.valid_from
    assert since(date(2026, 2, 1), channel=Channel.SMS) == old.valid_from
    assert [each.code for each in book.on(date(2026, 1, 15))] == ["lama", "sementara"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("a"), row("b")], [("a", "and b hold at the same time for the same properties (all of them)")]),
        (
            [row("a", channel=Channel.SMS), row("b", classification=C.COMPLAINT)],
            [("a", "and b hold at the same time for the same properties (channel SMS, classification COMPLAINT)")],
        ),
        ([row("a", channel=Channel.SMS), row("b", channel=Channel.EMAIL)], []),
        ([row("a"), row("b", channel=Channel.SMS)], []),
        ([row("a"), row("b", clock=ClockKind.NATIONAL)], []),
        ([row("a", valid_to=date(2020, 1, 1)), row("b", valid_from=date(2020, 1, 2))], []),
        ([row("a"), row("a")], [("a", "begins twice on 2014-01-01")]),
        (
            [row("a"), row("a", clock=ClockKind.NATIONAL, valid_from=date(2020, 1, 1))],
            [("a", "names two clocks: another clock needs a code of its own")],
        ),
    ],
)
def test_rows_that_hold_at_the_same_time_for_the_same_are_refused_by_name(rows, expected):
    assert list(contradictions(rows)) == expected


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"amount": -1}, "amount must be 0 to 1000, not -1"),
        ({"amount": 10**6}, "amount must be 0 to 1000, not 1000000"),
        ({"extension": -1, "extensions": 1}, "extension must be 0 to 1000, not -1"),
        ({"extension": 1, "extensions": 11}, "extensions must be 0 to 10, not 11"),
        ({"extension": 7}, "extension says how much at once and extensions how often: both or neither"),
        (
            {"rests": (TicketStatus.RESOLVED,)},
            f"RESOLUTION stops in RESOLVED; it may rest in {', '.join(sorted(OPEN_STATUSES))} only",
        ),
        ({"valid_to": date(2013, 1, 1)}, "valid_to lies before valid_from"),
    ],
)
def test_what_is_wrong_with_a_row_is_told(change, problem):
    assert next(iter(row_problems(replace(row("a"), **change)))) == problem
    assert list(row_problems(row("a"))) == []


def test_boards_count_by_verification_and_the_ordinary_resolution():
    assert board_rules(CITY.deadlines) == [
        DatedRule(kind, days, date(2014, 10, 7), basis)
        for kind, days, basis in (
            (None, 3, "Alur SP4N-LAPOR!: verifikasi dan penerusan, 3 hari kerja"),
            (C.COMPLAINT, 14, "SK 300.1/020/419.117/2024: tidak berkadar pengawasan, 14 hari kerja"),
            (C.ASPIRATION, 14, "SK 300.1/020/419.117/2024: tidak berkadar pengawasan, 14 hari kerja"),
            (
                C.INFORMATION_REQUEST,
                10,
                "UU 14/2008: permintaan informasi, 10 hari kerja dan sekali perpanjangan 7 hari kerja",
            ),
        )
    ]


async def test_policies_become_those_of_the_folder(database, desk):
    first = await sync_policies(database, CITY.deadlines)
    longer = [replace(each, amount=4) if each.code == "verifikasi" else each for each in CITY.deadlines[:-1]]

    came, changed, gone = await sync_policies(database, longer)

    assert [len(each) for each in first] == [12, 0, 0]
    assert (came, [each.code for each in changed], [each.code for each in gone]) == ([], ["verifikasi"], ["nasional"])
    assert await DeadlinePolicy.all().count() == 11
    assert set((await desk.reference()).policies.rows) == set(longer)
    assert await DeadlineRule.all().count() == 0
    assert (await Installation.get(id=1)).rules_version == (await desk.reference()).rules_version == 1


async def test_a_decreed_policy_stands_in_place_of_the_folder_s(database):
    await sync_policies(database, CITY.deadlines)
    await DeadlinePolicy.filter(code="verifikasi").update(amount=2, origin=DayOrigin.DECREE)
    await DeadlinePolicy.filter(code="nasional").update(code="lain", origin=DayOrigin.DECREE)

    came, changed, gone = await sync_policies(database, CITY.deadlines)

    assert ([each.code for each in came], changed, gone) == (["nasional"], [], [])
    assert (await DeadlinePolicy.get(code="verifikasi")).amount == 2
    assert await DeadlinePolicy.filter(code="lain").count() == 1
