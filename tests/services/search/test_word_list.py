"""A city's list of words: its forms, its abbreviations, and the mistakes that it is refused for."""

from __future__ import annotations

from typing import Any

import pytest

from services.search.forms import forms
from services.search.word_list import WordKind, WordList, WordListInvalid, read_word_list


@pytest.mark.parametrize(
    ("root", "some"),
    [
        ("terima", {"terima", "menerima", "diterima", "penerima", "penerimaan", "terimakan"}),
        ("pukul", {"memukul", "pemukulan", "terpukul"}),
        ("proses", {"memproses", "pemprosesan", "diproses"}),
        ("sapu", {"menyapu", "penyapu"}),
        ("kirim", {"mengirim", "pengiriman"}),
        ("cor", {"mengecor", "pengecoran"}),
        ("urus", {"mengurus", "pengurusan", "urusan"}),
        ("rawat", {"merawat", "perawat", "perawatan"}),
        ("buang", {"membuang", "pembuangan"}),
    ],
)
def test_the_forms_of_a_root(root: str, some: set[str]) -> None:
    assert some <= set(forms(root))


def test_abbreviations_small_words_and_counted_ones_say_what_they_are() -> None:
    rows = read_word_list({"short": {"jalan": "jl jln"}, "small": "yang di", "numbered": ["smpn"]}).rows()

    assert rows == {
        "jalan": ("jalan", WordKind.WORD),
        "jl": ("jalan", WordKind.SHORT),
        "jln": ("jalan", WordKind.SHORT),
        "yang": ("yang", WordKind.SMALL),
        "di": ("di", WordKind.SMALL),
        "smpn": ("smpn", WordKind.NUMBERED),
    }


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ({"roots": "beri ikan"}, "berikan is a form of beri and of ikan: say under words which"),
        ({"root": "beri"}, "root is not a known key"),
        ({"roots": "Beri"}, "roots: Beri is no word of small letters"),
        ({"short": {"nomor": [False]}}, "nomor: False is no word of small letters"),
        ({"short": {"jalan": "jl", "jalur": "jl"}}, "short: jl stands under jalan and jalur"),
        ({"words": ["beri"]}, "words must map one word to others"),
        ({"small": 3}, "small must be words"),
        (["beri"], "must map roots, words, short, small and numbered to words"),
    ],
)
def test_a_mistake_is_named(raw: Any, problem: str) -> None:
    with pytest.raises(WordListInvalid) as invalid:
        read_word_list(raw)

    assert problem in invalid.value.problems


def test_a_word_of_the_list_settles_which_root_a_form_is_of() -> None:
    rows = read_word_list({"roots": "beri ikan", "words": {"beri": "berikan"}}).rows()

    assert (rows["berikan"][0], rows["perikanan"][0]) == ("beri", "ikan")


def test_lists_that_say_the_same_have_one_digest_and_no_file_is_an_empty_list() -> None:
    assert read_word_list(None) == WordList()
    assert read_word_list({"roots": "beri"}).digest == read_word_list({"roots": ["beri"]}).digest
    assert read_word_list({"roots": "beri"}).digest != WordList().digest
