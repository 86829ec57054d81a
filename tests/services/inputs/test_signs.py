"""What nobody sees, and what only looks like a blank or a dash."""

import pytest

from services.inputs.signs import lines, plain, seen

UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2063\u2066\u2069"
    "\u206f\u3164\ufe00\ufe0f\ufeff\uffa0\ufff9\U000e0001\U000e0061\U000e01ef"
)
BLANKS = "\u00a0\u1680\u2000\u2007\u2009\u200a\u202f\u205f\u2800\u3000"
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"


@pytest.mark.parametrize("mark", UNSEEN)
def test_a_mark_that_nobody_sees_is_taken_away(mark):
    assert (seen(f"{mark}a{mark}b{mark}"), plain(f"{mark}a{mark}b{mark}")) == ("ab", "ab")


@pytest.mark.parametrize("blank", BLANKS)
def test_what_looks_like_a_blank_is_one(blank):
    assert (seen(f"a{blank}b"), plain(f"{blank}a{blank}b{blank}")) == ("a b", "a b")


@pytest.mark.parametrize("dash", DASHES)
def test_what_looks_like_a_dash_is_one_in_a_code_and_stays_in_a_text(dash):
    assert (plain(f"a{dash}1"), seen(f"a{dash}1")) == ("a-1", f"a{dash}1")


@pytest.mark.parametrize("end", ["\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_end_of_a_line_is_a_line_feed(end):
    assert lines(f"a{end}b") == "a\nb"


@pytest.mark.parametrize(
    "emoji",
    [
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family
        "\U0001f469\U0001f3fd\u200d\U0001f692",  # a firefighter with a skin tone
        "\u2764\ufe0f\u200d\U0001f525",
        "1\ufe0f\u20e3",
        "\U0001f1ee\U0001f1e9",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_emoji_stay_whole(emoji):
    assert seen(f"a\u200b{emoji}b") == f"a{emoji}b"


def test_letters_that_a_script_parts_stay_parted():
    assert (
        seen("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645") == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    )


def test_a_letter_is_one_sign_however_it_was_made():
    assert seen("Cafe\u0301") == "Caf\u00e9"


def test_letters_and_digits_of_full_width_are_those_of_a_code():
    assert plain("\uff2b\uff24\uff32\uff0d\uff12\uff10") == "KDR-20"
