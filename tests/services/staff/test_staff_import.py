"""Staff out of a CSV file: twice is once, a rehearsal keeps nothing, and a bad row keeps out nothing but itself."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from models import Assignment, AuditEntry, Event, Invitation, Officer
from models.enums import EventKind, Role
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.refusals import Forbidden, Refusal
from services.inputs.tables import decoded
from services.staff import staff
from services.staff.csv_import import FileUnusable, StaffReport, import_staff
from tests.factories import make_agency, make_scope
from tests.root import ROOT

HEAD = "email,name,agency_code,role,valid_from,valid_to\n"
SARI = "sari@kediri.example,Sari Dewi,dishub,OFFICER,2025-01-01,\n"
BUDI = "budi@kediri.example,Budi,dlhkp,liaison,2026-04-01,2026-12-31\n"
FILE = HEAD + SARI + "Sari@Kediri.example,Sari Dewi,dishub,LIAISON,2026-03-02,2026-03-31\n" + BUDI


@pytest.fixture(autouse=True)
async def agencies(database: object) -> None:
    await make_agency("dishub")
    await make_agency("dlhkp")


async def stored() -> list[Any]:
    tables = (Officer, Assignment, Invitation, Event, AuditEntry)
    return [await table.all().order_by(table._meta.pk_attr).values() for table in tables]


async def posts(email: str) -> list[tuple[str, Role, date, date | None]]:
    rows = await Assignment.filter(officer__email=email).order_by("valid_from").prefetch_related("agency")
    return [(row.agency.code, row.role, row.valid_from, row.valid_to) for row in rows]


def counts(report: StaffReport) -> tuple[int, ...]:
    accounts = (report.accounts_added, report.accounts_changed)
    return (report.rows, *accounts, report.assignments_added, report.assignments_changed, len(report.bad))


async def test_rows_become_accounts_and_dated_assignments(desk: Desk) -> None:
    report = await import_staff(desk, FILE)

    assert counts(report) == (3, 2, 0, 3, 0, 0)
    assert await posts("sari@kediri.example") == [
        ("dishub", Role.OFFICER, date(2025, 1, 1), None),
        ("dishub", Role.LIAISON, date(2026, 3, 2), date(2026, 3, 31)),
    ]
    assert await posts("budi@kediri.example") == [("dlhkp", Role.LIAISON, date(2026, 4, 1), date(2026, 12, 31))]
    events = await Event.filter(kind=EventKind.RIGHTS_CHANGED).order_by("seq")
    assert [event.subject_id for event in events] == [
        (await Officer.get(email=email)).id for email in ("sari@kediri.example", "budi@kediri.example")
    ]


async def test_a_second_run_changes_nothing(desk: Desk) -> None:
    await import_staff(desk, FILE)
    before = await stored()

    report = await import_staff(desk, FILE)

    assert counts(report) == (3, 0, 0, 0, 0, 0)
    assert await stored() == before


async def test_a_rehearsal_tells_the_same_and_keeps_nothing(desk: Desk) -> None:
    before = await stored()
    spoiled = FILE + "x,y,z,a,b,c\n"

    rehearsed = await import_staff(desk, spoiled, rehearsal=True)

    assert await stored() == before
    done = await import_staff(desk, spoiled)
    assert counts(rehearsed) == counts(done) == (4, 2, 0, 3, 0, 1)


async def test_a_later_file_moves_ends_and_names(desk: Desk) -> None:
    await import_staff(desk, FILE)

    report = await import_staff(desk, HEAD + "sari@kediri.example,Sari D.,dishub,OFFICER,2025-01-01,2026-06-30\n")

    assert counts(report) == (1, 0, 1, 0, 1, 0)
    assert (await posts("sari@kediri.example"))[0] == ("dishub", Role.OFFICER, date(2025, 1, 1), date(2026, 6, 30))
    assert (await Officer.get(email="sari@kediri.example")).name == "Sari D."


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("no-address,A,dishub,OFFICER,2026-01-01,\n", "BAD_EMAIL"),
        (",A,dishub,OFFICER,2026-01-01,\n", "EMPTY"),
        ("a@b.c,,dishub,OFFICER,2026-01-01,\n", "EMPTY"),
        ("a@b.c,A,tidak-ada,OFFICER,2026-01-01,\n", "UNKNOWN_AGENCY"),
        (
            "a@b.c,A,dishub,BOSS,2026-01-01,\n",
            "role: is none of OFFICER, LIAISON, COORDINATOR, LEADER, INSPECTOR, ADMIN",
        ),
        ("a@b.c,A,dishub,OFFICER,01/02/2026,\n", "valid_from: is no day like 2026-03-16"),
        ("a@b.c,A,dishub,OFFICER,,\n", "valid_from: is missing"),
        ("a@b.c,A,dishub,OFFICER,2026-01-02,2026-01-01\n", "ASSIGNMENT_DAYS"),
        ("a@b.c,A,dishub,OFFICER,2026-01-02\n", "it has 5 cells instead of 6"),
        ("sari@kediri.example,Orang Lain,dishub,LEADER,2026-01-01,\n", "name: line 2 has another one for this e-mail"),
        (
            "sari@kediri.example,Sari Dewi,dishub,OFFICER,2026-02-01,\n",
            "valid_from: meets the same assignment from 2025-01-01",
        ),
    ],
)
async def test_a_bad_row_is_named_and_the_others_come_in(desk: Desk, row: str, reason: str) -> None:
    report = await import_staff(desk, HEAD + SARI + row + BUDI)

    [bad] = report.bad
    refusal = bad.refusal
    assert (bad.line, refusal.code if isinstance(refusal, Refusal) else str(refusal)) == (3, reason)
    assert sorted(await Officer.all().values_list("email", flat=True)) == [
        "budi@kediri.example", "sari@kediri.example",
    ]  # fmt: skip
    assert len(await posts("sari@kediri.example")) == 1


async def test_a_file_never_wakes_up_an_ended_account(desk: Desk) -> None:
    await import_staff(desk, HEAD + SARI)
    await staff.end(desk, SYSTEM, (await Officer.get()).id)
    before = await stored()

    report = await import_staff(desk, HEAD + SARI)

    assert [bad.refusal.args[0] for bad in report.bad] == ["STAFF_ENDED"]
    assert await stored() == before


async def test_a_file_can_not_take_the_last_admin_away(desk: Desk) -> None:
    admin = await make_scope(Role.ADMIN, await make_agency("diskominfo"))
    email = (await Officer.get(id=admin.officer_id)).email
    before = await stored()

    with pytest.raises(Forbidden, match="LAST_ADMIN"):
        await import_staff(desk, HEAD + f"{email},{admin.name},diskominfo,ADMIN,2020-01-01,2026-03-01\n")

    assert await stored() == before


async def test_links_are_made_for_new_accounts_where_they_are_asked_for(desk: Desk) -> None:
    await import_staff(desk, HEAD + SARI)

    report = await import_staff(desk, FILE, links=True)

    assert [email for email, _ in report.links] == ["budi@kediri.example"]
    budi = await Officer.get(email="budi@kediri.example")
    assert [(link.officer_id, link.expires_at) for link in await Invitation.all()] == [
        (budi.id, report.links[0][1].expires_at)
    ]


async def test_spreadsheets_write_semicolons_marks_and_other_line_ends(desk: Desk) -> None:
    text = "\ufeff" + (HEAD + SARI).replace(",", ";").replace("\n", "\r\n") + "\r\n;;;;;\r\n"

    assert counts(await import_staff(desk, text)) == (1, 1, 0, 1, 0, 0)


@pytest.mark.parametrize("text", ["", "email,name\n", SARI, HEAD + '"x\n', HEAD.replace("role", "peran") + SARI])
async def test_a_file_that_is_none_is_refused_as_a_whole(desk: Desk, text: str) -> None:
    before = await stored()

    with pytest.raises(FileUnusable):
        await import_staff(desk, text)

    assert await stored() == before


async def test_the_file_in_the_officers_page_comes_in(desk: Desk) -> None:
    page = (ROOT / "docs" / "staff.md").read_text("utf-8")
    [block] = re.findall(r"```\n(email,.*?)```", page, re.DOTALL)

    assert counts(await import_staff(desk, block.replace("DISHUB", "dishub"))) == (2, 1, 0, 2, 0, 0)


GOOD = ["budi@kediri.example", "sari@kediri.example"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('joko@b.c,"Joko" Widodo,dishub,OFFICER,2026-01-01,\n', "something stands behind a closing quotation mark"),
        ('joko@b.c,"Joko Widodo,dishub,OFFICER,2026-01-01,\n', "a quotation mark is not closed"),
        ("joko@b.c,Joko,dishub,OFFICER,2026-01-01\n", "it has 5 cells instead of 6"),
        ("joko@b.c,Joko,dishub,OFFICER,2026-01-01,,\n", "it has 7 cells instead of 6"),
        ("joko@b.c,Jo\0ko,dishub,OFFICER,2026-01-01,\n", "it holds a NUL character"),
        ("joko@b.c,Jo\ufffdko,dishub,OFFICER,2026-01-01,\n", "it holds a letter that can not be read"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n\n"])
async def test_a_row_that_can_not_be_read_keeps_no_other_out(desk: Desk, row: str, reason: str, end: str) -> None:
    last = await import_staff(desk, HEAD + SARI + BUDI + end + row, rehearsal=True)
    report = await import_staff(desk, HEAD + end + SARI + row + BUDI)

    [bad], [bad_at_the_end] = report.bad, last.bad
    assert (bad.line, bad_at_the_end.line) == (3 + len(end), 4 + len(end))
    assert str(bad.refusal).startswith(reason)
    assert sorted(await Officer.all().values_list("email", flat=True)) == GOOD


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
async def test_columns_are_parted_by_what_a_spreadsheet_writes(desk: Desk, delimiter: str) -> None:
    text = "\ufeff\r\n" + (HEAD + SARI + BUDI).replace(",", delimiter).replace("\n", "\r")

    assert counts(await import_staff(desk, text))[:2] == (2, 2)


async def test_a_line_of_excel_that_tells_the_delimiter_is_no_row(desk: Desk) -> None:
    report = await import_staff(desk, "sep=;\n" + FILE.replace(",", ";") + "x\n")

    assert (report.rows, report.accounts_added, [bad.line for bad in report.bad]) == (4, 2, [6])


async def test_every_column_is_understood_with_marks_that_nobody_sees(desk: Desk) -> None:
    head, row = HEAD.strip().split(","), SARI.strip().split(",")
    marked = ",".join(f"\u200b{cell}\u00a0" if cell else cell for cell in row)

    report = await import_staff(desk, ",".join(f"\u2060{name}\u00a0" for name in head) + "\n" + marked + "\n")

    assert (counts(report)[:2], report.bad) == ((1, 1), [])
    assert counts(await import_staff(desk, HEAD + SARI)) == (1, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_the_encodings_of_spreadsheets(encoding: str) -> None:
    assert decoded("email,name\nx,André\n".encode(encoding)) == "email,name\nx,André\n"


async def test_a_cell_in_quotes_may_hold_delimiters_and_quotes(desk: Desk) -> None:
    await import_staff(desk, HEAD + 'joko@b.co,"Joko ""Jok"" Widodo, S.H.",dishub,OFFICER,2026-01-01,\n')

    assert (await Officer.get()).name == 'Joko "Jok" Widodo, S.H.'
