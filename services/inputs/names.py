"""How names follow each other in lists: as the Indonesian collation has it, the same in SQL and in memory.

Indonesian orders as the root of CLDR does: letters whatever their case and their marks, behind digits, signs and
blanks. It is reckoned here, not by the database's collation, as that is another one on every cluster.
"""

from __future__ import annotations

import re
import string
import unicodedata

MARKS = re.compile("[\u0300-\u036f]")
SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def sort_key(name: str) -> str:
    """What a name is sorted by, code point by code point; equal keys go by age."""
    return MARKS.sub("", unicodedata.normalize("NFKD", name)).translate(SMALL)


def sort_key_sql(column: str) -> str:
    """The same in SQL, whatever collation and ctype the database has."""
    bare = f"regexp_replace(normalize({column}, NFKD), '[\\u0300-\\u036f]', '', 'g')"
    return f"""(lower(({bare}) COLLATE "C") COLLATE "C")"""
