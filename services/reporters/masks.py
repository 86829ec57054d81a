"""Masks of personal values, by which a person who is known can be recognised; their form is our choice."""

from __future__ import annotations


def mask_name(name: str | None) -> str | None:
    """The first letter of every word, e.g. `S*** W***`."""
    return None if name is None else " ".join(f"{word[0]}***" for word in name.split()[:4])


def mask_phone(phone: str | None) -> str | None:
    """The first four and the last two digits as Indonesians write them, e.g. `0812****34`."""
    if phone is None:
        return None
    written = f"0{phone[3:]}" if phone.startswith("+62") else phone
    return f"{written[:4]}****{written[-2:]}" if len(written) >= 8 else "****"


def mask_email(email: str | None) -> str | None:
    """The first letter and the domain, e.g. `s***@contoh.id`."""
    if email is None:
        return None
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}***@{domain}"


def mask_nik(nik: str | None) -> str | None:
    """City and serial number, e.g. `3571********0001`; the eight digits between reveal birthday and sex."""
    if nik is None:
        return None
    return f"{nik[:4]}********{nik[-4:]}" if len(nik) == 16 else "****"
