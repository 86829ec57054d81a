"""What people write in several ways is one thing for search: sums, times, dates, numerals, schools, NIK, abbreviations.

The functions of 0017 stay under it: a text is cleaned as before, and then what stands for one thing is drawn together,
with `_` between its parts, so that it is found whole and in parts. Rows of before are made anew by the job
`words_of_search`; until then what was asked in the old way finds them as it did.
"""

from importlib import import_module

from tortoise import migrations
from tortoise.migrations import operations as ops

# No migration is edited once it is applied somewhere, so what an earlier one says can be built on.
BEFORE = import_module("models.migrations.0017_search")
LETTERS, GROUPED, MANY = BEFORE.LETTERS, BEFORE.GROUPED, BEFORE.MANY
ENDS = rf"(?![{LETTERS}0-9_''])"
BEGINS = rf"(?<![{LETTERS}0-9_''])"

ROMAN = [
    "i",
    "ii",
    "iii",
    "iv",
    "v",
    "vi",
    "vii",
    "viii",
    "ix",
    "x",
    "xi",
    "xii",
    "xiii",
    "xiv",
    "xv",
    "xvi",
    "xvii",
    "xviii",
    "xix",
    "xx",
    "xxi",
    "xxii",
    "xxiii",
    "xxiv",
    "xxv",
]
# Nothing else is written like these; I, V, X and XX are numerals only where something is numbered.
SURE = "|".join(each for each in ROMAN if len(each) > 1 and each != "xx")
COUNTED = (
    "gang|gg|gng|lorong|lrg|jalan|jl|jln|dusun|dsn|dukuh|lingkungan|lingk|lk|kelas|bab|tahap|lantai|lt|tingkat"
    "|golongan|gol|zona|sektor|jalur|unit|pos|jilid|blok|seri|wilayah"
)
UNITS = "satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh|sebelas|seratus|setengah"
TENS = "belas|puluh|ratus"
MONTHS = [
    "jan",
    "feb",
    "mar",
    "apr",
    "mei",
    "jun",
    "jul",
    "agu",
    "sep",
    "okt",
    "nov",
    "des",
    "may",
    "ags",
    "agt",
    "aug",
    "oct",
    "nop",
    "dec",
]
MONTH = (
    "januari|februari|pebruari|maret|april|juni|juli|agustus|september|oktober|november|nopember|desember"
    "|jan|feb|peb|mar|apr|mei|jun|jul|agu|ags|agt|sept|sep|okt|nov|nop|des"
)
DAY, NUMBERED_MONTH = "0?[1-9]|[12][0-9]|3[01]", "0?[1-9]|1[0-2]"
PARTS_OF_DAY = "pagi|siang|sore|petang|malam"
LONE = r"(?<![0-9a-z_]|[0-9][.,/:-])"  # where a number begins
LAST = r"(?![0-9a-z_]|[.,/:-][0-9])"  # and where it ends
DONE = r"(?![0-9a-z_]|:[a-z]|[.,/:][0-9])"  # and where a time does, which another one may follow
SCHOOLS = "sd|smp|sma|smk|mts|slb"


def amount(units: str) -> str:
    """A number or a word for one, and one of these units."""
    return rf"(?:[0-9]+(?:[.,][0-9]+)?:|(?:{UNITS}|[0-9]+)(?:_(?:{TENS}))?_)(?:{units})"


def like(text: str, *patterns: str) -> str:
    """A condition that costs little: one of these patterns, in which _ is any sign."""
    return " OR ".join(f"{text} LIKE '{pattern}'" for pattern in patterns)


