"""The closed lists of the contract, with the official Indonesian terms. Clients accept values that they do not know."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from models import enums
from services.access import filters
from services.queries import lists


def described(
    closed: type[StrEnum],
    description: str,
    *,
    name: str | None = None,
    only: Collection[str] | None = None,
    **terms: str,
) -> None:
    """Make a closed list part of the schema, and give its values the terms that officers know them by."""
    made = strawberry.enum(closed, name=name, description=description)
    definition: StrawberryEnumDefinition = made.__strawberry_definition__  # type: ignore[attr-defined]
    definition.values = [value for value in definition.values if only is None or value.name in only]
    for value in definition.values:
        value.description = terms.get(value.name)


described(
    enums.TicketStatus,
    "Where a ticket stands on its way.",
    RECEIVED="baru: menunggu verifikasi",
    INCOMPLETE="menunggu kelengkapan dari pelapor; clocks pause",
    VERIFIED="terverifikasi",
    DISPATCHED="terdisposisi: belum ditindaklanjuti",
    IN_PROGRESS="proses",
    ON_HOLD="ditunda, with a reason and a date; clocks pause",
    ANSWERED="dijawab: menunggu tanggapan pelapor",
    RESOLVED="selesai",
    REOPENED="dibuka kembali",
    UNRESOLVED="tidak terselesaikan: needs an evaluation",
    OUT_OF_JURISDICTION="bukan wewenang: returned or forwarded",
    DIVERTED_TO_EMERGENCY="dialihkan ke 112",
    ARCHIVED="arsip, with a reason (duplicate, spam, incomplete, not relevant)",
)
described(
    enums.Classification,
    "Klasifikasi laporan.",
    COMPLAINT="pengaduan",
    ASPIRATION="aspirasi",
    INFORMATION_REQUEST="permintaan informasi",
)
described(
    enums.Channel,
    "Kanal: the way by which a report came in.",
    SURGA_WEB="situs Surga",
    WHATSAPP="WhatsApp",
    SMS="SMS",
    PHONE="telepon",
    CALL_112="panggilan darurat 112",
    WALK_IN="tatap muka",
    LETTER="surat",
    EMAIL="surel",
    SOCIAL_MEDIA="media sosial",
    MOBILE_APP="aplikasi",
    SP4N_LAPOR="SP4N-LAPOR!",
    OPEN311="Open311 GeoReport",
    PARTNER="sistem mitra",
    OTHER="lainnya",
)
described(
    enums.AgencyKind,
    "Jenis instansi.",
    OPD="organisasi perangkat daerah",
    KELURAHAN="kelurahan",
    BUMD="badan usaha milik daerah",
    VERTICAL="instansi vertikal",
    EXTERNAL="instansi luar",
)
described(
    enums.HiddenReason,
    "Why a field is hidden from the caller.",
    ANONYMOUS="anonim",
    CONFIDENTIAL="rahasia",
    SUPERVISORY="berkadar pengawasan",
    PERSONAL_DATA="data pribadi",
    NOT_YOUR_ROLE="bukan kewenangan peran ini",
)
described(
    enums.Visibility,
    "Who may read an entry.",
    PUBLIC="everyone who sees the ticket, its reporter included",
    INTER_AGENCY="staff of every agency that sees the ticket",
    INTERNAL="staff of the agency that wrote it",
)
described(enums.ActorKind, "Who did something.")
described(
    enums.AnswerState,
    "Where an answer stands.",
    DRAFT="konsep",
    WAITING_APPROVAL="menunggu persetujuan pejabat penghubung",
    REJECTED="ditolak, to be written again",
    SENT="terkirim",
)
described(enums.MoveMutation, "The mutation that makes a move.")
described(
    enums.MoveNeed,
    "What a move needs besides the version.",
    NOTE="catatan",
    REASON="a reasonCode of the move's list",
    UNTIL="a date to come",
    AGENCY="a lead agency",
    EVIDENCE="bukti: at least one description",
    DUPLICATE_OF="the number of the ticket that stays",
    ANSWER="an approved answer",
)
described(
    enums.PrincipalKind,
    "What kind of caller this is.",
    STAFF="petugas",
    PARTNER="sistem mitra",
    DISPLAY="layar dinding",
    CITIZEN="pelapor, for one ticket",
    ANONYMOUS="without a token",
)
described(
    enums.Role,
    "Peran petugas.",
    OFFICER="petugas OPD",
    LIAISON="pejabat penghubung",
    COORDINATOR="admin koordinator (Diskominfo)",
    LEADER="pimpinan, read only",
    INSPECTOR="inspektorat",
    ADMIN="administrator, read only",
)
described(enums.EventKind, "What happened to a ticket.", name="TicketEventKind", only=enums.TIMELINE_KINDS)
described(
    enums.AuditKind,
    "What an entry of the audit log proves. REFUSED and TOKEN_USED are counts of one minute.",
    SIGNED_IN="masuk",
    SIGN_IN_FAILED="gagal masuk",
    SIGNED_OUT="keluar",
    SESSION_REVOKED="sesi dicabut",
    PASSWORD_CHANGED="kata sandi diganti",  # noqa: S106 - its name in Indonesian
    INVITED="undangan dikirim",
    INVITATION_ACCEPTED="undangan diterima",
    RIGHTS_CHANGED="hak diubah",
    ACCOUNT_CREATED="akun dibuat",
    ACCOUNT_CHANGED="akun diubah",
    ACCOUNT_ENDED="akun diakhiri",
    TOKEN_ISSUED="token dibuat",  # noqa: S106
    TOKEN_REVOKED="token dicabut",  # noqa: S106
    KEY_ISSUED="kunci mitra dibuat",
    KEY_REVOKED="kunci mitra dicabut",
    KEYS_ROTATED="kunci data pelapor diganti",
    GRANT_CHANGED="perjanjian mitra diubah",
    REPORTER_REVEALED="identitas pelapor dibuka",
    REPORTER_SOUGHT="laporan dicari menurut pelapor",
    REPORTER_ERASED="data pelapor dihapus",
    EXPORTED="data diekspor",
    SECRET_ROTATED="kode rahasia diganti",  # noqa: S106
    DISPLAY_REQUESTED="layar meminta izin",
    DISPLAY_APPROVED="layar disetujui",
    DISPLAY_DENIED="layar ditolak",
    DISPLAY_RENAMED="layar diganti nama",
    DISPLAY_REVOKED="layar dicabut",
    LOG_ADOPTED="catatan dimulai lagi setelah pemulihan basis data",
    REFUSED="ditolak, counted",
    TOKEN_USED="token dipakai, counted",  # noqa: S106
)
described(filters.AgencyRole, "An agency's part in a ticket.", LEAD="instansi utama", SUPPORTING="pendukung")
described(
    filters.Worklist,
    "What waits for the caller.",
    TO_VERIFY="menunggu verifikasi",
    TO_DISPATCH="menunggu disposisi, new and reopened ones",
    RETURNED="dikembalikan oleh instansi, to be dispatched again",
    MINE="open and assigned to me",
    UNASSIGNED="led by my agency, without an assignee",
    TO_APPROVE="led by my agency, with an answer that waits for approval",
)
described(
    lists.TicketOrder,
    "Every order breaks ties by number. RELEVANCE without a search is NEWEST_FIRST.",
)
