"""E-mail addresses as people paste them, brought into the one form that they are kept and looked up in."""

from __future__ import annotations

import re

from services.inputs.signs import plain

LONGEST = 254  # RFC 5321
NAMED = re.compile(r"[^<>]*<([^<>]+)>[\s.,;]*")
SIGNS = "[^@\\s\x00-\x1f\x7f-\x9f\ud800-\udfff]"
ADDRESS = re.compile(f"({SIGNS}{{1,64}})@({SIGNS}{{1,189}})")


def email(text: str) -> str | None:
    """An address as it is written to: its domain in the letters of the DNS (IDNA), in small letters; None for none."""
    typed = plain(text)
    named = NAMED.fullmatch(typed)
    typed = (named[1] if named else typed).strip().rstrip(".,;")
    if typed[:7].lower() == "mailto:":
        typed = typed[7:]
    found = ADDRESS.fullmatch(typed)
    domain = _domain(found[2]) if found else None
    return f"{found[1]}@{domain}" if found and domain else None


def account_email(text: str) -> str | None:
    """The address of an account: in small letters, with ASCII before the @, as another letter there looks alike."""
    found = email(text)
    return found.lower() if found is not None and found.isascii() else None


def looked_up(text: str) -> str:
    """What an account is looked up by: its address, or what was typed where that is none, which nobody has."""
    return account_email(text) or plain(text).lower().replace("\x00", "")


def _domain(text: str) -> str | None:
    if text.isascii():
        return text.lower()
    try:
        return text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