# What was drawn together by 0017 (1:juta, rt:5, 0812-3456-7890) is drawn together already. In this order, each behind a
# condition: PostgreSQL keeps 32 compiled expressions, and compiles all others each time.
TOGETHER: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    # NIK and other cards: 3571 0101 0190 0001, 357101 010190 0001, 35.71.01.010190.0001
    (
        like("shape", "%0000_0000_0000_0000%", "%000000_000000_0000%", "%00_00_00_000000_0000%"),
        (
            (r"{lone}([0-9]{4})[ .,/-]([0-9]{4})[ .,/-]([0-9]{4})[ .,/-]([0-9]{4}){last}", r"\1_\2_\3_\4"),
            (r"{lone}([0-9]{6})[ .,/-]([0-9]{6})[ .,/-]([0-9]{4}){last}", r"\1_\2_\3"),
            (
                r"{lone}([0-9]{2})[ .,/-]([0-9]{2})[ .,/-]([0-9]{2})[ .,/-]([0-9]{6})[ .,/-]([0-9]{4}){last}",
                r"\1_\2_\3_\4_\5",
            ),
        ),
    ),
    # 0812,3456,7890; +62,812,3456,7890
    (
        like("translate(shape, '|*~; ', ',,,,')", "%0__,%", "%0___,%", "%0____,%", "%+00,%"),
        (
            (r"(?<![0-9a-z_])\+62 ?[,|*~;] ?([0-9]{2,4}) ?[,|*~;] ?(?=[0-9]{2,5})", r"0\1,"),
            (
                r"{lone}(0[1-9][0-9]{1,3}) ?[,|*~;] ?([0-9]{2,4}) ?[,|*~;] ?([0-9]{2,5})"
                r"(?: ?[,|*~;] ?([0-9]{2,4}))?(?![0-9]| ?[,|*~;] ?[0-9])",
                r"\1-\2-\3-\4",
            ),
        ),
    ),
    # 17/8/2026, 17-08-26, 2026-08-17
    (
        like("shape", "%0_0_00%", "%0_00_00%"),
        (
            (r"{lone}({day})[./-]({month})[./-](20[0-9]{2}|[0-9]{2}){last}", r"\1_\2_\3"),
            (r"{lone}(20[0-9]{2})[./-](0[1-9]|1[0-2])[./-](0[1-9]|[12][0-9]|3[01]){last}", r"\1_\2_\3"),
        ),
    ),
    # 17 Agustus 2026
    (
        like("shape", *(f"%0%{month}%0000%" for month in MONTHS)),
        ((r"{lone}({day})[ -]?({named_month})\.?[ -]?(20[0-9]{2}){last}", r"\1_\2_\3"),),
    ),
    # 08.00; 8 pagi, 07.30 WIB malam; jam 8, pukul 08.00
    (
        like("shape", "%0.00%", "%0:00%"),
        ((r"(?<![0-9a-z_]|[0-9][.,/:])([01]?[0-9]|2[0-4])[.:]([0-5][0-9]){done}", r"\1_\2"),),
    ),
    (
        like("dense", "%0wib%", *(f"%0{part}%" for part in PARTS_OF_DAY.split("|"))),
        ((r"(?<![0-9a-z_]|[0-9][.,/:])([0-9]{1,2}(?:_[0-5][0-9])?) ?(?:wib )?({parts_of_day}){ends}", r"\1_\2"),),
    ),
    (
        like("dense", "%jam0%", "%pukul0%", "%pkl0%", "%pk0%"),
        ((r"{begins}(jam|pukul|pkl|pk)[. ]*([0-9]{1,2}(?:_[0-5][0-9])?(?:_(?:{parts_of_day}))?){done}", r"\1_\2"),),
    ),
    # 1 1/2 juta; Rp 5 M; 5 m, 20 m2
    (
        like("t", "%1/2:%"),
        (
            (r"(?<![0-9.,/])([0-9]+) 1/2:(?={many})", r"\1,5:"),
            (r"(?<![0-9.,/])1/2:(?={many})", "0,5:"),
        ),
    ),
    (
        like("dense", "%rp0%m%", "%idr0%m%"),
        ((r"{begins}(rp|idr)[. ]*([0-9]+(?:[.,][0-9]{1,3})?) ?m{ends}", r"\1 \2:miliar "),),
    ),
    (like("dense", "%0m%"), ((r"([0-9]) ?m([23]?){ends}", r"\1 meter \2 "),)),
    # lima ratus ribu, 5 ratus ribu, sejuta; 1 juta 500 ribu
    (
        like("t", "%puluh %", "%ratus %", "%belas %"),
        (
            (r"(?<![0-9.,/])([0-9]+) ?(puluh|ratus) ({many}){ends}", r"\1_\2_\3 "),
            (r"{begins}({units}) ({tens}) ({many}){ends}", r"\1_\2_\3 "),
        ),
    ),
    (
        like("t", "%ribu%", "% rb%", "%juta%", "% jt%", "%miliar%", "%milyar%"),
        (
            (r"{begins}({units}) ({many}){ends}", r"\1_\2 "),
            (r"{begins}se(ribu|juta|miliar|milyar){ends}", r"satu_\1 "),
        ),
    ),
    (
        like("t", "%:m%", "%:j%", "%_juta%", "%_mil%"),
        (
            (r"({billions}) +(?:dan )?(?={millions})", r"\1+"),
            (r"({millions}) +(?:dan )?(?={thousands})", r"\1+"),
        ),
    ),
    # P.D.A.M.
    (
        like("t", "%._.%", "%._ %", "%._"),
        ((r"{begins}([a-z])\.(?=[a-z](?![{letters}]))", r"\1_"),),
    ),
    # e-KTP, ektp, KTP-el; e-tilang, non-aktif
    (like("t", "%ktp%"), ((r"{begins}(?:e[-. _]?ktp|ktp[-. ]?el(?:ektronik)?)(?:-?nya)?{ends}", "ktp_elektronik "),)),
    (
        like("t", "%e-%", "%i-%", "%non-%", "%pra-%", "%pasca-%", "%sub-%", "%mikro-%", "%makro-%", "%eks-%"),
        ((r"{begins}(e|anti|non|pra|pasca|multi|sub|mikro|makro|semi|tele|eks)-(?=[a-z]{3})", r"\1_"),),
    ),
    (
        like("t", "%anti %", "%non %", "%pra %", "%pasca %"),
        ((r"{begins}(anti|non|pra|pasca) (?=[a-z]{3})", r"\1_"),),
    ),
    # SMP Negeri 1, SMPN 1, SMP N 1, SMP Neg. 1
    (
        like("t", *(f"%{school}%n%" for school in SCHOOLS.split("|"))),
        (
            (r"{begins}({schools})\.? ?(?:negeri|negri|n){ends}(?!\. ?[a-z])", r"\1_negeri "),
            (r"{begins}({schools})\.? ?(?:neg|n)\.? ?(?=[0-9])", r"\1_negeri "),
        ),
    ),
    (
        like("dense", "%min0%", "%man0%", "%mineg%", "%maneg%"),
        ((r"{begins}(mi|ma)(?: negeri{ends}| negri{ends}|n(?=[. ]?[0-9]))", r"\1_negeri "),),
    ),
    # Gang III, Jl. Veteran I
    (
        like("t", "%ii%", "%iv%", "%vi%", "%ix%", "%xi%", "%xv%"),
        ((r"{begins}({sure}){ends}", r"_\1"),),
    ),
    (
        "t ~ '[ .](?:i|v|xx?)(?![a-z0-9])'",
        (
            (r"{begins}({counted})[. ]*(i|v|x|xx){ends}", r"\1 _\2"),
            (r"{begins}(jalan|jl|jln|gang|gg)[. ]*([a-z]{3,}) (i|v|x|xx){ends}", r"\1 \2 _\3"),
        ),
    ),
)
NAMES = {
    "{lone}": LONE,
    "{last}": LAST,
    "{done}": DONE,
    "{day}": DAY,
    "{month}": NUMBERED_MONTH,
    "{named_month}": MONTH,
    "{parts_of_day}": PARTS_OF_DAY,
    "{ends}": ENDS,
    "{begins}": BEGINS,
    "{many}": f"(?:{MANY})",
    "{units}": UNITS,
    "{tens}": TENS,
    "{billions}": amount("miliar|milyar"),
    "{millions}": amount("juta|jt"),
    "{thousands}": amount("ribu|rb|k"),
    "{letters}": LETTERS,
    "{schools}": SCHOOLS,
    "{sure}": SURE,
    "{counted}": COUNTED,
}


