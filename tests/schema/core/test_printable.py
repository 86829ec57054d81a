"""What others wrote is text on a terminal, in a log and in a spreadsheet, and nothing else."""

from __future__ import annotations

import csv
import io
import unicodedata

import orjson
import pytest

from schema.core.printable import cell, csv_text, printable, printable_json, printable_lines

DISGUISED = "\x1b[31m \x07 \x7f \x9b2J \u202e \u2066 \u200b \u2028 \ufeff \r \n \U000e0041"


def test_a_line_holds_nothing_that_a_terminal_would_do() -> None:
    shown = printable(DISGUISED)

    assert shown == (
        "\\u001b[31m \\u0007 \\u007f \\u009b2J \\u202e \\u2066 \\u200b \\u2028 \\ufeff \\u000d \\u000a \\ue0041"
    )


@pytest.mark.parametrize("text", ["Jalan Dhoho, é, ꦱꦸꦫꦒ, 苏加, 🙂", "C:\\temp", ""])
def test_what_people_read_stays_as_it_is(text: str) -> None:
    assert printable(text) == text
    assert printable_lines(f"{text}\n{text}") == f"{text}\n{text}"
    assert printable_json(text) == text


def test_json_says_the_same_without_any_of_it() -> None:
    line = printable_json(orjson.dumps({DISGUISED: [DISGUISED]}).decode())

    assert orjson.loads(line) == {DISGUISED: [DISGUISED]}
    assert {unicodedata.category(letter) for letter in line}.isdisjoint({"Cc", "Cf", "Zl", "Zp", "Co", "Cn"})


@pytest.mark.parametrize(
    "text", ["=1+1", "+62", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "\uff1d1", "=cmd|' /C calc'!A0"]
)
def test_a_cell_that_a_spreadsheet_would_run_is_shown_as_text(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert list(csv.reader(io.StringIO(csv_text([["a", text]]), newline=""))) == [["a", f"'{text}"]]


@pytest.mark.parametrize("text", ["a=1", "rina@example.test", "", "https://example.test/-1", "'"])
def test_every_other_cell_stays_as_it_is(text: str) -> None:
    assert cell(text) == text
