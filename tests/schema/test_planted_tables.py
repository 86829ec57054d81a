"""In which tables a planted word may stand: those that an erasure empties, and no other."""

from __future__ import annotations

from models.database import connection
from services.core.desk import Desk
from services.intake.forms import Person, Submission
from services.intake.submissions import submit
from services.reporters.erasure import Erasure, erase
from services.reporters.reporters import Lookup, Reveal, find, reveal
from services.tickets.location import Place
from tests.schema.conftest import City
from tests.schema.planted import NEVER, SEES, markers, plant, word
from tests.spills import NAME_MARK, NIK_MARK, PHONE_MARK, marks_in

# Words of a ticket, and names of officers; the name of a change (move) is what its client called it.
HOMES = {"ticket": {"title", "body", "address"}, "answer": {"sent", "draft"}, "officer": {"officer", "actor", "author"}}
HOMES["ticket_text"] = {"open", "shared", "inner", "review", "heard", "upwards", "verdict"}
HOMES["mutation_id"] = {"move"}
WORD = "qgdvtelanjur"


async def tables() -> dict[str, str]:
    """Every table of the database as text."""
    _, names = await connection().execute_query("SELECT tablename AS n FROM pg_tables WHERE schemaname = 'public'")
    found = {}
    for name in (row["n"] for row in names):
        _, rows = await connection().execute_query(f'SELECT to_jsonb(t)::text AS row FROM "{name}" t')
        found[name] = "\n".join(row["row"] for row in rows)
    return found


async def test_planted_words_stand_where_they_belong_and_no_identity_stands_anywhere(desk: Desk, city: City) -> None:
    planted = await plant(desk, city)
    await reveal(desk, city.coordinator, Reveal(planted.tickets["plain"].id, "Perlu dihubungi."))
    await find(desk, city.coordinator, Lookup(phone=word("phone", "plain")))

    found = {
        (table, field)
        for table, text in (await tables()).items()
        for flavour in SEES
        for field in markers(flavour)
        if word(field, flavour) in text
    }

    assert {field for _, field in found} & {*NEVER, "masked"} == set()
    assert found - {(table, field) for table, fields in HOMES.items() for field in fields} == set()
    assert {("ticket", "title"), ("ticket_text", "inner"), ("officer", "actor")} <= found


async def test_after_an_erasure_no_table_holds_a_mark_in_any_form(desk: Desk, city: City) -> None:
    person = Person(f"{NAME_MARK} Warga", f"+62{PHONE_MARK}7", f"{NAME_MARK}@contoh.id", f"{NIK_MARK}7")
    form = Submission(
        title=f"Judul {WORD}",
        body=f"Isi {WORD}",
        channel="PARTNER",  # type: ignore[arg-type]
        anonymous=False,
        confidential=False,
        idempotency_key=f"kunci {NIK_MARK} {WORD}",
        place=Place(address=f"Jalan {WORD}"),
        reporter=person,
    )
    ticket = (await submit(desk, city.partner, form)).ticket
    before = {name for name, text in (await tables()).items() if WORD in text}

    await erase(desk, city.coordinator, Erasure(ticket.id, ticket.version, "Permintaan pelapor."))

    assert before == {"ticket"}
    left = await tables()
    assert {name for name, text in left.items() if WORD in text or marks_in(text.encode())} == set()
    assert left["reporter"] == ""
