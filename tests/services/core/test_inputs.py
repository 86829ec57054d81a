"""What people type, in one form."""

import pytest

from services.core import validation
from services.core.refusals import InvalidInput


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("081234567890", "+6281234567890"),
        ("0812-3456-7890", "+6281234567890"),
        ("+62 812 3456 7890", "+6281234567890"),
        ("6281234567890", "+6281234567890"),
        ("+62 (0)812 3456 7890", "+6281234567890"),
        ("81234567890", "+6281234567890"),
        ("(0354) 289.4000", "+623542894000"),
        ("+65 6123 4567", "+6561234567"),
        ("65 6123 4567", "6561234567"),
        ("112", "112"),
        ("", None),
        (None, None),
    ],
)
def test_numbers_get_one_form(typed, kept):
    assert validation.phone(typed, "phone") == kept


@pytest.mark.parametrize("url", ["https://example.test/a?b=c", "http://example.test"])
def test_web_addresses_stay(url):
    assert validation.link(url, "url") == url


@pytest.mark.parametrize("url", ["ftp://example.test", "javascript:alert(1)", "//example.test", "https://[", "x y"])
def test_nothing_else_becomes_a_link(url):
    with pytest.raises(InvalidInput, match="BAD_URL"):
        validation.link(url, "url")


def test_lines_end_with_a_line_feed():
    assert validation.text(" a\r\nb\rc\t\n", 10, "text") == "a\nb\nc"


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\x1f", "\x7f", "\x84", "\ud800"])
def test_control_characters_and_halves_of_pairs_are_refused(letter):
    with pytest.raises(InvalidInput, match="UNWRITABLE"):
        validation.text(f"a{letter}b", 10, "text")


def test_the_limit_counts_characters_after_trimming():
    assert validation.text(f"  {'ä' * 10}  ", 10, "text") == "ä" * 10
    with pytest.raises(InvalidInput) as refusal:
        validation.text("ä" * 11, 10, "text")
    assert refusal.value.params == {"limit": 10}