def drawn() -> str:
    """The statements that draw together."""
    lines = []
    for condition, rules in TOGETHER:
        lines.append(f"    IF {condition} THEN")
        for sought, given in rules:
            for name, meant in NAMES.items():
                sought = sought.replace(name, meant)
            lines.append(f"        t := regexp_replace(t, '{sought}', '{given}', 'g');")
        lines.append("    END IF;")
    return "\n".join(lines)


NEIGHBOURS = r"(?<![a-z])r\.?([tw])\.?[ ./:_-]*(?:no(?:mor)?[. ]*)?"
CLEAN = rf"""
CREATE FUNCTION search_clean(given text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    t text := given;
    roman text[] := '{{{",".join(ROMAN)}}}';
    shape text; -- every digit a 0
    dense text; -- the same without blanks and dots
BEGIN
    IF t ~ '[\u00bc-\u00be]' THEN -- NFKC would make 11 2 of it
        t := regexp_replace(t, '(?<=[0-9])[ \u00a0]?(?=[\u00bc-\u00be])', ',', 'g');
        t := regexp_replace(t, '(?<!,)(?=[\u00bc-\u00be])', '0,', 'g');
        t := replace(replace(replace(t, U&'\00bc', '25'), U&'\00bd', '5'), U&'\00be', '75');
    END IF;
    t := search_signs(t);
    shape := translate(t, '123456789', '000000000');
    dense := translate(shape, ' .', '');
    IF ({like("translate(dense, '/:_-', '')", "%rti%", "%rtv%", "%rtx%", "%rtno%", "%rwi%", "%rwv%", "%rwx%", "%rwno%")}) AND t ~ '{NEIGHBOURS}[ivx]+{ENDS}' THEN -- RT IV/RW II, RT/RW IV/II
        FOR n IN REVERSE {len(ROMAN)}..1 LOOP
            t := regexp_replace(t, format('(?<![a-z])rt[ ./:-]*rw[ ./:_-]*%s *[/-] *([ivx0-9]+){ENDS.replace("''", "''''")}',
                roman[n]), 'rt:' || n || ' rw \1', 'g');
        END LOOP;
        FOR n IN REVERSE {len(ROMAN)}..1 LOOP
            t := regexp_replace(t, format('{NEIGHBOURS}%s{ENDS.replace("''", "''''")}', roman[n]), 'r\1:' || n || ' ', 'g');
        END LOOP;
        t := regexp_replace(t, '(?<=rt:[0-9]+ )rw 0*([0-9]{{1,3}})(?![0-9])', 'rw:\1 ', 'g');
    END IF;
{drawn()}
    RETURN t;
END $$;
"""
AMOUNT = amount(f"{MANY}|k")
ATOMS = (
    rf"r[tw]:[0-9]+|{AMOUNT}(?:\+{AMOUNT})*|{GROUPED}|[{LETTERS}0-9]+(?:_[{LETTERS}0-9]+)+|_[ivx]+{ENDS}"
    rf"|(?:0|62)[0-9]*(?:[-./][0-9]+)+|[0-9]+|[{LETTERS}]+(?:''[{LETTERS}]+)*"
)
# What an amount comes to: 1,5 juta, lima ratus ribu.
AMOUNT_OF = rf"""
CREATE FUNCTION search_amount(said text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    words text[] := string_to_array(translate(said, ':', '_'), '_');
    units text[] := '{{{UNITS.replace("|", ",")}}}';
    worth numeric[] := '{{1,2,3,4,5,6,7,8,9,10,11,100,0.5}}';
    many numeric := CASE left(words[cardinality(words)], 1) WHEN 'm' THEN 1000000000 WHEN 'j' THEN 1000000 ELSE 1000 END;
    first numeric := coalesce(worth[array_position(units, words[1])],
        replace(regexp_replace(words[1], '^([0-9]{{1,3}})[.]([0-9]{{3}})$', '\1\2'), ',', '.')::numeric); -- 1.500 ribu
BEGIN
    IF cardinality(words) = 3 THEN
        first := CASE words[2] WHEN 'belas' THEN first + 10 WHEN 'puluh' THEN first * 10 ELSE first * 100 END;
    END IF;
    RETURN first * many;
END $$;
"""
# A time of the day or a date, in one form; NULL where the parts are neither.
MOMENT = rf"""
CREATE FUNCTION search_moment(parts text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    said text := array_to_string(parts, '_');
    months text[] := '{{{",".join(MONTHS)}}}';
    places int[] := '{{1,2,3,4,5,6,7,8,9,10,11,12,5,8,8,8,10,11,12}}';
    clock text[] := regexp_match(said, '^((?:jam|pukul|pkl|pk)_)?([0-9]{{1,2}})(?:_([0-5][0-9]))?(?:_({PARTS_OF_DAY}))?$');
    hour int := clock[2];
    month int;
BEGIN
    IF clock IS NOT NULL AND hour <= 24 AND cardinality(parts) > 1 THEN
        hour := CASE
            WHEN clock[4] IN ('sore', 'petang') AND hour < 12 OR clock[4] = 'siang' AND hour < 5
                OR clock[4] = 'malam' AND hour BETWEEN 6 AND 11 THEN hour + 12
            WHEN clock[4] IN ('malam', 'pagi') AND hour = 12 THEN 0
            ELSE hour END;
        RETURN format('%sh%s', hour % 24, coalesce(clock[3], '0')::int);
    ELSIF said ~ '^[0-9]{{1,2}}_(?:[0-9]{{1,2}}|[a-z]{{3,9}})_(?:20)?[0-9]{{2}}$' THEN
        month := CASE WHEN parts[2] ~ '^[0-9]' THEN parts[2]::int
            ELSE places[array_position(months, replace(left(parts[2], 3), 'peb', 'feb'))] END;
        RETURN format('%sd%sd%s', right(parts[3], 2), month, parts[1]::int);
    ELSIF said ~ '^20[0-9]{{2}}_[0-9]{{2}}_[0-9]{{2}}$' THEN
        RETURN format('%sd%sd%s', right(parts[1], 2), parts[2]::int, parts[3]::int);
    END IF;
    RETURN NULL;
END $$;
"""
WHOLE = rf"""
CREATE OR REPLACE FUNCTION search_whole(atom text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    digits text := translate(atom, '.,/-', '');
BEGIN
    IF atom ~ '^r[tw]:' THEN
        RETURN replace(atom, ':', '');
    ELSIF atom ~ '[:_](?:{MANY}|k)$' AND atom ~ '^{AMOUNT}(?:\+{AMOUNT})*$' THEN
        RETURN (SELECT trunc(sum(search_amount(part)))::text FROM unnest(string_to_array(atom, '+')) part);
    ELSIF atom LIKE '\_%' THEN
        RETURN array_position('{{{",".join(ROMAN)}}}'::text[], substr(atom, 2))::text;
    ELSIF atom LIKE '%\_%' THEN
        RETURN coalesce(search_moment(string_to_array(atom, '_')),
            left(translate(regexp_replace(regexp_replace(atom, '^ktp_elektronik$', 'ektp'), '_negeri$', 'n'), '_', ''), 200));
    ELSIF atom LIKE '%''%' THEN
        RETURN replace(atom, '''', '');
    ELSIF atom ~ '^(?:{GROUPED})$' THEN
        RETURN coalesce(nullif(ltrim(translate(regexp_replace(atom, '[.,][0-9]{{1,2}}$', ''), '.,', ''), '0'), ''), '0');
    ELSIF digits ~ '^(0[1-9]|62)[0-9]+$' AND length(digits) BETWEEN 9 AND 15 THEN
        RETURN regexp_replace(digits, '^(0|62)', '');
    END IF;
    RETURN NULL;
END $$;
"""


