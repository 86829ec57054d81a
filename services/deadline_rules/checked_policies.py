"""Policies that somebody decrees, checked (docs/adr/0035)."""

from __future__ import annotations

from collections.abc import Sequence

from services.core import validation
from services.core.reference import spelled
from services.deadline_rules.amendments import with_policies
from services.deadline_rules.commands import GivenPolicy
from services.deadline_rules.fields import Fields
from services.deadlines.clocks import CLOCKS
from services.deadlines.policies import MOST_AMOUNT, MOST_EXTENSIONS, Policy, ties

LONGEST_CODE = 64  # as the column has it


def checked_policies(fields: Fields, given: Sequence[GivenPolicy], basis: str) -> tuple[Policy, ...]:
    """The rows with the city's own codes; what is wrong with them is kept."""
    found, seen, before = [], set[str](), len(fields.checks.refusals)
    for index, each in enumerate(given):
        policy = _policy(fields, each, basis, "policies", str(index))
        if policy.code.casefold() in seen:
            fields.wrong("ROW_TWICE", "policies", str(index), "code", name=policy.code)
        seen.add(policy.code.casefold())
        found.append(policy)
    if len(fields.checks.refusals) == before:  # what is wrong by itself is mended first
        _check_ties(fields, found)
    return tuple(found)


def _check_ties(fields: Fields, given: Sequence[Policy]) -> None:
    """Keep each new row beside which another one fits the same reports as well."""
    after = with_policies(fields.reference.policies, given)
    rows = {(row.code, row.valid_from): row for row in after.rows}
    for index, each in enumerate(given):
        row = rows[each.code, each.valid_from]
        tied = sorted({other.code for other in after.rows if ties(row, other)})
        if tied:
            fields.wrong("POLICIES_TIE", "policies", str(index), "code", one=row.code, others=", ".join(tied))


def _policy(fields: Fields, given: GivenPolicy, basis: str, *at: str) -> Policy:
    reference = fields.reference
    code = _code(fields, given, *at)
    _check_numbers(fields, given, *at)
    _check_rests(fields, given, *at)
    fields.span(given.valid_from, given.valid_to, *at)
    agency, category = given.agency_code, given.category_code
    if agency is not None:
        agency = fields.code(reference.agency_codes, agency, *at, "agencyCode")
    if category is not None:
        category = fields.code(reference.category_codes, category, *at, "categoryCode")
    return Policy(
        code=code,
        clock=given.clock,
        amount=given.amount,
        unit=given.unit,
        valid_from=given.valid_from,
        legal_basis=basis,
        classification=given.classification,
        handling_class=given.handling_class,
        channel=given.channel,
        agency_code=agency,
        category_code=category,
        rests=tuple(sorted(set(given.rests))),
        extension=given.extension,
        extensions=given.extensions,
        valid_to=given.valid_to,
        verified=True,  # who decrees has the decree at hand, and its number stands with the row
    )


def _code(fields: Fields, given: GivenPolicy, *at: str) -> str:
    """The code as rows of before spell it; another clock needs a code of its own."""
    code = fields.checks(validation.line, given.code, LONGEST_CODE, *fields.path(*at, "code"))
    if code is None:
        return given.code
    held = {row.code: row.clock for row in fields.reference.policies.rows}
    code = spelled(held, code) or code
    if held.get(code, given.clock) is not given.clock:
        fields.wrong("CODE_OF_ANOTHER_CLOCK", *at, "code", clock=held[code])
    return code


def _check_numbers(fields: Fields, given: GivenPolicy, *at: str) -> None:
    bounds = (
        ("amount", given.amount, MOST_AMOUNT),
        ("extension", given.extension, MOST_AMOUNT),
        ("extensions", given.extensions, MOST_EXTENSIONS),
    )
    wrong = [(name, most) for name, number, most in bounds if not 0 <= number <= most]
    for name, most in wrong:
        fields.wrong("AMOUNT_OUT_OF_RANGE", *at, name, limit=most)
    if not wrong and (given.extension > 0) != (given.extensions > 0):
        fields.wrong("HALF_AN_EXTENSION", *at, "extensions" if given.extension > 0 else "extension")


def _check_rests(fields: Fields, given: GivenPolicy, *at: str) -> None:
    allowed = CLOCKS[given.clock].may_rest
    wrong = sorted(set(given.rests) - allowed)
    if wrong:
        fields.wrong("CLOCK_STOPS_THERE", *at, "rests", statuses=tuple(wrong), allowed=tuple(sorted(allowed)))
