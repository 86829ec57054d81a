"""Numbers as people write and paste them: of reports, telephones, identity cards and screens; None for none."""

from __future__ import annotations

import re
from urllib.parse import unquote

from services.inputs.signs import plain

LONGEST = 2_000  # characters that are looked through: as many as an address of a page may have; our choice
GAP = r"[\s\-_./:#]{0,3}"
TRACKING = re.compile(rf"(?<![A-Z0-9])([A-Z]{{2,8}}){GAP}([0-9]{{4}}){GAP}([0-9]{{6,12}})(?![A-Z0-9])")
# A number by itself may be parted further, as spreadsheets and people do with long ones.
ALONE = re.compile(rf"#?([A-Z]{{2,8}}){GAP}([0-9]{{4}}){GAP}([0-9](?:[ .\-]?[0-9]){{5,11}})[.,;:!?]*")
# A spreadsheet writes a quote before digits, so that they stay a text; messengers bold with asterisks.
AROUND = "'\"\u2018\u2019\u201c\u201d`<>*=; \t\r\n"
PHONE_WORDS = re.compile(
    r"^(?:(?:https?://)?wa\.me/"
    r"|(?:(?:tel(?:p|epon|ephone)?|hp|handphone|wa|whatsapp|no|nomor|phone|callto)\b[.:=/\s]*)+)",
    re.IGNORECASE,
)
PHONE_ENDS = re.compile(r"[\s(\-]+(?:wa|whatsapp|telp|hp|sms|aktif)[\s.)]*$", re.IGNORECASE)
PHONE_SIGNS = re.compile(r"[\s().\-/\[\]_,:;|~*\u2022\u00b7]")
# What is dialled in Indonesia before the number of a country, by the company that carries the call.
CARRIERS = re.compile(r"0(?:0|0[178]|1017)(?=62)|00")
INDONESIAN = re.compile(r"(?:\+?620?|0)([2-9][0-9]{6,12})|(8[0-9]{8,11})")
ABROAD = re.compile(r"\+[1-9][0-9]{5,14}")
OTHER = re.compile(r"[1-9][0-9]{2,14}")  # 112, 1500567, a number of the town without its code, one of abroad without +
SECRET_WORDS = re.compile(r"^(?:(?:kode|rahasia|secret|code)\b[.:=/\s]+)+", re.IGNORECASE)
NIK_WORDS = re.compile(r"^(?:(?:no|nomor|nik|ktp)\b[.:=/\s]*)+", re.IGNORECASE)
NIK_SIGNS = re.compile(r"[\s().\-/_,:;|~*\u2022\u00b7]")
NIK = re.compile(r"[0-9]{16}")


def tracking_number(text: str) -> str | None:
    """The one tracking number in a text, as in `KDR-2026-000123`; None where there is none, or more than one."""
    typed = plain(text[:LONGEST])
    typed = plain(unquote(typed)).upper() if "%" in typed else typed.upper()
    alone = ALONE.fullmatch(typed)
    if alone is not None:
        return f"{alone[1]}-{alone[2]}-{re.sub('[^0-9]', '', alone[3])}"
    found = {f"{prefix}-{year}-{number}" for prefix, year, number in TRACKING.findall(typed)}
    return found.pop() if len(found) == 1 else None


def telephone(text: str) -> str | None:
    """A telephone number: an Indonesian one as +62..., one of abroad with its +, any other as its digits."""
    typed = PHONE_ENDS.sub("", PHONE_WORDS.sub("", plain(text).strip(AROUND)))
    digits = PHONE_SIGNS.sub("", typed)
    carrier = CARRIERS.match(digits)
    if carrier is not None:
        digits = f"+{digits[carrier.end() :]}"
    found = INDONESIAN.fullmatch(digits)
    if found is not None:
        return f"+62{found[1] or found[2]}"
    if digits.startswith(("+62", "62")) and len(digits) > len("62") + 7:
        return None
    return digits if ABROAD.fullmatch(digits) or OTHER.fullmatch(digits) else None


def nik(text: str) -> str | None:
    """The 16 digits of an Indonesian identity card (Nomor Induk Kependudukan)."""
    digits = NIK_SIGNS.sub("", NIK_WORDS.sub("", plain(text).strip(AROUND)))
    return digits if NIK.fullmatch(digits) else None


def digits_of(text: str) -> str:
    """The digits of a text, whatever stands between them."""
    return re.sub("[^0-9]", "", plain(text))


def secret_letters(text: str) -> str:
    """The letters and digits of a tracking secret, however it was typed: without dashes and blanks, in capitals."""
    return re.sub("[^A-Z0-9]", "", SECRET_WORDS.sub("", plain(text).strip(AROUND)).upper())
