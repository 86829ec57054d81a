"""Search as people type it: what is stored and what is asked is normalised here, the same way on every server.

The functions name every sign themselves, as classes like `\\w` follow the ctype of the database; docs/adr/0025 says
what they take for a word. No table is rewritten here: rows that stand already keep their old words, which the previous
release and this one both find, until the job `words_of_search` has made them anew.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

# Punctuation, symbols, blanks and controls beyond ASCII, as code points of Unicode 14; emoji to come included.
BREAKS = """
80-a9 ab-b1 b4 b6-b8 bb bf d7 f7 2c2-2c5 2d2-2df 2e5-2eb 2ed 2ef-2ff 375 37e 384-385 387 3f6 482 55a-55f
589-58f 5be 5c0 5c3 5c6 5f3-60f 61b-61f 66a-66d 6d4 6dd-6de 6e9 6fd-6fe 700-70f 7f6-7f9 7fe-7ff 830-83e 85e
888 890-891 8e2 964-965 970 9f2-9f3 9fa-9fb 9fd a76 af0-af1 b70 bf3-bfa c77 c7f c84 d4f d79 df4 e3f e4f
e5a-e5b f01-f17 f1a-f1f f34 f36 f38 f3a-f3d f85 fbe-fc5 fc7-fda 104a-104f 109e-109f 10fb 1360-1368 1390-1399
1400 166d-166e 1680 169b-169c 16eb-16ed 1735-1736 17d4-17d6 17d8-17db 1800-180a 180e 1940-1945 19de-19ff
1a1e-1a1f 1aa0-1aa6 1aa8-1aad 1b5a-1b6a 1b74-1b7e 1bfc-1bff 1c3b-1c3f 1c7e-1c7f 1cc0-1cc7 1cd3 1fbd 1fbf-1fc1
1fcd-1fcf 1fdd-1fdf 1fed-1fef 1ffd-206f 207a-207e 208a-208e 20a0-20c0 2100-2101 2103-2106 2108-2109 2114
2116-2118 211e-2123 2125 2127 2129 212e 213a-213b 2140-2144 214a-214d 214f 218a-244a 249c-24e9 2500-2775
2794-2bff 2ce5-2cea 2cf9-2cfc 2cfe-2cff 2d70 2e00-2e2e 2e30-3004 3008-3020 3030 3036-3037 303d-303f 309b-309c
30a0 30fb 3190-3191 3196-319f 31c0-31e3 3200-321e 322a-3247 3250 3260-327f 328a-32b0 32c0-33ff 4dc0-4dff
a490-a4c6 a4fe-a4ff a60d-a60f a673 a67e a6f2-a716 a720-a721 a789-a78a a828-a82b a836-a839 a874-a877 a8ce-a8cf
a8f8-a8fa a8fc a92e-a92f a95f a9c1-a9cd a9de-a9df aa5c-aa5f aa77-aa79 aade-aadf aaf0-aaf1 ab5b ab6a-ab6b abeb
e000-f8ff fb29 fbb2-fbc2 fd3e-fd4f fdcf fdfc-fdff fe10-fe19 fe30-fe6b feff-ff0f ff1a-ff20 ff3b-ff40 ff5b-ff65
ffe0-fffd 10100-10102 10137-1013f 10179-10189 1018c-101fc 1039f 103d0 1056f 10857 10877-10878 1091f 1093f
10a50-10a58 10a7f 10ac8 10af0-10af6 10b39-10b3f 10b99-10b9c 10ead 10f55-10f59 10f86-10f89 11047-1104d
110bb-110c1 110cd 11140-11143 11174-11175 111c5-111c8 111cd 111db 111dd-111df 11238-1123d 112a9 1144b-1144f
1145a-1145d 114c6 115c1-115d7 11641-11643 11660-1166c 116b9 1173c-1173f 1183b 11944-11946 119e2 11a3f-11a46
11a9a-11a9c 11a9e-11aa2 11c41-11c45 11c70-11c71 11ef7-11ef8 11fd5-11fff 12470-12474 12ff1-12ff2 13430-13438
16a6e-16a6f 16af5 16b37-16b3f 16b44-16b45 16e97-16e9a 16fe2 1bc9c 1bc9f-1bca3 1cf50-1d164 1d16a-1d16c
1d173-1d17a 1d183-1d184 1d18c-1d1a9 1d1ae-1d241 1d245 1d300-1d356 1d6c1 1d6db 1d6fb 1d715 1d735 1d74f 1d76f
1d789 1d7a9 1d7c3 1d800-1d9ff 1da37-1da3a 1da6d-1da74 1da76-1da83 1da85-1da8b 1e14f 1e2ff 1e95e-1e95f 1ecac
1ecb0 1ed2e 1eef0-1fbca e0001-e007f f0000-10ffff
"""
# Marks around another sign, as of key caps.
ENCLOSING = "488-489 1abe 20d0-20f0 a670-a672"
# What nobody sees: joiners, marks of direction, variation selectors, tags, fillers.
INVISIBLE = """
ad 34f 600-605 61c 6dd 70f 890-891 8e2 115f-1160 17b4-17b5 180b-180f 200b-200f 202a-202e 2060-2064 2066-206f 3164
fe00-fe0f feff ffa0 fff9-fffb 110bd 110cd 13430-13438 1bca0-1bca3 1d173-1d17a e0001 e0020-e007f e0100-e01ef
"""
APOSTROPHES = "\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u02c8\u02ca\u02cb\u2032\u2035\u00b4\u0060\uff07\uff40"
QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2036\u301d\u301e\u301f\uff02"
HYPHENS = "\u2010\u2011\ufe63\uff0d"
DASHES = "\u2012\u2013\u2014\u2015\u2212"
# Capitals that are no letter of ASCII with a mark: Greek, Cyrillic, Armenian, and the rest of Latin.
CAPITALS = (
    "".join(
        map(
            chr,
            [
                *range(0x391, 0x3A2),
                *range(0x3A3, 0x3AA),
                *range(0x410, 0x430),
                *range(0x400, 0x410),
                *range(0x531, 0x557),
            ],
        )
    )
    + "\u00c6\u00d8\u00d0\u00de\u0110\u0141\u0152\u014a\u0126\u0166\u0131\u00f8\u0111\u0142\u03c2\u1e9e"
)
SMALL = (
    "".join(
        map(
            chr,
            [
                *range(0x3B1, 0x3C2),
                *range(0x3C3, 0x3CA),
                *range(0x430, 0x450),
                *range(0x450, 0x460),
                *range(0x561, 0x587),
            ],
        )
    )
    + "\u00e6\u006f\u00f0\u00fe\u0064\u006c\u0153\u014b\u0127\u0167\u0069\u006f\u0064\u006c\u03c3\u00df"
)
DIGITS = "".join(map(chr, [*range(0x660, 0x66A), *range(0x6F0, 0x6FA), *range(0x966, 0x970)])), "0123456789" * 3
BLANKS = r" \t\n\r\u00a0\u2000-\u200a\u202f\u3000"
WITHOUT = rf"(^|(?<![0-9])[{BLANKS}]|[{BLANKS}](?![-{HYPHENS}][0-9]))[-{HYPHENS}](?![0-9]+[.,][0-9])(?=[^{BLANKS}-])"
SINGLES = "''\u2018\u2019\u201a\u201b\u2039\u203a`"  # as SQL writes them; around words they are quotes
SEVERAL = (("\u00df", "ss"), ("\u00e6", "ae"), ("\u0153", "oe"), ("\u00fe", "th"))


def signs(ranges: str) -> str:
    """The inside of a bracket of a regular expression, from code points and ranges of them."""
    return "".join("-".join(f"\\U{int(end, 16):08x}" for end in each.split("-")) for each in ranges.split())


LETTERS = r"a-z\u0080-\U0010ffff"
NUMBER = r"[0-9]{1,3}"
AFTER_RT = r"[ ./:#_=-]*"
MANY = "ribu|rb|juta|jt|miliar|milyar"
GROUPED = rf"{NUMBER}(?:\.[0-9]{{3}})+(?:,[0-9]{{1,2}})?(?![0-9])|{NUMBER}(?:,[0-9]{{3}})+(?:\.[0-9]{{1,2}})?(?![0-9])"
# In this order: what stands for one thing but was written with blanks is drawn together.
TOGETHER = (
    # R.T. 05; RT/RW 05/02; RT 05/02; RT. 5, RW02 and RT no. 5
    (rf"(?<![a-z])r\.([tw])\.?(?={AFTER_RT}(?:no(?:mor)?[. ]*)?[0-9])", r"r\1 "),
    (
        rf"(?<![a-z])rt[ ./:-]*rw{AFTER_RT}0*({NUMBER})(?: *[/-] *| )(?:rw{AFTER_RT})?0*({NUMBER})(?![0-9])",
        r"rt:\1 rw:\2 ",
    ),
    (rf"(?<![a-z])rt{AFTER_RT}0*({NUMBER}) ?/ ?0*({NUMBER})(?![0-9]|[/.][0-9])", r"rt:\1 rw:\2 "),
    (rf"(?<![a-z])(rt|rw){AFTER_RT}(?:no(?:mor)?[. ]*)?0*({NUMBER})(?![0-9])", r"\1:\2 "),
    # (+62) 812; +62 (0)812; 0062 812; +62(812)3456-7890
    (r"(?<![0-9a-z])(?:\((?:\+|00)?62\)|(?:\+|00)?62 ?(?=\(0\))|0062(?=[ ./-]*[2-9]))[ ./-]*(?:\(0\))?[ ./-]*", "62-"),
    (r"(?<![0-9a-z])\+?62[ ./-]*\(([0-9]{2,4})\)[ ./-]*(?=[0-9]{3})", r"62-\1-"),
    # 0812 34 56 78 90; +62 812-3456-7890; (0354) 2894000; 0812/3456/7890
    (
        r"(?<![0-9a-z]|[0-9][.,])\(?(0[1-9][0-9]{1,3})\)?[ .-]([0-9]{2})[ .-]([0-9]{2})[ .-]([0-9]{2})(?:[ .-]([0-9]{2}))?(?![0-9])",
        r"\1-\2-\3-\4-\5",
    ),
    (r"(?<![0-9a-z])\+?62[ ./-]+\(?([0-9]{2,4})\)?[ ./-]+(?=[0-9]{3})", r"62-\1-"),
    (
        r"(?<![0-9a-z]|[0-9][.,])\(?(0[1-9][0-9]{1,9}|62-?[0-9]{2,10})[ ()./_-]{1,3}([0-9]{3,8})"
        r"(?:[ ./_-]{1,3}([0-9]{3,8}))?(?:[ ./_-]{1,3}([0-9]{3,8}))?(?![0-9])",
        r"\1-\2-\3-\4",
    ),
    # Rp 1 500 000; 1 500 000; Rp 1.500.000,-
    (rf"(?<![a-z])(rp|idr)[. ]*({NUMBER}) ([0-9]{{3}})(?: ([0-9]{{3}}))?(?![0-9])", r"\1 \2.\3.\4"),
    (r"(?<![0-9.,/-])([1-9][0-9]{0,2}) ([0-9]{3}) ([0-9]{3})(?![0-9])", r"\1.\2.\3"),
    # 1,5 juta; 5jt-an; 500rb; 500k
    (rf"(?<![0-9.,])([0-9]+(?:[.,][0-9]{{1,3}})?) ?({MANY})(?:-?an)?(?![a-z])", r"\1:\2 "),
    (r"(?<![0-9.,])([0-9]+)k(?![a-z0-9])", r"\1:k "),
)
ATOMS = (
    rf"r[tw]:[0-9]+|[0-9]+(?:[.,][0-9]+)?:(?:{MANY}|k)|{GROUPED}|(?:0|62)[0-9]*(?:[-./][0-9]+)+|[0-9]+"
    rf"|[{LETTERS}]+(?:''[{LETTERS}]+)*"
)

DRAWN_TOGETHER = "\n".join(f"        t := regexp_replace(t, '{sought}', '{given}', 'g');" for sought, given in TOGETHER)
WIDENED = "\n".join(f"        t := replace(t, '{one}', '{two}');" for one, two in SEVERAL)
CLEAN = f"""
CREATE FUNCTION search_clean(given text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    t text := translate(given, E'\\x01', ' '); -- it is a sign of ours below
BEGIN
    IF t ~ '[^\\x01-\\x7f]' THEN
        t := translate(t, '{APOSTROPHES}', repeat('''', {len(APOSTROPHES)})); -- some become two signs otherwise
        t := normalize(regexp_replace(t, '[{signs(INVISIBLE)}]', '', 'g'), NFKC);
        t := regexp_replace(normalize(t, NFD), '[\\u0300-\\u036f]', '', 'g');
        t := translate(normalize(t, NFC), '{HYPHENS + DASHES}', '----' || repeat(E'\\x01', {len(DASHES)}));
        t := translate(t, '{QUOTES}', repeat('"', {len(QUOTES)}));
        t := regexp_replace(t, '([0-9] ?)\u00d7(?= ?[0-9])', '\\1x', 'g'); -- 2x24
        t := regexp_replace(t, '[{signs(BREAKS + ENCLOSING)}]', ' ', 'g');
        t := translate(t, '{CAPITALS}', '{SMALL}');
        t := translate(t, '{DIGITS[0]}', '{DIGITS[1]}');
{WIDENED}
        t := replace(regexp_replace(t, E'(^|[ \\t\\n])\\x01+', '\\1 ', 'g'), E'\\x01', '-'); -- no operator
    END IF;
    t := translate(lower(t COLLATE "C"), '`', '''');
    t := regexp_replace(t, '[\\x01-\\x20\\x7f]+', ' ', 'g');
    IF t ~ '[0-9]' THEN
{DRAWN_TOGETHER}
    END IF;
    RETURN t;
END $$;
"""
# What stands for a whole: RT and RW, sums, telephones without their country; NULL where the parts are all.
WHOLE = f"""
CREATE FUNCTION search_whole(atom text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    digits text := translate(atom, '.,/-', '');
    many numeric;
BEGIN
    IF atom ~ '^r[tw]:' THEN
        RETURN replace(atom, ':', '');
    ELSIF atom LIKE '%:%' THEN
        many := CASE left(split_part(atom, ':', 2), 1) WHEN 'm' THEN 1000000000 WHEN 'j' THEN 1000000 ELSE 1000 END;
        atom := regexp_replace(atom, '^([0-9]{{1,3}})[.]([0-9]{{3}}):', '\\1\\2:'); -- 1.500 ribu
        RETURN trunc(replace(split_part(atom, ':', 1), ',', '.')::numeric * many)::text;
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
# The row of the city's list for a word, also where -nya, -lah or -ku follows.
KNOWN = """
CREATE FUNCTION search_known(said text) RETURNS search_word LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    found search_word;
    base text;
BEGIN
    SELECT * INTO found FROM search_word w WHERE w.word = said;
    IF found.word IS NULL THEN
        base := substring(said from '^([a-z]{4,})(?:nya|lah|kah|pun|ku|mu)$');
        IF base IS NOT NULL THEN
            SELECT * INTO found FROM search_word w WHERE w.word = base AND w.kind IN ('ROOT', 'WORD');
        END IF;
    END IF;
    RETURN found;
END $$;
"""
LEXEME = """
CREATE FUNCTION search_lexeme(word text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF word ~ '^[0-9]+$' THEN
        RETURN left(coalesce(nullif(ltrim(word, '0'), ''), '0'), 200);
    END IF;
    RETURN coalesce((search_known(word)).lexeme,
        (ts_lexize('pg_catalog.indonesian_stem', left(word, 200)))[1], left(word, 200));
END $$;
"""
# One row for every part and every whole; those of one place stand for the same.
ATOM_ROWS = f"""
CREATE FUNCTION search_atoms(clean text)
RETURNS TABLE (n bigint, atom text, place bigint, word text, is_whole boolean, lexeme text)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 50 AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT m.n, m.hit[1] AS atom, string_to_array(translate(m.hit[1], '.,/:-''', '      '), ' ') AS parts,
            CASE WHEN m.hit[1] ~ '[.,/:''-]|[0-9]{{9}}' THEN search_whole(m.hit[1]) END AS whole,
            m.hit[1] ~ '''|^r[tw]:' AS at_once
        FROM regexp_matches(clean, '{ATOMS}', 'g') WITH ORDINALITY AS m(hit, n)
    ), placed AS (
        SELECT f.*, sum(CASE WHEN at_once THEN 1 ELSE cardinality(parts) END) OVER (ORDER BY f.n)
            - CASE WHEN at_once THEN 1 ELSE cardinality(parts) END + 1 AS start
        FROM found f
    ), words AS (
        SELECT p.n, p.atom, p.start + CASE WHEN at_once THEN 0 ELSE u.i - 1 END AS place, u.part AS word, false AS whole
        FROM placed p, unnest(p.parts) WITH ORDINALITY AS u(part, i)
        UNION ALL
        SELECT p.n, p.atom, p.start, p.whole, true FROM placed p WHERE p.whole IS NOT NULL
    )
    SELECT w.n, w.atom, w.place::bigint, w.word, w.whole,
        CASE WHEN w.atom ~ '^r[tw]:' AND w.whole THEN w.word ELSE search_lexeme(w.word) END
    FROM words w ORDER BY w.place, w.whole;
END $$;
"""
VECTOR = """
CREATE FUNCTION search_vector(given text) RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(format('''%s'':%s', lexeme, least(place, 16383)), ' '), '')::tsvector
    FROM search_atoms(search_clean(given))
$$;
"""
TITLE = """
CREATE FUNCTION search_plain(clean text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(clean, '[^a-z0-9]+', ' ', 'g'))
$$;
"""
# A part of a chunk of the question; parts that stand for one thing are asked for as a whole, or as they were written.
NODE = f"""
CREATE FUNCTION search_node(chunk text, phrase boolean) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    one record;
    found text[] := '{{}}';
    last text;
    wholes boolean := false;
    doubled text := substring(chunk from '^[^{LETTERS}0-9]*([a-z]{{3,}})2(?:nya|an|kan|i)?[^{LETTERS}0-9]*$');
BEGIN
    IF doubled IS NOT NULL AND NOT EXISTS (SELECT 1 FROM search_word WHERE word = doubled AND kind = 'NUMBERED') THEN
        RETURN quote_literal(search_lexeme(doubled));
    END IF;
    FOR one IN
        SELECT a.atom, max(a.lexeme) FILTER (WHERE a.is_whole) AS whole,
            string_agg(quote_literal(a.lexeme), ' <-> ' ORDER BY a.place) FILTER (WHERE NOT a.is_whole) AS parts
        FROM search_atoms(chunk) a GROUP BY a.n, a.atom ORDER BY a.n
    LOOP
        IF one.whole IS NOT NULL AND (phrase OR one.atom ~ '^r[tw]:|''') THEN
            one.parts := CASE WHEN one.atom ~ '^r[tw]:|''' THEN quote_literal(one.whole) ELSE one.parts END;
            wholes := wholes OR NOT phrase;
        ELSIF one.whole IS NOT NULL THEN
            one.parts := format('(%L | (%s))', one.whole, one.parts);
            wholes := true;
        END IF;
        IF one.parts = last AND NOT phrase AND one.atom ~ '^[a-z]' THEN
            wholes := true; -- lampu-lampu, which stands there once or twice
            CONTINUE;
        END IF;
        last := one.parts;
        found := found || one.parts;
    END LOOP;
    RETURN nullif(array_to_string(found, CASE WHEN wholes THEN ' & ' ELSE ' <-> ' END), '');
END $$;
"""
# words: all of the question; without: what must not stand in a ticket; alike and number: to compare with, or NULL.
ASKED = f"""
CREATE FUNCTION search_asked(given text, OUT words text, OUT without text, OUT alike text, OUT number text)
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    said text := regexp_replace(translate(given, E'^\uff3e', '  '),
        '(^|[{BLANKS}-])[{SINGLES}]([^{SINGLES}]+)[{SINGLES}](?=[{BLANKS}]|$)', '\\1"\\2"', 'g');
    -- What is drawn together below parts signs from each other: a dash is an operator as it was typed, 8 -9 is none.
    clean text := search_clean(regexp_replace(said, '{WITHOUT}', '\\1^', 'g'));
    unit text[];
    node text;
    wanted text[] := '{{}}'; -- of one alternative
    spare text[] := '{{}}'; -- words that need not stand there, where others do
    every text[] := '{{}}';
    shunned text[] := '{{}}';
    liked text := '';
    alternatives text[] := '{{}}';
BEGIN
    IF (length(clean) - length(replace(clean, '"', ''))) % 2 = 1 THEN
        clean := regexp_replace(clean, '"([^"]*)$', ' \\1'); -- opened and never closed: an inch
    END IF;
    number := search_number(clean);
    clean := regexp_replace(clean, '(?<=-)(?:rp|idr)[.:= ]*(?=[0-9])', ' ', 'g');
    clean := regexp_replace(clean, '(?<![^ "(^])(?:rp|idr)[.:= ]*(?=[0-9])', '', 'g'); -- a sum is one without it, too
    clean := regexp_replace(clean, '(?<![a-z0-9])(?:https?://(?:www\\.)?|mailto:|www\\.)(?=[a-z0-9])', ' ', 'g');
    clean := regexp_replace(clean, '(\\^)?"([^"]*)"', ' \\1"\\2" ', 'g');
    clean := regexp_replace(clean, '(?<![0-9]),|,(?![0-9])|(?<![0-9tw]):|[^ "{LETTERS}0-9.,:/@_''+^-]', ' ', 'g');
    FOR unit IN SELECT hit FROM regexp_matches(clean, '(?:^| )-*(\\^(?=[^ ^-]))?(?:"([^"]*)"|([^ "]+))', 'g') AS m(hit)
    LOOP
        IF unit[3] = 'or' AND unit[1] IS NULL THEN
            alternatives := alternatives || coalesce(nullif(array_to_string(wanted, ' & '), ''),
                nullif(array_to_string(spare, ' & '), ''));
            wanted := '{{}}';
            spare := '{{}}';
            CONTINUE;
        END IF;
        node := search_node(coalesce(unit[2], unit[3]), unit[2] IS NOT NULL);
        CONTINUE WHEN node IS NULL;
        IF unit[1] IS NOT NULL THEN
            -- anak -anak
            shunned := shunned || CASE WHEN format('(%s)', node) = ANY (wanted) THEN NULL ELSE format('!(%s)', node) END;
            CONTINUE;
        END IF;
        liked := liked || ' ' || coalesce(unit[2], unit[3]);
        IF EXISTS (SELECT 1 FROM search_word w WHERE w.word = btrim(unit[3], '.:/') AND kind = 'SMALL') THEN
            spare := spare || node;
        ELSE
            wanted := wanted || format('(%s)', node);
        END IF;
    END LOOP;
    alternatives := alternatives || coalesce(nullif(array_to_string(wanted, ' & '), ''),
        nullif(array_to_string(spare, ' & '), ''));
    alternatives := array_remove(alternatives, NULL);
    IF alternatives <> '{{}}' THEN
        every := ARRAY['(' || array_to_string(alternatives, ' | ') || ')'];
    END IF;
    words := nullif(array_to_string(every || shunned, ' & '), '');
    without := nullif(array_to_string(shunned, ' & '), '');
    alike := substring(search_plain(liked) from '^.{{3,}}'); -- one letter is like half of all titles
END $$;
"""
# A tracking number, or three signs of one; digits alone are those of the running number, not of the year.
NUMBER_PART = """
CREATE FUNCTION search_number(clean text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    said text := btrim(regexp_replace(regexp_replace(clean, '([0-9]):[a-z]+ $', '\\1'), '[^a-z0-9]+', '-', 'g'), '-');
    pieces text[] := regexp_match(said, '^([a-z]{2,8})-?([0-9]{4})-?([0-9]+)$');
BEGIN
    IF pieces IS NOT NULL THEN
        RETURN format('%%%s-%s-%s%%', pieces[1], pieces[2], pieces[3]);
    ELSIF said ~ '^[0-9]{3,}$' THEN
        RETURN format('%%-%%-%%%s%%', said);
    ELSIF said ~ '^([a-z]{0,8}-)?[0-9]{4}(-[0-9]*)?$' THEN
        RETURN format('%%%s%%', said);
    END IF;
    RETURN NULL;
END $$;
"""
# The place of the list comes first: a row that another writer makes meanwhile is rather made twice than never.
MADE = """
CREATE FUNCTION ticket_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_dictionary := coalesce((SELECT dictionary FROM search_state), 0);
    NEW.plain_title := search_plain(search_clean(NEW.title));
    NEW.search := setweight(search_vector(NEW.title), 'A') || setweight(search_vector(NEW.body), 'B');
    RETURN NEW;
END $$;
CREATE TRIGGER ticket_is_searched BEFORE INSERT OR UPDATE OF title, body, search ON ticket
    FOR EACH ROW EXECUTE FUNCTION ticket_is_searched();
"""
TABLES = """
CREATE TABLE search_word (
    word text PRIMARY KEY,
    lexeme text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('ROOT', 'WORD', 'SHORT', 'SMALL', 'NUMBERED'))
);
CREATE TABLE search_state (
    id integer PRIMARY KEY CHECK (id = 1),
    dictionary integer NOT NULL,
    digest text NOT NULL,
    written_by bigint NOT NULL,
    built integer NOT NULL
);
"""
# Nothing is rewritten: an expression that is dropped leaves its values, and a column that is added has none.
COLUMNS = """
ALTER TABLE ticket ADD COLUMN plain_title text, ADD COLUMN search_dictionary integer,
    ALTER COLUMN search DROP EXPRESSION;
ALTER TABLE ticket ALTER COLUMN search SET DEFAULT '';
CREATE INDEX ticket_plain_title_trgm ON ticket USING gin (plain_title gin_trgm_ops);
"""
# The way back makes every row anew while nobody may write: for tests and for a desk that stands still.
GENERATED = """
DROP INDEX ticket_plain_title_trgm;
ALTER TABLE ticket DROP COLUMN plain_title, DROP COLUMN search_dictionary, DROP COLUMN search;
ALTER TABLE ticket ADD COLUMN search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('indonesian', coalesce(title, '')), 'A')
    || setweight(to_tsvector('indonesian', coalesce(body, '')), 'B')) STORED;
CREATE INDEX ON ticket USING gin (search);
"""

# In the order in which they need each other.
FUNCTIONS = {
    "search_clean(text)": CLEAN,
    "search_whole(text)": WHOLE,
    "search_known(text)": KNOWN,
    "search_lexeme(text)": LEXEME,
    "search_atoms(text)": ATOM_ROWS,
    "search_vector(text)": VECTOR,
    "search_plain(text)": TITLE,
    "search_node(text, boolean)": NODE,
    "search_number(text)": NUMBER_PART,
    "search_asked(text)": ASKED,
}


class Migration(migrations.Migration):
    dependencies = [("models", "0016_assignee_left")]

    initial = False

    operations = [
        ops.RunSQL(TABLES, reverse_sql="DROP TABLE search_word, search_state"),
        *(ops.RunSQL(body, reverse_sql=f"DROP FUNCTION {name}") for name, body in FUNCTIONS.items()),
        ops.RunSQL(COLUMNS, reverse_sql=GENERATED),
        ops.RunSQL(MADE, reverse_sql="DROP TRIGGER ticket_is_searched ON ticket; DROP FUNCTION ticket_is_searched()"),
    ]
