"""Numbers and tokens that mean nobody are no finding, and a planted value is one, however it is written."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from random import Random
from urllib.parse import quote

import pytest

from tests.noisy_pages import page
from tests.schema.planted import SEES, markers, word
from tests.spills import NAME_MARK, NIK_MARK, PHONE_MARK, spills_in

SITI, MARKED = "+62812073469134", f"+62{PHONE_MARK}77"
NIK = "3571990000000001"
SIMULATED = {f"+62800{person:08}" for person in range(1, 5_000)} | {"+6280000000001"}  # the phones of the demo
PLANTED: dict[str, AbstractSet[str]] = {
    "phone": frozenset(SIMULATED | {SITI, MARKED}),
    "name": {"Siti Warga", f"{NAME_MARK} Warga"} | {f"Warga Contoh {person}" for person in range(1, 20)},
    "nik": {NIK, f"{NIK_MARK}7"},
    "key": {"00000000", "1000000000"},  # what somebody types may be any number
    **{
        field: {word(field, flavour) for flavour in SEES}
        for field in markers("plain")
        if field not in ("phone", "name", "nik")
    },
}
WORDS = [("Siti Warga", "name"), (f"{NAME_MARK} Warga", "name or e-mail"), (word("title", "plain"), "title")]
PHONES = [(SITI, "phone"), ("+6280000004959", "phone"), (MARKED, "phone")]
NIKS = [(NIK, "NIK"), (f"{NIK_MARK}7", "NIK")]
ADDRESSES = [("siti@contoh.id", "e-mail"), (f"{NAME_MARK}@contoh.id", "name or e-mail")]

# As one writes a value, or as programs quote it.
AS_IT_IS: dict[str, Callable[[str], str]] = {
    "alone": lambda value: value,
    "after a word": lambda value: f"dari:{value}",
    "in JSON": lambda value: json.dumps({"n": value}),
    "in JSON within JSON": lambda value: json.dumps(json.dumps({"n": f"é {value}"})),
    "after an escaped letter": lambda value: json.dumps(f"é{value}"),
    "after an escaped control": lambda value: repr(f"\b\f{value}"),
    "in CSV": lambda value: f"1,{value},2",
    "in a sentence": lambda value: f"Ini 0.5. {value}. Ya",
    "before other numbers": lambda value: f"{value} 200 17",
    "after a date": lambda value: f"2026-03-02 {value}",
    "in a statement": lambda value: f"VALUES (7, '{value}')",
    "in a path": lambda value: f"/v1/a1/{value}/b2",
    "in a key": lambda value: f"key-a1b2c3-{value}-d4",
}
ENCODED: dict[str, Callable[[str], bytes]] = {
    "in capitals": lambda value: value.upper().encode(),
    "percent-encoded": lambda value: quote(f"nama={value}&").encode(),
    "percent-encoded after two bytes": lambda value: quote(f"é{value}").encode(),
    "in UTF-16": lambda value: value.encode("utf-16-le"),
    "in hexadecimal": lambda value: value.encode().hex().encode(),
    "in hexadecimal capitals": lambda value: value.encode().hex().upper().encode(),
    "in hexadecimal with more": lambda value: f"nama {value} Jalan".encode().hex().encode(),
    "in base64": lambda value: b64encode(value.encode()),
    "in base64 after one byte": lambda value: b64encode(b"\xff" + value.encode() + b"yz"),
    "in base64 after two bytes": lambda value: b64encode(b"xy" + value.encode() + b"z"),
    "in base64 of URLs": lambda value: urlsafe_b64encode(b"\xff\xfe" + value.encode()),
}
# {0} is the number without the country's prefix, {1} to {3} are its groups, {4} and {5} its last digits.
WRITTEN = (
    *("+62{0}", "62{0}", "0{0}", "{0}", "+620{0}", "+62 {0}", "+62-{0}", "+62 (0){0}", "(0{0})", "x{0}y"),
    *("+62 {1} {2} {3}", "+62-{1}-{2}-{3}", "0{1} {2} {3}", "0{1}-{2}-{3}", "{1}-{2} {3}", "3 0{1}-{2}-{3} 5-6"),
)
CUT = ("{4}", "{5}", "62{5}", "+62 {5}", "0{5}", "no.{5}", "7 {5} 8")


def in_a_page(seed: int, form: bytes) -> bytes:
    """A page with a line of a log that holds the form."""
    lines = page(Random(seed)).splitlines()
    return b"\n".join([*lines[:9], b"0.51 said " + form + b" 2", *lines[9:]])


def kinds(data: bytes) -> set[str]:
    return {spill.kind for spill in spills_in(data, PLANTED)}


@pytest.mark.slow
def test_ten_thousand_pages_of_numbers_and_tokens_give_no_finding() -> None:
    rng = Random(13)

    for _ in range(100):
        pages = b"\n".join(page(rng) for _ in range(100))
        assert spills_in(pages, PLANTED) == []


@pytest.mark.parametrize("form", AS_IT_IS)
@pytest.mark.parametrize(("value", "kind"), [*WORDS, *PHONES, *NIKS, *ADDRESSES])
def test_a_planted_value_is_found_as_it_is(value: str, kind: str, form: str) -> None:
    assert kind in kinds(in_a_page(1, AS_IT_IS[form](value).encode()))


@pytest.mark.parametrize("form", ENCODED)
@pytest.mark.parametrize(("mark", "kind"), [(NAME_MARK, "name or e-mail"), (PHONE_MARK, "phone"), (NIK_MARK, "NIK")])
def test_a_mark_is_found_encoded(mark: str, kind: str, form: str) -> None:
    assert kind in kinds(in_a_page(2, ENCODED[form](mark + "77")))


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("phone", [phone for phone, _ in PHONES])
def test_a_planted_phone_is_found_however_it_is_written(phone: str, form: str) -> None:
    assert "phone" in kinds(in_a_page(3, written(form, phone)))


@pytest.mark.parametrize("form", CUT)
@pytest.mark.parametrize("phone", [SITI, MARKED])
def test_the_last_digits_of_a_planted_phone_are_found(phone: str, form: str) -> None:
    assert "phone" in kinds(in_a_page(4, written(form, phone)))


def written(form: str, phone: str) -> bytes:
    digits = phone.removeprefix("+62")
    return form.format(digits, digits[:3], digits[3:7], digits[7:], digits[-10:], digits[-9:]).encode()


@pytest.mark.parametrize(
    "noise",
    [
        *("0.00{0}", "12.{0}", "1.{0}e-05", "17930000.{0}5", "12:00:59.{0}", "-0.{0} 1 2"),
        *("3fa9{0}c0ffee17", "3FA9{0}C0FFEE17", "W/b7e1f{0}0a", "00-{0}c0ffee17a9-b7ad6b7169203331-01"),
        *("3adIph4Cmoo{0}QVsCShRs8N5mK7mOHPmZ", "3adIph4Cmoo/Q1x{0}V2sC7ShRs8N5m=="),
    ],
)
@pytest.mark.parametrize("digits", [SITI[3:], PHONE_MARK + "7", "80000004959", NIK])
def test_digits_inside_of_something_longer_count_for_nothing(digits: str, noise: str) -> None:
    assert spills_in(in_a_page(5, noise.format(digits).encode()), PLANTED) == []


@pytest.mark.parametrize("digits", [SITI[3:], PHONE_MARK + "7"])
def test_a_uuid_holds_no_phone(digits: str) -> None:
    assert spills_in(in_a_page(6, f"d3b07384-d9a0-4c9b-8f3e-{digits}".encode()), PLANTED) == []
    assert kinds(in_a_page(6, f"d3b07384-d9a0-4c9b-{digits}".encode())) == {"phone"}


@pytest.mark.parametrize(
    "number", ["1793000004959", "5000000004959", "4959", "000000001", "0 0 0 0 0 0 0 0 1", "1" + SITI[-9:]]
)
def test_a_counter_that_ends_like_a_phone_is_none(number: str) -> None:
    assert spills_in(in_a_page(7, number.encode()), PLANTED) == []
