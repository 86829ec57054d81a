"""Names follow each other as the Indonesian collation has it, in SQL and in memory alike."""

import random

from models.database import connection
from services.inputs.names import sort_key, sort_key_sql

IN_ORDER = [
    "",
    " Agus",
    "3 Roda",
    "Agus",
    "ahmad",
    "Al Fatih",
    "Al-Fatih",
    "Alfatih",
    "Éka",
    "Eko",
    "eko",
    "zaenal",
    "Zainal",
]


async def test_case_and_marks_do_not_part_what_begins_alike(database):
    mixed = random.Random(7).sample(IN_ORDER, len(IN_ORDER))
    statement = (
        f"SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS t (name, nr) ORDER BY {sort_key_sql('name')}, nr"
    )

    _, rows = await connection().execute_query(statement, [mixed])

    assert [row["name"] for row in rows] == sorted(mixed, key=sort_key)
    assert [sort_key(name) for name in sorted(mixed, key=sort_key)] == [sort_key(name) for name in IN_ORDER]


async def test_the_key_is_the_same_in_sql_and_in_memory(database):
    names = [
        *IN_ORDER,
        "A\u0301gnes",
        "\u00c5sa",
        "\u1e9e",
        "\u017fari",
        "\uff21gus",
        "Nguy\u1ec5n",
        "\u0130da",
        "Ω",
        "Ж",
    ]

    table = "unnest($1::text[]) WITH ORDINALITY AS t (name, nr)"
    statement = f"SELECT {sort_key_sql('name')} AS key FROM {table} ORDER BY nr"

    _, rows = await connection().execute_query(statement, [names])

    assert [row["key"] for row in rows] == [sort_key(name) for name in names]
