"""docs/workflow.md, written from the table of moves.

Run `python -m services.tickets.table.workflow_page > docs/workflow.md`.
"""

from __future__ import annotations

import sys

from models.enums import CLOSED_STATUSES, ReasonList, TicketStatus
from services.core.labels import labels
from services.core.messages import LANGUAGES, say
from services.reasons.reasons import POSSIBLE, Reason
from services.tickets.table.rows import Given, Move
from services.tickets.table.rules import EVERY_MOVE, MOVES, MUTATION_NAMES

HEAD = """# Alur laporan

Halaman ini dibuat dari tabel di `services/tickets/table/rules.py`; sebuah tes membandingkan keduanya. Ubah tabelnya,
lalu jalankan `python -m services.tickets.table.workflow_page > docs/workflow.md`. Kalimat yang dibaca pelapor ada di
[kabar-pelapor.md](kabar-pelapor.md); bagi petugas ada [alur-laporan.md](alur-laporan.md), tanpa kode.

Koordinator dapat melakukan setiap langkah di tabel; langkah instansi lalu dicatat sebagai dilakukan atas nama instansi
itu. Pada laporan berkadar pengawasan, Inspektorat melakukan apa yang dilakukan koordinator, dan tidak seorang pun yang
bertugas di instansi terlapor melihatnya. Laporan seperti itu tidak pernah didisposisikan ke instansi terlapor; selama
instansi terlapor belum diketahui, hanya ke Inspektorat. Instansi pendukung menulis catatan dan konsep jawaban, dan
tidak melakukan langkah.

Pengembalian dihitung dan membuat laporan kembali Terverifikasi; pembukaan kembali juga dihitung; keduanya tidak
mengubah waktu laporan diterima. Laporan ganda diarsipkan, tetap bernomor, dan menunjuk ke laporan induknya; bila dibuka
kembali, ia menjadi laporan tersendiri lagi.
"""
STATUS = labels("id")["TicketStatus"]


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([HEAD, *_statuses(), "", *_diagram(), "", *_table(), "", *_reasons(), ""])


def _statuses() -> list[str]:
    rows = [
        f"| {status} | {STATUS[status]} | {'sudah ditutup' if status in CLOSED_STATUSES else 'belum selesai'} |"
        for status in TicketStatus
    ]
    return ["## Status", "", "| kode | status | |", "|---|---|---|", *rows]


def _diagram() -> list[str]:
    names = [f'    state "{STATUS[status]}" as {status}' for status in TicketStatus]
    arrows = [f"    {source} --> {to}: {', '.join(by)}" for (source, to), by in _arrows().items()]
    return ["## Gambar", "", "```mermaid", "stateDiagram-v2", *names, "    [*] --> RECEIVED", *arrows, "```"]


def _arrows() -> dict[tuple[TicketStatus, TicketStatus], list[str]]:
    """The mutations that lead from one status to another; merging would draw an arrow from everywhere."""
    arrows: dict[tuple[TicketStatus, TicketStatus], list[str]] = {}
    for move in EVERY_MOVE:
        names = arrows.setdefault((move.source, move.to), [])
        if _way(move) not in names:
            names.append(_way(move))
    return {pair: names for pair, names in arrows.items() if names != ["mergeTicket"]}


def _way(move: Move) -> str:
    """The mutation that makes a move, else the clock whose passing does."""
    return MUTATION_NAMES.get(move.by, f"jam {move.by}")


def _table() -> list[str]:
    head = ["| dari | ke | dengan | oleh | memerlukan | hanya |", "|---|---|---|---|---|---|"]
    ordered = sorted(EVERY_MOVE, key=lambda move: list(TicketStatus).index(move.source))
    return ["## Langkah", "", *head, *(_row(move) for move in ordered)]


def _row(move: Move) -> str:
    words = labels("id")["MoveNeed"]
    needs = ", ".join(words[need].lower() for need in move.needs) or "-"
    only = "-" if move.given is Given.ANYTHING else say(f"given.{move.given}")
    cells = (STATUS[move.source], STATUS[move.to], _way(move), say(f"who.{move.who}"), needs, only)
    return f"| {' | '.join(cells)} |"


def _reasons() -> list[str]:
    """Every list of reasons; a city's folder says which of them it offers."""
    lines = ["## Alasan", "", "Yang ditawarkan kota dan sejak kapan ada di `cities/<kota>/reasons.yaml`.", ""]
    for name, reasons in POSSIBLE.items():
        lines += [f"### {_ways(name)}", "", "| kode | alasan | reason | hanya |", "|---|---|---|---|"]
        lines += [_reason(reason) for reason in reasons]
        lines.append("")
    return lines[:-1]


def _ways(name: ReasonList) -> str:
    moves = [move for move in MOVES if move.reasons is name]
    ways = dict.fromkeys(f"{STATUS[move.source]} ke {STATUS[move.to]}" for move in moves)
    return f"{MUTATION_NAMES[moves[0].by]}: {', '.join(ways)}"


def _reason(reason: Reason) -> str:
    words = [say(f"reason.{reason.code}", language) for language in LANGUAGES]
    return f"| {' | '.join((reason.code, *words, _only(reason)))} |"


def _only(reason: Reason) -> str:
    """Where a reason can be true."""
    only = [", ".join(STATUS[status] for status in TicketStatus if status in reason.statuses)]
    for name, values in (("Classification", reason.kinds), ("Channel", reason.channels)):
        only.append(", ".join(words for value, words in labels("id")[name].items() if value in values))
    only.append(say("who.DESK") if reason.desk else "")
    only.append({None: "", True: "laporan yang digabungkan", False: "laporan yang tidak digabungkan"}[reason.merged])
    return "; ".join(filter(None, only)) or "-"


if __name__ == "__main__":
    sys.stdout.write(page())
