"""Subscribers: one customer is one, in whatever form their address comes and however many they take."""

from __future__ import annotations

import pytest

from services.credentials.subscribers import subscriber


@pytest.mark.parametrize(
    "form",
    [
        "198.51.100.2",
        "::ffff:198.51.100.2",
        "::FFFF:C633:6402",
        "0:0:0:0:0:ffff:c633:6402",
        "[::ffff:198.51.100.2]:4711",
        "198.51.100.2:4711",
        " 198.51.100.2 ",
        "64:ff9b::198.51.100.2",
        "2002:c633:6402::1",
        "2002:c633:6402:ffff::9",
        "2001:0:1234:5678:8000:ffff:39cc:9bfd",
    ],
)
def test_one_customer_has_one_key_in_whatever_form_their_ipv4_address_comes(form: str) -> None:
    assert subscriber(form) == "198.51.100.2"


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("fe80::1%eth0", "fe80::2%eth1"),
        ("2001:DB8:1:2::1", "2001:db8:1:2:0:0:0:0"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::1%25eth0"),
        ("[2001:db8:1:2::1%25eth0]:80", "2001:db8:1:2::1"),
    ],
)
def test_forms_of_one_ipv6_subscriber_are_one(one: str, same: str) -> None:
    assert subscriber(one) == subscriber(same)
    assert subscriber(one).endswith("/64")


def test_customers_of_one_translator_are_many() -> None:
    assert subscriber("64:ff9b::198.51.100.2") != subscriber("64:ff9b::198.51.100.3")
