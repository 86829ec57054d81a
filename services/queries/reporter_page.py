"""docs/kabar-pelapor.md: what reporters are told, for every move and reason, in both languages.

Run `python -m services.queries.reporter_page > docs/kabar-pelapor.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from models.enums import (
    CLOSED_STATUSES,
    AgencyKind,
    Channel,
    ClockKind,
    DeadlineUnit,
    EventKind,
    MoveMutation,
    PrincipalKind,
    TicketStatus,
    Visibility,
)
from services.access.scopes import Sight
from services.core.labels import labels
from services.core.messages import LANGUAGES, say
from services.core.reference import AgencyRef, Reference
from services.deadlines.policies import Policy, PolicyBook
from services.queries.reporter_messages import Reader, reporter_message
from services.reasons.promises import Promises, ReporterRule
from services.reasons.reasons import POSSIBLE
from services.tickets.table.rows import By, Given, Move
from services.tickets.table.rules import EVERY_MOVE

HEAD = """# Kabar untuk pelapor

Apa yang dibaca pelapor pada setiap langkah dan untuk setiap alasan, dalam kedua bahasa. Nama, nomor, dan tanggal di
sini contoh. Berapa hari kalender pelapor dapat melengkapi laporan dan siapa yang dapat dihubungi diatur kota. Catatan
yang sudah dihapus tidak ikut; kalimatnya tetap utuh. Pada laporan berkadar pengawasan tidak ada nama instansi, dan
tidak ada alasan yang menunjukkan instansinya. Selama pelapor belum dapat membalas di Surga, tidak ada kalimat yang
menjanjikannya.
"""
TAIL = """
## Untuk teknisi

