"""Signs that look like nothing, like a blank or like a dash, as messengers, spreadsheets and Word put them into texts.

The ranges are those of Unicode's Default_Ignorable_Code_Point, the separators and the dashes of version 15.
"""

from __future__ import annotations

import re
import unicodedata

# Nobody sees them: soft hyphen, zero widths, marks of direction, fillers, variation selectors, tags, noncharacters.
UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ufdd0-\ufdef\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"
DASHES = (
    "\u058a\u05be\u1806\u2010-\u2015\u2043\u207b\u208b\u2212\u2796\u2e3a\u2e3b\u30fc\u301c\u3030\ufe31\ufe32\ufe58"
    "\ufe63\uff0d\uff70"
)
LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")

_SIGN = "[\u00a9\u00ae\u203c\u2049\u2100-\u27bf\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
# What an unseen mark is a part of, and which would fall apart without it: an emoji in one style, several in one, a key
# cap, the flag of a part of a country, and letters that scripts from Arabic to Javanese join or part.
_WHOLE = (
    "\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f"
    f"|{_SIGN}[\ufe0e\ufe0f]?(?:\u200d{_SIGN}[\ufe0e\ufe0f]?)*"
    "|[0-9#*]\ufe0f?\u20e3"
    "|(?<=[\u0600-\u1cff\ua800-\uabff])[\u200c\u200d](?=[\u0600-\u1cff\ua800-\uabff])"
)
_UNSEEN = re.compile(f"({_WHOLE})|[{UNSEEN}]")
_ANY_UNSEEN = re.compile(f"[{UNSEEN}]")
_BLANK = re.compile(f"[{BLANKS}]")
_DASH = re.compile(f"[{DASHES}]")


def seen(text: str) -> str:
    """A text as it is seen: unseen marks away but those within an emoji or a word, every blank a blank; NFC."""
    if text.isascii():
        return text
    kept = _UNSEEN.sub(lambda found: found[1] or "", text)
    return unicodedata.normalize("NFC", _BLANK.sub(" ", kept))


def lines(text: str) -> str:
    """The same with line feeds only between its lines."""
    return LINE_ENDS.sub("\n", seen(text))


def one_line(text: str) -> str:
    """The same where a single line is meant: what ends a line in Word is a blank, beside what one types as one."""
    return seen(re.sub("[\x0b\x0c\x85\u2028\u2029]", " ", text)).strip()


def plain(text: str) -> str:
    """A code, a number or an address: letters and digits of one width (NFKC), every dash a hyphen, no unseen mark."""
    if text.isascii():
        return text.strip()
    dashed = _DASH.sub("-", _BLANK.sub(" ", _ANY_UNSEEN.sub("", text)))
    # NFKC makes blanks, dashes and unseen marks out of other signs, so they are looked for behind it too.
    folded = unicodedata.normalize("NFKC", dashed)
    return _DASH.sub("-", _BLANK.sub(" ", _ANY_UNSEEN.sub("", folded))).strip()
