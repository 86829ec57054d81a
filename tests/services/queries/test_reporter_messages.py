"""What reporters are told: by hand for every move, on one page, never an agency of a supervisory report."""

import re
from dataclasses import replace
from datetime import date

import pytest

from models.enums import Channel, ClockKind, DeadlineUnit, EventKind, MoveMutation, PrincipalKind, TicketStatus
from services.access.scopes import Sight
from services.core.messages import LANGUAGES, catalog, tell
from services.deadlines.policies import Policy, PolicyBook
from services.queries.reporter_messages import Reader, reporter_message
from services.queries.reporter_page import AGENCY, BODY, CITY, OTHER, message, move_entry, page, replied, submitted
from services.reasons.reasons import CODES
from services.tickets.table.rows import Given
from services.tickets.table.rules import BY_CLOCK, EVERY_MOVE, MOVES
from tests.root import ROOT

S, BY = TicketStatus, MoveMutation
CONTACT = "hubungi meja pengaduan dengan menyebut nomor KTC-2026-000123."
DIVERTED = "Telepon 112 sekarang bila ada yang terancam; jangan menunggu (bebas pulsa, 24 jam). "
# What would promise a door that is not there: no reporter can answer in Surga yet.
DOORS = ("balas", "tanggapi", "tanggapan", "klik", "aplikasi", "reply", "respond", "click", " app ")
SECRET = {"supervisory": "true", "supervisory_now": True}


def move(source, to, by=BY.CHANGE_STATUS, given=None):
    found = (each for each in MOVES if (each.source, each.to, each.by) == (source, to, by))
    return next(each for each in found if given is None or each.given is given)


def said(source, to, reason=None, by=BY.CHANGE_STATUS, language="id", **more):
    return message(move_entry(move(source, to, by), reason, **more), language)