Halaman ini dibuat dari teks di `services/core/texts/rules.yaml` dan `services/core/terms_reasons.yaml`; sebuah tes
membandingkannya. Ubah teksnya, lalu jalankan `python -m services.queries.reporter_page > docs/kabar-pelapor.md`.
Aplikasi membacanya sebagai `publicMessage` pada riwayat laporan; hari ada di
`cities/<kota>/deadlines.yaml`, nama yang dapat dihubungi di `cities/<kota>/reporters.yaml`.
"""
AT = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
AGENCY = AgencyRef(1, "", "DISHUB", "Dinas Perhubungan", AgencyKind.OPD, None, active=True)
OTHER = AgencyRef(2, "", "DINSOS", "Dinas Sosial", AgencyKind.OPD, None, active=True)
BODY = AgencyRef(3, "", "PROV", "Pemerintah Provinsi Contoh", AgencyKind.EXTERNAL, None, active=True)
CITY = Reference(
    epoch="", seq=0, day=AT.date(), agencies={1: AGENCY, 2: OTHER, 3: BODY}, agency_codes={},
    categories={}, category_codes={}, areas={}, kecamatan={}, officers={},
    city_code=None, city_name="Kota Contoh", number_prefix="KTC",
    promises=Promises(
        (ReporterRule(None, {"id": "meja pengaduan", "en": "the complaint desk"}, date(2014, 1, 1), ""),),
        ((date(2014, 1, 1), 3),),
    ),
    policies=PolicyBook(
        (
            Policy("", ClockKind.REPORTER_REPLY, 10, DeadlineUnit.WORKING_DAYS, date(2014, 1, 1), ""),
            Policy("", ClockKind.COMPLETION, 30, DeadlineUnit.DAYS, date(2014, 1, 1), ""),
        ),
    ),
)  # fmt: skip
REPORTER = Sight(PrincipalKind.CITIZEN, ticket_id=1)
KINDS: dict[By, EventKind] = {
    MoveMutation.VERIFY: EventKind.VERIFIED,
    MoveMutation.DISPATCH: EventKind.DISPATCHED,
    MoveMutation.RETURN: EventKind.RETURNED,
    MoveMutation.CHANGE_STATUS: EventKind.STATUS_CHANGED,
    MoveMutation.SEND_ANSWER: EventKind.ANSWER_SENT,
    MoveMutation.REOPEN: EventKind.REOPENED,
    MoveMutation.MERGE: EventKind.MERGED,
    ClockKind.REPORTER_REPLY: EventKind.STATUS_CHANGED,
    ClockKind.COMPLETION: EventKind.STATUS_CHANGED,
}
# What an officer may have written, where the reporter reads it.
NOTES = {
    TicketStatus.INCOMPLETE: "alamat dan patokan lokasi",
    TicketStatus.UNRESOLVED: "Tanahnya milik warga, dan pemiliknya belum bersedia",
}
# What the desk closed before any agency had it.
CLOSED_BY_DESK = CLOSED_STATUSES - {TicketStatus.RESOLVED, TicketStatus.UNRESOLVED}
SUPERVISORY = {"supervisory": "true", "supervisory_now": True}
STATUS = labels("id")["TicketStatus"]
# What an entry may hold besides, by where its move leads, with the words for it.
CIRCUMSTANCES: dict[TicketStatus, tuple[tuple[dict[str, Any], str], ...]] = {
    TicketStatus.DIVERTED_TO_EMERGENCY: (({"channel": Channel.CALL_112.value}, "masuk lewat 112"),),
    TicketStatus.INCOMPLETE: (
        ({"missing": '["LOCATION", "TIME"]', "text": None}, "yang kurang: lokasi dan waktu"),
        ({"missing": '["IDENTITY", "PROOF"]'}, "yang kurang: identitas dan bukti, dengan catatan"),
    ),
    TicketStatus.OUT_OF_JURISDICTION: (
        ({"referred": "true"}, "diteruskan"),
        ({"referred": "true", **SUPERVISORY}, "diteruskan, berkadar pengawasan"),
        ({"target": None}, "instansi tujuan tidak tercatat"),
    ),
}
Row = tuple[str, str, dict[str, Any]]  # the status before, the reason in words, and the entry


def page() -> str:
    """The whole page as Markdown."""
    first, last = (
        _section("Laporan masuk", [("-", "-", submitted())]),
        _section("Tanggapan pelapor dicatat", _replies()),
    )
    return "\n".join([HEAD, *first, *_moves(), *last]).rstrip() + "\n" + TAIL


def submitted() -> dict[str, Any]:
    """A report that has just come in."""
    return {**_entry(EventKind.SUBMITTED), "status_before": None, "status_after": "RECEIVED"}


def replied(status: TicketStatus) -> dict[str, Any]:
    """A reply that was noted while the report had this status."""
    return {**_entry(EventKind.REPLY_RECEIVED), "status_before": status.value, "status_after": status.value}


def move_entry(move: Move, reason: str | None = None, **more: Any) -> dict[str, Any]:
    """An entry that such a move leaves, as a statement reads it."""
    led = move.given is not Given.NO_LEAD and move.source not in CLOSED_BY_DESK
    before = AGENCY if move.reporter_text is None else OTHER  # nothing is told where the lead agency stays
    return {
        **_entry(KINDS[move.by]),
        "status_before": move.source.value,
        "status_after": move.to.value,
        "text": NOTES.get(move.to),
        "text_visibility": move.note,
        "lead_before": str(before.pk) if led else None,
        "lead_after": str(AGENCY.pk) if led else None,
        "hold_until": "2026-11-30" if move.to is TicketStatus.ON_HOLD else None,
        "target": str(BODY.pk) if move.to is TicketStatus.OUT_OF_JURISDICTION else None,
        "main": "KTC-2026-000045" if move.by is MoveMutation.MERGE else None,
        "reason": reason,
        **more,
    }


def message(row: dict[str, Any], language: str) -> str | None:
    """What the reporter reads of such an entry."""
    return reporter_message(row, CITY, REPORTER, Reader(language), words=True)


def _entry(kind: EventKind) -> dict[str, Any]:
    return {
        "kind": kind.value, "at": AT, "visibility": Visibility.PUBLIC.value, "text": None, "text_visibility": "PUBLIC",
        "lead_before": None, "lead_after": None, "hold_until": None, "received": None,
        "channel": Channel.SURGA_WEB.value,
        "supervisory": "false", "supervisory_now": False, "reason": None, "missing": None,
        "target": None, "referred": None, "number": "KTC-2026-000123", "main": None, "other": None,
    }  # fmt: skip


def _replies() -> list[Row]:
    return [(STATUS[status], "-", replied(status)) for status in (TicketStatus.ANSWERED, TicketStatus.RESOLVED)]


def _moves() -> Iterator[str]:
    """One section for each status that a ticket is led to, with every way and every reason."""
    for to in TicketStatus:
        rows = [row for move in EVERY_MOVE if move.to is to for row in _rows(move)]
        if rows:
            yield from _section(f"Menjadi {STATUS[to]}", rows)


def _rows(move: Move) -> Iterator[Row]:
    """An entry for each reason of a move, and that of a supervisory report where it tells something else."""
    for code in codes_of(move):
        words, row = [say(f"reason.{code}")] if code else [], move_entry(move, code)
        yield STATUS[move.source], ", ".join(words) or "-", row
        if message(secret := move_entry(move, code, **SUPERVISORY), "id") != message(row, "id"):
            yield STATUS[move.source], ", ".join([*words, "berkadar pengawasan"]), secret
        if code == "ALREADY_ANSWERED":
            yield STATUS[move.source], f"{words[0]}, yang disebut", move_entry(move, code, other="KTC-2026-000045")
        for more, circumstance in CIRCUMSTANCES.get(move.to, ()):
            yield STATUS[move.source], ", ".join([*words, circumstance]), move_entry(move, code, **more)


def codes_of(move: Move) -> list[str | None]:
    """The reasons that can be true of a move; None alone where it asks for none."""
    if move.reasons is None:
        return [move.reason]
    reasons = POSSIBLE[move.reasons]
    return [reason.code for reason in reasons if not reason.statuses or move.source in reason.statuses]


def _section(title: str, rows: list[Row]) -> list[str]:
    """Entries that tell the same are one row, with all that they come from and all their reasons."""
    groups: dict[tuple[str | None, ...], list[tuple[str, str]]] = {}
    for source, words, row in rows:
        groups.setdefault(tuple(message(row, language) for language in LANGUAGES), []).append((source, words))
    lines = ["| dari | alasan | Indonesia | English |", "|---|---|---|---|"]
    for said, pairs in groups.items():
        sources, reasons = (dict.fromkeys(each) for each in zip(*pairs, strict=True))
        lines.append(f"| {' | '.join((', '.join(sources), '; '.join(reasons), *(each or '-' for each in said)))} |")
    return [f"## {title}", "", *lines, ""]


if __name__ == "__main__":
    sys.stdout.write(page())
