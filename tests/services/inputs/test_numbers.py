"""Numbers and addresses as people paste them."""

import pytest

from services.inputs.emails import account_email, email
from services.inputs.numbers import digits_of, nik, secret_letters, telephone, tracking_number

NUMBER = "KDR-2026-000123"


@pytest.mark.parametrize(
    "pasted",
    [
        "#KDR-2026-000123",
        "KDR 2026 000123",
        "kdr-2026-000123.",
        "KDR-2026-000123\u200e",
        "\ufeffKDR\u2013\u200b2026\u2013000123",
        "KDR\u20112026\u2011000123",
        "\uff2b\uff24\uff32\uff0d\uff12\uff10\uff12\uff16\uff0d\uff10\uff10\uff10\uff11\uff12\uff13",
        "KDR2026000123",
        "KDR/2026/000123",
        "KDR-2026-000 123",
        "(KDR-2026-000123)",
        "Nomor laporan: KDR-2026-000123, sejak kemarin",
        "KDR-2026-000123 dan lagi kdr-2026-000123",
        "https://lapor.example.test/tiket/kdr-2026-000123?dari=wa#atas",
        "https://lapor.example.test/?n=KDR%202026%20000123",
    ],
)
def test_a_tracking_number_is_understood_however_it_is_pasted(pasted):
    assert tracking_number(pasted) == NUMBER


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "\u200b",
        "KDR",
        "2026-000123",
        "KDR-2026-123",
        "KDR-2026-000123 KDR-2026-000124",
        "K" * 50_000,
        "\ud800",
    ],
)
def test_what_is_not_one_tracking_number_is_none(pasted):
    assert tracking_number(pasted) is None


@pytest.mark.parametrize(
    "pasted",
    [
        "0812/3456/7890",
        "0812\u00a03456\u00a07890",
        "\u202a+62 812-3456-7890\u202c",
        "+62 (0)812 3456 7890",
        "0062 812 3456 7890",
        "6281234567890",
        "tel:+62-812-3456-7890",
        "[0812] 3456.7890",
        "0812\u20133456\u20137890",
        "\uff10\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10",
        "WA: 0812 3456 7890",
        "0812 3456 7890 (WA)",
        "081234567890 - wa",
        "0812;3456;7890",
        "0812\u20223456\u20227890",
        "0812|3456~7890",
        "001 62 812 3456 7890",
        "01017-62-812-3456-7890",
        "'081234567890",
        "\u201c0812 3456 7890\u201d;",
        "<081234567890>",
        "*0812 3456 7890*",
        "No. HP : 0812 3456 7890",
        "nomor 081234567890",
        "https://wa.me/6281234567890",
    ],
)
def test_a_telephone_is_one_number_however_it_is_grouped(pasted):
    assert telephone(pasted) == "+6281234567890"


@pytest.mark.parametrize("pasted", ["", "abc", "+62812", "081234567890/081298765432", "0", "+", "1" * 33])
def test_what_is_not_one_telephone_is_none(pasted):
    assert telephone(pasted) is None


def test_a_number_of_abroad_has_one_form():
    assert [telephone(each) for each in ("+65 6123 4567", "0065-6123-4567")] == ["+6561234567"] * 2


OTHER_NIK = [
    "35719900;00000001",
    "3571\u20229900\u20220000\u20220001",
    "'3571990000000001",
    "No. KTP: 3571 9900 0000 0001",
    "(3571_9900_0000_0001),",
]


@pytest.mark.parametrize(
    "pasted", ["3571.9900.0000.0001", "3571 9900\u00a00000 0001\u200b", "NIK: 3571990000000001", *OTHER_NIK]
)
def test_a_nik_is_its_digits(pasted):
    assert nik(pasted) == "3571990000000001"


def test_a_secret_is_read_without_what_stands_before_it():
    pasted = ("Kode rahasia: 7kq2-9xaa", "kode: 7KQ2 9XAA", "'7KQ2-9XAA", "7KQ2-9XAA.", "kode-9xaa")
    assert [secret_letters(each) for each in pasted] == ["7KQ29XAA"] * 4 + ["KODE9XAA"]


def test_secrets_and_codes_of_screens_are_their_letters_and_digits():
    secret = secret_letters("\uff17kq2\u20119xaa\u200b 2222.3333")
    assert (secret, digits_of("12\u20093\u2013456")) == ("7KQ29XAA22223333", "123456")


@pytest.mark.parametrize(
    "pasted",
    [
        "sari@contoh.go.id\u200b",
        "\u2068Sari@Contoh.go.id\u2069",
        "Sari Dewi <sari@contoh.go.id>",
        "mailto:sari@contoh.go.id",
        "sari@contoh.go.id.",
        "\uff53\uff41\uff52\uff49\uff20contoh.go.id",
        "sari@contoh\u3002go\u3002id",
    ],
)
def test_an_address_is_that_which_somebody_types(pasted):
    assert account_email(pasted) == "sari@contoh.go.id"


def test_a_domain_has_one_form():
    assert [email(f"sari@{domain}") for domain in ("b\u00fccher.test", "XN--BCHER-KVA.test")] == [
        "sari@xn--bcher-kva.test"
    ] * 2


def test_an_account_has_no_letter_that_only_looks_like_another():
    assert account_email("s\u0430ri@contoh.go.id") is None