def test_the_page_in_docs_holds_these_sentences():
    """`python -m services.queries.reporter_page > docs/kabar-pelapor.md` writes it anew."""
    assert (ROOT / "docs" / "kabar-pelapor.md").read_text("utf-8") == page()


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (
            move_entry(move(S.IN_PROGRESS, S.UNRESOLVED), "PLANNED", text="Menunggu anggaran 2027"),
            "Mohon maaf, laporan Anda belum dapat kami selesaikan. Penanganannya sudah kami usulkan dalam perencanaan "
            f"tahun anggaran berikutnya. Penjelasan: Menunggu anggaran 2027. Bila ada pertanyaan, {CONTACT}",
        ),
        (
            move_entry(move(S.RECEIVED, S.DIVERTED_TO_EMERGENCY)),
            f"{DIVERTED}Laporan Anda kami teruskan ke layanan darurat 112.",
        ),
        (
            move_entry(move(S.RECEIVED, S.OUT_OF_JURISDICTION), "PROVINCE"),
            "Laporan Anda di luar kewenangan Pemerintah Kota Contoh. Hal ini kewenangan Pemerintah Provinsi. "
            f"Silakan sampaikan ke Pemerintah Provinsi Contoh. Bila ada pertanyaan, {CONTACT}",
        ),
        (
            move_entry(move(S.IN_PROGRESS, S.OUT_OF_JURISDICTION), "PROVINCE", referred="true"),
            "Laporan Anda di luar kewenangan Pemerintah Kota Contoh. Hal ini kewenangan Pemerintah Provinsi. "
            f"Sudah kami teruskan ke Pemerintah Provinsi Contoh. Bila ada pertanyaan, {CONTACT}",
        ),
        (
            move_entry(move(S.RECEIVED, S.OUT_OF_JURISDICTION), "PROVINCE", target=None),
            "Laporan Anda di luar kewenangan Pemerintah Kota Contoh. Hal ini kewenangan Pemerintah Provinsi. "
            f"Untuk petunjuk ke mana menyampaikannya, {CONTACT}",
        ),
        (
            move_entry(
                move(S.DISPATCHED, S.INCOMPLETE), missing='["LOCATION", "PROOF", "LATER"]', text="Di RT berapa?"
            ),
            "Laporan Anda perlu dilengkapi: alamat dan patokan lokasi; bukti pendukung, misalnya foto; Di RT berapa? "
            "Mohon dilengkapi sampai 2 Desember 2026 melalui meja pengaduan dengan menyebut nomor KTC-2026-000123. "
            "Bila tidak, laporan dapat kami tutup, dan dapat Anda kirim lagi.",
        ),
        (
            move_entry(move(S.DISPATCHED, S.INCOMPLETE), missing='["TIME"]', text=None),
            "Laporan Anda perlu dilengkapi: waktu kejadian. Mohon dilengkapi sampai 2 Desember 2026 melalui meja "
            "pengaduan dengan menyebut nomor KTC-2026-000123. Bila tidak, laporan dapat kami tutup, dan dapat Anda "
            "kirim lagi.",
        ),
        (
            move_entry(move(S.INCOMPLETE, S.IN_PROGRESS)),
            "Kelengkapan laporan Anda sudah kami terima. Penanganan dilanjutkan oleh Dinas Perhubungan.",
        ),
        (
            move_entry(move(S.RECEIVED, S.ARCHIVED), "TOO_GENERAL"),
            "Laporan Anda kami tutup tanpa tindak lanjut. Isinya belum cukup spesifik untuk ditindaklanjuti. "
            f"Bila menurut Anda keliru, {CONTACT}",
        ),
        (
            move_entry(move(S.RECEIVED, S.ARCHIVED), "ALREADY_ANSWERED"),
            "Laporan Anda kami tutup tanpa tindak lanjut. Hal yang sama sudah dijawab pada laporan lain. "
            f"Bila menurut Anda keliru, {CONTACT}",
        ),
        (
            move_entry(move(S.RECEIVED, S.ARCHIVED), "ALREADY_ANSWERED", other="KTC-2026-000045"),
            "Laporan Anda kami tutup tanpa tindak lanjut. Hal yang sama sudah dijawab pada laporan KTC-2026-000045. "
            f"Bila menurut Anda keliru, {CONTACT}",
        ),
        (
            move_entry(move(S.RECEIVED, S.INCOMPLETE), text="Di RT berapa?"),
            "Laporan Anda perlu dilengkapi: Di RT berapa? Mohon dilengkapi sampai 2 Desember 2026 melalui "
            "meja pengaduan dengan menyebut nomor KTC-2026-000123. Bila tidak, laporan dapat kami tutup, dan dapat "
            "Anda kirim lagi.",
        ),
        (
            move_entry(move(S.RECEIVED, S.ON_HOLD), "WAITING_FOR_DECISION"),
            "Penanganan laporan Anda ditunda sampai 30 November 2026. Kami masih menunggu keputusan pimpinan. "
            "Setelah itu kami kabari lagi.",
        ),
        (
            move_entry(move(S.ANSWERED, S.RESOLVED)),
            "Laporan Anda sudah selesai ditangani oleh Dinas Perhubungan. Terima kasih. Bila belum sesuai, "
            "sampaikan kepada meja pengaduan dengan menyebut nomor KTC-2026-000123.",
        ),
        (
            move_entry(move(S.ANSWERED, S.RESOLVED, given=Given.ASPIRATION), "PLANNED"),
            "Laporan Anda sudah selesai ditangani oleh Dinas Perhubungan. Penanganannya sudah kami usulkan dalam "
            "perencanaan tahun anggaran berikutnya. Terima kasih. Bila belum sesuai, sampaikan kepada meja pengaduan "
            "dengan menyebut nomor KTC-2026-000123.",
        ),
        (
            move_entry(move(S.ON_HOLD, S.DISPATCHED, BY.DISPATCH)),
            "Laporan Anda kami alihkan ke Dinas Perhubungan, yang berwenang menanganinya.",
        ),
        (
            move_entry(move(S.IN_PROGRESS, S.ANSWERED, BY.SEND_ANSWER)),
            "Dinas Perhubungan sudah menjawab laporan Anda. Mohon dibaca; bila belum sesuai, sampaikan kepada "
            "meja pengaduan dengan menyebut nomor KTC-2026-000123. Bila dalam 10 hari kerja kami tidak mendengar dari "
            "Anda, laporan kami anggap selesai.",
        ),
        (
            move_entry(BY_CLOCK[ClockKind.REPORTER_REPLY], "NO_REPLY"),
            "Laporan Anda kami anggap selesai, karena sampai batas waktu kami tidak mendengar dari Anda setelah "
            "dijawab oleh Dinas Perhubungan. Bila belum sesuai, sampaikan kepada meja pengaduan dengan menyebut nomor "
            "KTC-2026-000123; laporan dapat kami buka kembali.",
        ),
        (
            move_entry(BY_CLOCK[ClockKind.COMPLETION], "INCOMPLETE"),
            "Laporan Anda kami tutup tanpa tindak lanjut. Kelengkapan tidak kami terima sampai batas waktu; laporan "
            "dapat Anda kirim lagi. Bila menurut Anda keliru, hubungi meja pengaduan dengan menyebut nomor "
            "KTC-2026-000123.",
        ),
        (replied(S.ANSWERED), "Tanggapan Anda sudah kami catat."),
        (
            replied(S.RESOLVED),
            "Tanggapan Anda sudah kami catat dan kami teruskan kepada petugas. Laporan Anda sudah ditutup; bila perlu, "
            "kami buka kembali.",
        ),
        (
            move_entry(move(S.INCOMPLETE, S.RECEIVED)),
            "Kelengkapan laporan Anda sudah kami terima. Laporan akan kami verifikasi.",
        ),
        (move_entry(move(S.ON_HOLD, S.RECEIVED)), "Laporan Anda kami verifikasi kembali."),
        (
            move_entry(move(S.DISPATCHED, S.VERIFIED, BY.RETURN), "NOT_OUR_DUTY"),
            "Laporan Anda sedang kami periksa kembali untuk diteruskan ke instansi yang tepat.",
        ),
        (
            submitted(),
            "Terima kasih. Laporan Anda kami terima dengan nomor KTC-2026-000123. Simpan kode aksesnya. "
            "Kami verifikasi paling lambat 3 hari kerja.",
        ),
    ],
)
def test_the_reporter_reads_reason_next_step_and_date(row, text):
    assert message(row, "id") == text