def changed(body: str, *changes: tuple[str, str]) -> str:
    """A function of 0017 with these places of its body changed."""
    for old, new in changes:
        if body.count(old) != 1:
            raise ValueError(old)
        body = body.replace(old, new)
    return body.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


ATOM_ROWS = changed(
    BEFORE.ATOM_ROWS,
    ("translate(m.hit[1], '.,/:-''', '      ')", "ltrim(translate(m.hit[1], '.,/:-''+_', '        '))"),
    ("~ '[.,/:''-]|[0-9]{9}'", "~ '[.,/:''_-]|[0-9]{9}'"),
    (f"'{BEFORE.ATOMS}'", f"'{ATOMS}'"),
    ("WHEN w.atom ~ '^r[tw]:' AND w.whole", "WHEN w.whole AND w.word ~ '^(?:r[tw]|[0-9]+[hd])[0-9]'"),
)
# A numeral is one word, so it stands for its number in a phrase as well.
NODE = changed(
    BEFORE.NODE,
    (
        "IF one.whole IS NOT NULL AND (phrase",
        "IF one.whole IS NOT NULL AND one.atom ~ '^_' THEN\n            one.parts := format('(%L | (%s))', one.whole, one.parts);\n            wholes := wholes OR NOT phrase;\n        ELSIF one.whole IS NOT NULL AND (phrase",
    ),
)
BACK = {
    name: getattr(BEFORE, name).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    for name in ("WHOLE", "ATOM_ROWS", "NODE")
}
# What stands in the rows was made by other rules; where no list was ever loaded, there is nothing to make anew.
OUTDATED = "UPDATE search_state SET dictionary = dictionary + 1, written_by = pg_current_xact_id()::text::bigint"


class Migration(migrations.Migration):
    dependencies = [("models", "0023_moves")]

    initial = False

    operations = [
        ops.RunSQL(
            "ALTER FUNCTION search_clean(text) RENAME TO search_signs",
            reverse_sql="ALTER FUNCTION search_signs(text) RENAME TO search_clean",
        ),
        ops.RunSQL(CLEAN, reverse_sql="DROP FUNCTION search_clean(text)"),
        ops.RunSQL(AMOUNT_OF, reverse_sql="DROP FUNCTION search_amount(text)"),
        ops.RunSQL(MOMENT, reverse_sql="DROP FUNCTION search_moment(text[])"),
        ops.RunSQL(WHOLE, reverse_sql=BACK["WHOLE"]),
        ops.RunSQL(ATOM_ROWS, reverse_sql=BACK["ATOM_ROWS"]),
        ops.RunSQL(NODE, reverse_sql=BACK["NODE"]),
        ops.RunSQL(OUTDATED, reverse_sql=OUTDATED),
    ]
