"""More of what people write in several ways, for search: numerals that a stemmer took for one another, NIK in any
groups, sums in words, per cent, square metres.

On top of 0024; what it says of rows of before holds here, too.
"""

from importlib import import_module

from tortoise import migrations
from tortoise.migrations import operations as ops

JOINS = import_module("models.migrations.0024_search_joins")
UNITS, TENS = JOINS.UNITS, JOINS.TENS
ONE_WORD = (rf"(?:{UNITS}|[0-9]+)(?:_(?:{TENS}))?_", rf"(?:{UNITS}|[0-9]+)(?:_(?:{UNITS}|{TENS}))*_")


def changed(body: str, *changes: tuple[str, str]) -> str:
    """A function of 0024 with these places of its body changed."""
    for old, new in changes:
        if old not in body:
            raise ValueError(old)
        body = body.replace(old, new)
    return body.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


# What is found is one thing, with _ in the place of these signs.
JOINED = r"""
CREATE FUNCTION search_joined(given text, sought text, signs text) RETURNS text LANGUAGE plpgsql IMMUTABLE
PARALLEL SAFE AS $$
DECLARE
    hit text;
BEGIN
    FOR hit IN SELECT DISTINCT m[1] FROM regexp_matches(given, sought, 'g') m LOOP
        given := replace(given, hit, translate(hit, signs, repeat('_', length(signs))) || ' ');
    END LOOP;
    RETURN given;
END $$;
"""
WORDS_OF_A_SUM = rf"{JOINS.BEGINS}((?:{UNITS})(?: (?:{UNITS}|{TENS}))* (?:{JOINS.MANY})){JOINS.ENDS}"
NIK = r"(?<![0-9a-z_+]|[0-9][.,/:-])([1-9][0-9]{1,11}(?:[ .,/-][0-9]{2,12}){1,7}){last}".replace("{last}", JOINS.LAST)
FIRST = rf"""
    IF {JOINS.like("shape", *(f"%0{sign}0%0{sign}0%" for sign in " .,/-"), "%00000000_00000000%")}
        AND length(shape) - length(replace(shape, '0', '')) >= 16
    THEN -- 35 7101 01019 00001, in groups of any length
        FOR hit IN SELECT DISTINCT m[1] FROM regexp_matches(t, '{NIK}', 'g') m LOOP
            IF length(translate(hit, ' .,/-', '')) = 16 THEN
                t := replace(t, hit, translate(hit, ' .,/-', '_____'));
            END IF;
        END LOOP;
    END IF;
    IF {JOINS.like("t", "%ribu%", "% rb%", "%juta%", "% jt%", "%miliar%", "%milyar%")} THEN -- dua puluh lima ribu
        t := search_joined(t, '{WORDS_OF_A_SUM}', ' ');
    END IF;
    IF {JOINS.like("translate(shape, '|*~; ', ',,,,')", "%00,00000%")} THEN -- 0354,289400
        t := regexp_replace(t, '{JOINS.LONE}(0[1-9][0-9]{{1,3}}) ?[,|*~;] ?([0-9]{{5,8}}){JOINS.LAST}', '\1-\2', 'g');
    END IF;
    t := regexp_replace(t, '([0-9]) ?%', '\1 persen ', 'g');
    t := replace(replace(t, 'meter persegi', 'meter 2'), 'meter kubik', 'meter 3');
    IF {JOINS.like("t", "%ke-%")} THEN -- gang ke-3
        t := regexp_replace(t, '{JOINS.BEGINS}ke-(?=[0-9ivx])', 'ke ', 'g');
    END IF;
"""
CLEAN = changed(
    JOINS.CLEAN,
    ("    dense text;", "    hit text;\n    dense text;"),
    ("    dense := translate(shape, ' .', '');\n", f"    dense := translate(shape, ' .', '');\n{FIRST}"),
    ONE_WORD,
)
AMOUNT_OF = rf"""
CREATE OR REPLACE FUNCTION search_amount(said text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    words text[] := string_to_array(translate(said, ':', '_'), '_');
    units text[] := '{{{UNITS.replace("|", ",")}}}';
    worth numeric[] := '{{1,2,3,4,5,6,7,8,9,10,11,100,0.5}}';
    many numeric := CASE left(words[cardinality(words)], 1) WHEN 'm' THEN 1000000000 WHEN 'j' THEN 1000000 ELSE 1000 END;
    total numeric := 0;
    last numeric := 0; -- what belas, puluh or ratus would be of
BEGIN
    FOR i IN 1..cardinality(words) - 1 LOOP
        CASE words[i]
            WHEN 'seratus' THEN total := total + 100;
            WHEN 'belas' THEN total := total + last + 10; last := 0;
            WHEN 'puluh' THEN total := total + last * 10; last := 0;
            WHEN 'ratus' THEN total := total + last * 100; last := 0;
            ELSE last := last + coalesce(worth[array_position(units, words[i])],
                replace(regexp_replace(words[i], '^([0-9]{{1,3}})[.]([0-9]{{3}})$', '\1\2'), ',', '.')::numeric);
        END CASE;
    END LOOP;
    RETURN (total + last) * many;
END $$;
"""
WHOLE = changed(JOINS.WHOLE, ONE_WORD)
# A numeral has no suffix: the stemmer would make ii of iii.
ATOM_ROWS = changed(
    JOINS.ATOM_ROWS,
    ONE_WORD,
    ("CASE WHEN w.whole AND w.word ~", "CASE WHEN w.atom ~ '^_' AND NOT w.whole OR w.whole AND w.word ~"),
)


def back(body: str) -> str:
    """A function as 0024 has it, in the place of the one here."""
    return body.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("models", "0027_copied_screens")]

    initial = False

    operations = [
        ops.RunSQL(JOINED, reverse_sql="DROP FUNCTION search_joined(text, text, text)"),
        ops.RunSQL(CLEAN, reverse_sql=back(JOINS.CLEAN)),
        ops.RunSQL(AMOUNT_OF, reverse_sql=back(JOINS.AMOUNT_OF)),
        ops.RunSQL(WHOLE, reverse_sql=back(JOINS.WHOLE)),
        ops.RunSQL(ATOM_ROWS, reverse_sql=back(JOINS.ATOM_ROWS)),
        ops.RunSQL(JOINS.OUTDATED, reverse_sql=JOINS.OUTDATED),
    ]
