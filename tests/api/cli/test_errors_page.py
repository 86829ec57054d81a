"""docs/errors.md is the texts, the guide and the source; a code that one of them lacks stops it from being written."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest

from api.cli.errors_page import gaps, guide, page
from api.cli.raised_codes import LAYERS, raised_codes
from schema.core.errors import CODES
from services.core.messages import catalog
from tests.root import ROOT

KNOWN = guide()
raised = cache(raised_codes)  # of a second's work, so not where all tests are collected


def source(root, text: str):
    """What a program of this one file raises."""
    for layer in LAYERS:
        (root / layer).mkdir()
    (root / "services" / "rule.py").write_text(text, "utf-8")
    return raised_codes(root)


def test_the_page_is_the_guide_of_now() -> None:
    """`python -m api.cli.errors_page > docs/errors.md` writes it anew."""
    assert (ROOT / "docs" / "errors.md").read_text("utf-8") == page()


def test_guide_program_and_texts_name_the_same_codes() -> None:
    assert gaps(KNOWN, raised(), catalog()) == []
    assert set(KNOWN.extension_codes) == CODES


def test_every_code_says_when_it_comes_and_what_to_do() -> None:
    rows = [*KNOWN.user().values(), *KNOWN.extension_codes.values(), *KNOWN.oauth.values(), *KNOWN.close_codes.values()]

    assert [row for row in rows if not all(cell.strip() for cell in row)] == []


def test_no_code_stands_twice_in_the_guide() -> None:
    """YAML takes the later one without a word."""
    text = (ROOT / "services" / "core" / "error_guide.yaml").read_text("utf-8")
    keys = re.findall(
        r"^ +(\w+): \[", text.partition("edge_texts:")[0] + text.partition("user_errors:")[2], re.MULTILINE
    )

    assert sorted(keys) == sorted(set(keys))


def test_the_guide_for_live_clients_names_close_codes_that_the_guide_knows() -> None:
    page = (ROOT / "docs" / "live-clients.md").read_text("utf-8")
    table = page.partition("| the socket closes with |")[2].partition("\n\n")[0]
    named = {
        int(code)
        for row in table.splitlines()
        for code in re.findall(r"\b(?:10|44)\d\d\b", row.split("|")[1:2][0] if "|" in row else "")
    }

    assert {1012, 1013, 4403} <= named <= set(KNOWN.close_codes)


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ('raise InvalidInput("NEW_ONE", path=("a",))', {("InvalidInput", "NEW_ONE")}),
        ('raise refusals.Forbidden("NEW_ONE")', {("Forbidden", "NEW_ONE")}),
        (
            'raise InvalidInput("NEW_ONE" if late else "OTHER_ONE")',
            {("InvalidInput", "NEW_ONE"), ("InvalidInput", "OTHER_ONE")},
        ),
        ('CODE = "NEW_ONE"\n\n\ndef check():\n    raise NotFound(CODE)', {("NotFound", "NEW_ONE")}),
        ("raise NotFound()", {("NotFound", "NOT_FOUND")}),
        ("return IllegalTransition(\n    'NEW_ONE', current)", {("IllegalTransition", "NEW_ONE")}),
        ("raise Throttled(3)", {("Throttled", "THROTTLED")}),
    ],
)
def test_a_code_is_found_however_it_is_raised(tmp_path, text, user) -> None:
    assert source(tmp_path, text).user == user


def test_codes_of_requests_screens_and_sockets_are_found_too(tmp_path) -> None:
    found = source(
        tmp_path,
        'LATE = 4411\nraise EdgeRefusal("FORBIDDEN", "too_new")\nraise bad_input("not_good")\n'
        'raise DeviceGrantRefused("new_error")\nsend({"type": "websocket.close", "code": 1008})\n',
    )

    assert found.edge == {("FORBIDDEN", "too_new"), ("BAD_INPUT", "not_good")}
    assert (found.oauth, found.closing) == ({"new_error"}, {4411, 1008})


@pytest.mark.parametrize(
    ("changed", "gap"),
    [
        (
            lambda was: {"user": was.user | {("Forbidden", "NEW_ONE")}},
            "NEW_ONE is raised as Forbidden: name it under user_errors.",
        ),
        (
            lambda was: {"user": was.user | {("Forbidden", "EMPTY")}},
            "EMPTY is raised as Forbidden: name it under user_errors.",
        ),
        (
            lambda was: {"edge": was.edge | {("GONE", "SIGN_IN")}},
            "GONE is an extensions.code: name it under extension_codes.",
        ),
        (lambda was: {"edge": was.edge | {("BUSY", "too_new")}}, "too_new has no text under services/core/texts."),
        (lambda was: {"oauth": was.oauth | {"new"}}, "new is an error of /oauth: name it under oauth."),
        (lambda was: {"closing": was.closing | {4411}}, "4411 closes sockets: name it under close_codes."),
        (
            lambda was: {"words": was.words - {"EMPTY"}, "user": was.user - {("InvalidInput", "EMPTY")}},
            "EMPTY is in the guide, and nothing raises it.",
        ),
    ],
)
def test_what_the_guide_does_not_know_is_a_gap(changed, gap) -> None:
    assert gaps(KNOWN, replace(raised(), **changed(raised())), catalog()) == [gap]


def test_a_text_that_is_no_code_s_and_nothing_else_is_a_gap() -> None:
    """Codes that reach a refusal as a value are found by their texts: each text must be named as something."""
    texts = {**catalog(), "NEW_ONE": {"id": "Baru", "en": "New"}}

    assert gaps(KNOWN, raised(), texts) == [
        "NEW_ONE is a text, and no code of the guide: name it, or its beginning under not_errors."
    ]
