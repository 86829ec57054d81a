"""docs/alur-laporan.md: the table of moves as officers read it, without a code.

Run `python -m services.queries.officer_page > docs/alur-laporan.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from models.enums import CLOSED_STATUSES, TicketStatus
from services.core.labels import labels, reporter_labels
from services.core.messages import say, spoken
from services.queries.reporter_page import codes_of, message, move_entry
from services.tickets.table.rows import Given, Move
from services.tickets.table.rules import EVERY_MOVE
from services.tickets.table.words import button

HEAD = """# Alur laporan untuk petugas

Apa yang dapat dilakukan dengan sebuah laporan, oleh siapa, apa syaratnya, dan apa yang lalu dibaca pelapor. Nama,
nomor, dan tanggal di sini contoh; kalimat untuk setiap alasan ada di [kabar-pelapor.md](kabar-pelapor.md).

- **Koordinator** dapat melakukan setiap langkah; langkah instansi lalu dicatat sebagai atas nama instansi itu.
- **Berkadar pengawasan** berarti ada indikasi penyimpangan atau penyalahgunaan wewenang aparat sehingga perlu diperiksa
  Inspektorat. Pada laporan seperti itu Inspektorat melakukan apa yang dilakukan koordinator, dan tidak seorang pun yang
  bertugas di instansi terlapor melihatnya.
- **Instansi pendukung** menulis catatan dan konsep jawaban, dan tidak melakukan langkah.
- **Pengembalian** dan **pembukaan kembali** dihitung, dan tidak mengubah waktu laporan diterima.
- **Laporan ganda** yang digabungkan tetap bernomor dan menunjuk ke laporan induknya.
"""
STATUS = labels("id")["TicketStatus"]
FOR_REPORTERS = reporter_labels("id")["TicketStatus.reporters"]
NEED = labels("id")["MoveNeed"]


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([HEAD, *_statuses(), *_steps()]).rstrip() + "\n"


def _statuses() -> list[str]:
    """The statuses in the order of work, in the words for officers and for reporters."""
    lines = ["## Status", "", "| status | yang dibaca pelapor | |", "|---|---|---|"]
    for status in TicketStatus:
        end = "sudah ditutup" if status in CLOSED_STATUSES else "belum selesai"
        lines.append(f"| {STATUS[status]} | {FOR_REPORTERS[status]} | {end} |")
    return [*lines, ""]


def _steps() -> Iterator[str]:
    """One section for each status, with what can be done from there."""
    for status in TicketStatus:
        moves = [move for move in EVERY_MOVE if move.source is status]
        yield from (f"## Dari {STATUS[status]}", "")
        yield "| langkah | menjadi | oleh | syarat | alasan, salah satu dari | kabar untuk pelapor |"
        yield "|---|---|---|---|---|---|"
        yield from dict.fromkeys(_step(move) for move in moves)
        yield ""


def _step(move: Move) -> str:
    reasons = "; ".join(say(f"reason.{code}") for code in codes_of(move) if code)
    cells = (
        spoken(button(move.source, move.by, move.to), "id"),
        STATUS[move.to],
        say(f"who.{move.who}"),
        _needed(move) or "-",
        reasons or "-",
        message(move_entry(move, move.reason), "id") or "-",
    )
    return f"| {' | '.join(cells)} |"


def _needed(move: Move) -> str:
    """What has to be given, and what has to be true."""
    needs = ", ".join(NEED[need].lower() for need in move.needs)
    only = "" if move.given is Given.ANYTHING else f"hanya bila {say(f'given.{move.given}')}"
    return "; ".join(filter(None, (needs, only)))


if __name__ == "__main__":
    sys.stdout.write(page())
