"""No sentence of an officer or a citizen holds a code, a mutation, a token or a version."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest

from models import Ticket
from models.database import connection
from models.enums import Channel, Classification, MoveMutation, PrincipalKind, Role, TicketStatus
from services.access.scopes import Sight
from services.access.states import ticket_state
from services.core.labels import LANGUAGES
from services.core.messages import Term, catalog, say, spoken, spoken_length
from services.core.refusals import InvalidInput, Refusal, Throttled
from services.master_data.seed import seed
from services.queries import timelines
from services.queries.labels import all_labels
from services.queries.reporter_messages import Reader, reporter_message
from services.simulation.hiring import hire
from services.simulation.past import backfill
from services.simulation.scenario import load_scenario
from services.tickets import workflow
from services.tickets.needs.values import missing_codes, reason_words
from tests.root import ROOT
from tests.words_of_people import unsaid

# What programmers read: who writes documents, opens connections, or names elements of the schema in an agreement.
OF_PROGRAMMERS = re.compile(
    r"document_|http_|variables_|text_|number_|persisted_query|socket_|SUBSCRIBE_OVER|csrf_missing|COOKIE_NEEDS|GRANT_"
    r"|labels_language|ADMIN_AGENCY"
)
WALL = ROOT / "web" / "shared" / "src" / "texts.ts"
# Between the quotes of TypeScript; the page of the screens names a part of an address to whoever set it up.
QUOTED = re.compile(r"(?:id|en): '((?:[^'\\]|\\.)*)'")
ADDRESSED = "?board=..."
# For officers: what programmers and technicians need stands at the end, or behind the sentence in brackets.
OFFICER_DOCS = (
    "alur-laporan.md",
    "displays.md",
    "kabar-pelapor.md",
    "mencari.md",
    "rights.md",
    "staff.md",
    "tanda-terima.md",
    "tenggat.md",
    "wallboard.md",
)
FOR_TECHNICIANS = "\n## Untuk teknisi\n"
# Names of the schema stand in a column of their own.
BEHIND = re.compile(r"\]\([^)]*\)|\| `[\w.]+` (?=\|)|\(`[^`]*`(?:, `[^`]*`)*\)|`[/?#][^`]*`")
PAGES = sorted((ROOT / "api").rglob("*.html"))
SCRIPTS = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)
TAGS = re.compile(r"<[^>]*>")


@pytest.mark.parametrize(
    "text",
    ["Dari IN_PROGRESS ke RESOLVED.", "Status VERIFIED.", "gunakan dispatchTicket", "Token salah.", "sekarang versi 3",
     "kind of ticket_status", "COMPLAINT", "two tokens"],
)  # fmt: skip
def test_what_nobody_says_is_found(text):
    assert unsaid(text) != []


@pytest.mark.parametrize("text", ["Kirim SMS ke 1708 {number}.", "NIK, WIB, BUMN, OPD", "Surel (email): SP4N-LAPOR!"])
def test_what_people_say_is_not(text):
    assert unsaid(text) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_holds_a_code(language):
    texts = {key: words[language] for key, words in catalog().items() if OF_PROGRAMMERS.match(key) is None}

    assert {key: found for key, text in texts.items() if (found := unsaid(text))} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_of_a_closed_list_are_codes(language):
    words = [(name, text) for name, words in all_labels(language).items() for text in words.values()]

    assert [(name, text) for name, text in words if unsaid(text)] == []


def test_no_text_of_a_page_holds_a_code():
    said = [text.replace(ADDRESSED, "") for text in QUOTED.findall(WALL.read_text("utf-8"))]
    said += [unescape(TAGS.sub(" ", SCRIPTS.sub("", page.read_text("utf-8")))) for page in PAGES]

    assert len(said) > 200
    assert [(found, text) for text in said if (found := unsaid(text))] == []


@pytest.mark.parametrize("name", OFFICER_DOCS)
def test_no_page_of_the_docs_for_officers_holds_a_code(name):
    page = (ROOT / "docs" / name).read_text("utf-8").partition(FOR_TECHNICIANS)[0]

    assert unsaid(BEHIND.sub("", page)) == []


def refused(sight: Sight, status: TicketStatus, by: MoveMutation, to: TicketStatus) -> Refusal | None:
    ticket = Ticket(status=status, lead_agency_id=1, classification=Classification.COMPLAINT, channel=Channel.SMS)
    try:
        workflow.choose(sight, ticket_state(ticket), by, to)
    except Refusal as refusal:
        return refusal
    return None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", [Role.OFFICER, Role.LIAISON, Role.COORDINATOR, Role.LEADER])
def test_no_refused_move_speaks_in_codes(role, language):
    sight = Sight(PrincipalKind.STAFF, roles=frozenset({role}), agency_id=1)
    tries = [refused(sight, status, by, to) for status in TicketStatus for by in MoveMutation for to in TicketStatus]

    messages = {say(found.code, language, **found.params) for found in tries if found is not None}

    assert len(messages) > (0 if role is Role.LEADER else 100)
    assert [message for message in messages if unsaid(message)] == []


def test_a_refused_move_says_where_the_report_stands_and_what_can_be_done():
    sight = Sight(PrincipalKind.STAFF, roles=frozenset({Role.OFFICER}), agency_id=1)

    found = refused(sight, TicketStatus.DISPATCHED, MoveMutation.CHANGE_STATUS, TicketStatus.RESOLVED)

    assert found is not None
    message = say(found.code, "id", **found.params)
    assert message.startswith(
        "Laporan berstatus Terdisposisi; langkah ke Selesai tidak dapat dilakukan. Langkah yang tersedia: "
    )
    assert "Mulai tindak lanjut" in message


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_demo_s_days_tell_reporters_nothing_in_codes(desk, language):
    scenario = load_scenario(ROOT / "cities" / "kediri")
    await seed(desk, scenario.city, desk.now())
    await hire(desk, scenario)
    await backfill(desk, scenario, days=10, seed=1)
    reference = await desk.reference()

    rows = await connection().execute_query_dict(f"SELECT {timelines.COLUMNS} FROM {timelines.SOURCES}")
    sight = Sight(PrincipalKind.CITIZEN, ticket_id=1)
    told = {reporter_message(row, reference, sight, Reader(language), words=False) for row in rows} - {None}

    assert len(told) > 100
    assert [message for message in told if unsaid(message)] == []


def test_reasons_are_named_as_people_read_them():
    assert say("REASON_NEEDED", "id", allowed=reason_words(("NOT_OUR_DUTY", "OTHER_AGENCY_LEADS"))) == (
        "Pilih alasan: Bukan tugas instansi ini; Instansi lain yang berwenang."
    )


def test_what_may_be_missing_is_named_as_people_read_it():
    with pytest.raises(InvalidInput) as refusal:
        missing_codes(("TITLE",))

    message = say(refusal.value.code, "id", **refusal.value.params)
    assert message == "Kekurangan ini tidak dikenal. Pilih dari: Lokasi; Waktu kejadian; Identitas; Bukti pendukung."


@pytest.mark.parametrize(
    ("value", "id_words", "en_words"),
    [
        (TicketStatus.IN_PROGRESS, "Diproses", "In progress"),
        (date(2026, 11, 30), "30 November 2026", "30 November 2026"),
        (timedelta(seconds=900), "15 menit", "15 minutes"),
        (Term("who.LIAISON"), "pejabat penghubung instansi penanggung jawab", "liaison of the lead agency"),
        ((TicketStatus.RESOLVED, TicketStatus.ON_HOLD), "Selesai; Ditunda", "Resolved; On hold"),
        ((), "tidak ada", "none"),
        (3, "3", "3"),
    ],
)
def test_a_value_is_said_in_the_reader_s_words(value, id_words, en_words):
    assert (spoken(value, "id"), spoken(value, "en")) == (id_words, en_words)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 detik"), (1, "1 detik"), (119, "119 detik"), (120, "2 menit"), (121, "3 menit"), (900, "15 menit"),
     (7199, "120 menit"), (7200, "2 jam"), (7201, "3 jam")],
)  # fmt: skip
def test_a_wait_is_said_in_a_fitting_unit_and_never_too_short(seconds, words):
    assert spoken_length(seconds, "id") == words


def test_one_of_a_unit_is_one_in_english():
    assert (spoken_length(1, "en"), spoken_length(2, "en")) == ("1 second", "2 seconds")


def test_whoever_tried_too_often_reads_for_how_long():
    assert say("THROTTLED", "id", **Throttled(900).params) == "Terlalu banyak percobaan. Coba lagi dalam 15 menit."