def completed(*policies, days=None):
    """Until when a report is to be completed that became so on Monday, 2 November 2026, by these policies."""
    rows = [
        Policy("", ClockKind.COMPLETION, amount, unit, date(2014, 1, 1), "", **named)
        for amount, unit, named in policies
    ]
    promised = replace(CITY.promises, rules=(replace(CITY.promises.rules[0], completion_days=days),))
    city = replace(CITY, policies=PolicyBook(tuple(rows)), promises=promised)
    entry = move_entry(move(S.DISPATCHED, S.INCOMPLETE), missing='["TIME"]', text=None)
    text = reporter_message(entry, city, Sight(PrincipalKind.CITIZEN, ticket_id=1), Reader("en"), words=True)
    found = re.search(r"by (\d+ \w+ 2026)", text)
    return found and found[1]


def test_a_report_is_to_be_completed_when_its_clock_says_so():
    letters = {"channel": Channel.LETTER}

    assert completed((30, DeadlineUnit.DAYS, {})) == "2 December 2026"
    assert completed((30, DeadlineUnit.DAYS, {}), days=5) == "2 December 2026"
    assert completed((5, DeadlineUnit.WORKING_DAYS, {})) == "9 November 2026"
    assert completed((0, DeadlineUnit.DAYS, {}), days=5) is None
    assert completed((30, DeadlineUnit.DAYS, {}), (9, DeadlineUnit.DAYS, letters)) is None
    assert completed(days=5) == "7 November 2026"
    assert completed() is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", EVERY_MOVE, ids=lambda row: f"{row.source}-{row.by}-{row.to}-{row.given}")
def test_every_move_tells_the_text_of_its_row_in_both_languages(row, language):
    codes = CODES[row.reasons] if row.reasons else (row.reason,)

    for code in codes:
        entry = move_entry(row, code)
        text = message(entry, language)
        if row.reporter_text is None:
            assert (row.source, row.by, text) == (row.to, BY.DISPATCH, None)
            continue
        assert text
        assert not set("[]{}|") & set(text)
        assert not any(door in f"{text.casefold()} " for door in DOORS)
        if (
            code is not None
            and f"because.{code}" in catalog()
            and "{because}" in catalog()[row.reporter_text][language]
        ):
            assert tell(f"because.{code}", language, {}) in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("flags", [SECRET, {**SECRET, "supervisory": "false"}, {**SECRET, "supervisory_now": False}])
def test_a_supervisory_report_names_no_agency_whether_it_is_one_now_or_was(language, flags):
    responsible = [catalog()[f"because.{code}"][language] for code in CODES["JURISDICTION"]]

    for row in EVERY_MOVE:
        for code in CODES[row.reasons] if row.reasons else (row.reason,):
            for referred in ("true", "false"):
                text = message(move_entry(row, code, **flags, target=str(BODY.pk), referred=referred), language) or ""
                assert not [name for name in (AGENCY.name, OTHER.name, BODY.name, *responsible) if name in text]


