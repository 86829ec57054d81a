"""The forms that an Indonesian root takes, by the rules of its prefixes and suffixes (docs/adr/0025).

A stemmer takes away what looks like a prefix, whether it is one or not: it finds `ima` in terima and `ikan` in berikan.
Here the forms are made from the root instead, so that a listed root is never shortened.
"""

from __future__ import annotations

from collections.abc import Iterator

VOWELS = "aeiou"
SUFFIXES = ("", "an", "kan", "i")
# What is put before a root, and the suffixes that go with it.
PREFIXES = {
    "di": ("", "kan", "i"),
    "ter": ("", "kan", "i"),
    "ber": ("", "an", "kan"),
    "se": ("", "an"),
    "ke": ("", "an"),
    "per": ("", "an", "kan", "i"),
    "diper": ("", "kan", "i"),
    "memper": ("", "kan", "i"),
    "pe": ("", "an"),
}


def forms(root: str) -> Iterator[str]:
    """Every form of a root, itself included, without -nya, -lah, -ku; some come twice."""
    yield from (root + suffix for suffix in SUFFIXES)
    for prefix, suffixes in PREFIXES.items():
        yield from (prefix + root + suffix for suffix in suffixes)
    for stem in nasal(root):
        yield from (f"me{stem}{suffix}" for suffix in ("", "kan", "i"))
        yield from (f"pe{stem}{suffix}" for suffix in ("", "an"))
    if root.startswith("r"):
        yield from (prefix + root for prefix in ("be", "te"))  # rawat: berawat, terawat


def nasal(root: str) -> Iterator[str]:
    """What follows me- and pe-: mati gives mati, pukul mukul, tebang nebang, sapu nyapu, kirim ngirim."""
    first, rest = root[0], root[1:]
    if len([sign for sign in root if sign in VOWELS]) == 1:
        yield f"nge{root}"  # cat: mengecat
    if first in "lmnrwy":
        yield root
    elif first in "bfv":
        yield f"m{root}"
    elif first in "cdjz":
        yield f"n{root}"
    elif first in VOWELS + "ghqx":
        yield f"ng{root}"
    else:
        weak = {"p": "m", "t": "n", "k": "ng", "s": "ny"}[first]
        yield weak + rest
        if rest[:1] not in VOWELS or first == "p":  # proses: memproses; perbaiki: memperbaiki
            yield {"p": "m", "t": "n", "k": "ng", "s": "n"}[first] + root