@pytest.mark.parametrize("missing", ["supervisory", "supervisory_now"])
def test_what_is_not_known_to_be_ordinary_names_no_agency(missing):
    assert AGENCY.name not in said(S.VERIFIED, S.DISPATCHED, by=BY.DISPATCH, **{missing: None})


@pytest.mark.parametrize(
    ("to", "reason", "text"),
    [
        (S.INCOMPLETE, None, "Laporan Anda perlu dilengkapi. Mohon dilengkapi sampai 2 Desember 2026"),
        (S.UNRESOLVED, "NO_BUDGET", "Anggarannya belum tersedia tahun ini. Bila ada pertanyaan"),
    ],
)
def test_a_note_that_was_erased_leaves_the_sentence_whole(to, reason, text):
    source = S.RECEIVED if to is S.INCOMPLETE else S.IN_PROGRESS

    assert text in said(source, to, reason, text=None)
    assert text in said(source, to, reason, text="Rahasia.", text_visibility="INTER_AGENCY")
    assert text not in said(source, to, reason, text="Rahasia.")


def test_nothing_in_a_note_is_read_as_a_part_of_the_sentence():
    assert "dilengkapi: [{agency}|{x}] {number}. Mohon" in said(
        S.RECEIVED, S.INCOMPLETE, text=" [{agency}|{x}] {number} "
    )


def test_whoever_came_by_112_is_told_of_the_officers_and_everybody_of_the_telephone_first():
    called = said(S.RECEIVED, S.DIVERTED_TO_EMERGENCY, channel=Channel.CALL_112.value)
    wrote = said(S.RECEIVED, S.DIVERTED_TO_EMERGENCY, channel=Channel.LETTER.value)

    assert {text[:20] for text in (called, wrote)} == {"Telepon 112 sekarang"}
    assert ("petugas darurat" in called, "petugas darurat" in wrote) == (True, False)


def test_junk_of_every_kind_is_told_the_same():
    junk = ("SPAM", "PRANK", "ABUSIVE", "TEST_MESSAGE", "FORMAT_ERROR")

    assert len({said(S.RECEIVED, S.ARCHIVED, code) for code in junk}) == 1


def test_other_supporters_alone_and_what_is_not_public_are_no_news():
    redirect = move(S.DISPATCHED, S.DISPATCHED, BY.DISPATCH)

    assert message(move_entry(redirect, lead_before=str(AGENCY.pk)), "id") is None
    assert message(move_entry(redirect, visibility="INTERNAL"), "id") is None
    for kind in (EventKind.ASSIGNED, EventKind.NOTE_ADDED, EventKind.FIELD_CHANGED, EventKind.DUPLICATE_MERGED):
        assert message(move_entry(redirect, kind=kind.value, status_after="DISPATCHED"), "id") is None


def test_a_report_without_an_agency_is_reopened_at_the_desk():
    row = move_entry(move(S.RESOLVED, S.REOPENED, BY.REOPEN, Given.NO_LEAD), "NEW_INFORMATION")

    assert message(row, "id") == "Laporan Anda dibuka kembali dan akan kami periksa. Ada informasi baru."


def test_only_its_own_reporter_is_told_which_report_it_was_merged_into():
    row = move_entry(move(S.RECEIVED, S.ARCHIVED, BY.MERGE), "DUPLICATE")
    staff = reporter_message(row, CITY, Sight("STAFF"), Reader(), words=True)

    assert "dengan laporan KTC-2026-000045 tentang" in message(row, "id")
    assert "dengan laporan lain tentang" in staff


def test_codes_of_earlier_releases_are_told_too():
    assert "Hal ini kewenangan pemerintah daerah lain." in said(S.RECEIVED, S.OUT_OF_JURISDICTION, "OTHER_GOVERNMENT")
    assert said(S.RECEIVED, S.ARCHIVED, "OF_ANOTHER_RELEASE").startswith(
        "Laporan Anda kami tutup tanpa tindak lanjut. Bila"
    )


def test_a_city_that_says_nothing_promises_nothing():
    known = {"number": "KTC-2026-000123", "contact": "meja pengaduan"}

    assert tell("told.SUBMITTED", "id", known).endswith("Simpan kode aksesnya.")
    assert "Mohon dilengkapi melalui meja pengaduan" in tell("told.INCOMPLETE", "id", known)
