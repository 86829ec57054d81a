"""docs/rights.md, written from the registry of fields: run `python -m services.access.rights_page > docs/rights.md`."""

from __future__ import annotations

import sys

from models.enums import ClockKind, HiddenReason
from services.access.fields import (
    DRAFTS,
    EMPTY,
    NAMING,
    NAMING_ACTOR,
    NAMING_CLOCKS,
    REPORTERS_CLOCKS,
    RULES,
    ReadRule,
    Relation,
)
from services.core.desk import STANDARD
from services.core.labels import labels
from services.core.messages import say

N = STANDARD.least_cell
CLOCK_NAMES = labels("id")["ClockKind"]
NAMES = ", ".join(f"`{name}`" for name in NAMING)

HEAD = """# Siapa boleh melihat apa

Halaman ini untuk petugas.

Hak mengikuti hubungan dengan laporan, bukan peran saja, dan berlaku sama di setiap jalan: daftar, pencarian, saringan,
urutan, jumlah, langganan langsung, riwayat, dan pesan kesalahan. Isian yang disembunyikan bernilai kosong dan disebut
di `Ticket.hidden` dengan alasannya, tanpa membocorkan apakah isian itu terisi; yang tertulis "kosong, tanpa alasan" di
bawah ini tidak disebut. Laporan yang tidak boleh dilihat tampak sama dengan laporan yang tidak ada.

## Laporan mana yang terlihat

| pengguna | laporan |
|---|---|
| petugas, pejabat penghubung | yang instansinya menjadi instansi penanggung jawab atau pendukung |
| koordinator | semua, kecuali berkadar pengawasan yang tidak dapat diperiksa inspektur mana pun |
| Inspektorat | yang berkadar pengawasan, dan yang ditangani instansinya |
| pimpinan, administrator sistem | yang tidak rahasia dan tidak berkadar pengawasan |
| pengganti Inspektorat (di Kediri: pimpinan) | juga yang tidak dapat diperiksa inspektur mana pun |
| siapa pun yang bertugas di instansi terlapor | tidak satu pun yang berkadar pengawasan tentang instansi itu |
| mitra, layar | yang tidak rahasia dan tidak berkadar pengawasan; mitra menurut perjanjiannya |
| pelapor (nomor laporan dan kode akses) | satu laporannya sendiri |
| siapa pun yang tidak masuk | tidak ada |

Bila belum ditanyakan, laporan dianggap anonim dan rahasia. *Berkadar pengawasan* berarti ada indikasi penyimpangan
atau penyalahgunaan wewenang aparat sehingga perlu diperiksa Inspektorat.

## Benturan kepentingan

Hak berasal dari satu penugasan, yang sedang dijalankan ([staff.md](staff.md)), larangan dari semua: setiap penugasan
yang berlaku hari itu ikut dihitung, juga yang sedang tidak dijalankan. Larangan ditanyakan sebelum peran, di setiap
jalan: daftar, pencarian, jumlah, papan, riwayat langsung, catatan audit, membuka, mencari, dan menghapus pelapor,
mengganti kode akses, perlindungan, dan penetapan instansi terlapor.

- **Berkadar pengawasan** mengikuti instansi terlapor dan penugasan koordinator. Begitu seorang koordinator bertugas di
  suatu instansi, dengan peran apa pun, laporan terbuka tentang instansi itu menjadi berkadar pengawasan, satu catatan
  per laporan, dalam perubahan yang sama; penugasan yang mulai pada tanggalnya menyusul beberapa detik setelah 00.00.
  Begitu tidak ada lagi koordinator di sana, pencabutan diusulkan kepada yang memeriksa. Hanya ia yang mencabutnya.
- **Instansi terlapor** pada laporan berkadar pengawasan ditetapkan hanya oleh yang memeriksanya. Siapa yang pernah
  menetapkannya tidak membuka, mencari, atau menghapus pelapornya, dan tidak mengganti kode aksesnya.
- **Jawaban** yang ditulis seseorang dalam satu penugasan tidak disetujuinya dalam penugasan lain. Alasan penolakannya
  dibaca hanya oleh yang menangani laporan itu, pada jawabannya maupun di riwayat.
- **Disposisi** laporan berkadar pengawasan tidak pernah ke instansi terlapor, sebagai penanggung jawab maupun
  pendukung; selama terlapor belum diketahui, hanya ke Inspektorat. Petugas yang juga bertugas di sana tidak ditugasi.
- **Laporan tentang Inspektorat**, atau tentang instansi lain yang membuat semua inspektur terhalang, diperiksa oleh
  pengganti menurut `cities/<kota>/oversight.yaml`. Selama tidak ada pengganti yang bebas, tidak seorang pun membukanya:
  administrator sistem melihat nomornya di daftar kerja "Perlu perhatian", dan tidak lebih dari itu.
- Laporan biasa tentang suatu instansi tetap ditangani instansi itu; pelapor yang memilih tidak anonim tampak tersamar
  bagi penangannya. Koordinator yang bertugas di sana tidak melihat, membuka, mencari, atau menghapus pelapornya.

## Isian yang dibatasi
"""
TAIL = """
## Nama instansi pada laporan berkadar pengawasan

Pelapor sebuah laporan berkadar pengawasan tidak diberi nama instansi mana pun, lewat jalan mana pun: instansi
penanggung jawab, pendukung, terlapor, dan yang dirujuk kosong baginya dan disebut tersembunyi karena berkadar
pengawasan, instansi dan kalendernya kosong di riwayat dan di penjelasan tenggat, saringan menurut instansi tidak
menemukan laporannya, dan kabar untuknya menyebut "instansi yang berwenang".
"""
CLOCKS = f"""
## Tenggat

Pelapor membaca jam {", ".join(CLOCK_NAMES[clock] for clock in ClockKind if clock in REPORTERS_CLOCKS)}; jam lain tidak
ada baginya: tidak di daftar tenggat, tidak di saringan, dan tidak di kabar langsung. Tenggat dan keadaan laporan, yang
dapat berasal dari jam instansi, karena itu tersembunyi baginya. Layar membaca keduanya, dan tidak lebih. Mitra membaca
apa yang dibuka perjanjiannya, dan menyaring serta mengurutkan menurut itu saja. Catatan jam di riwayat (tenggat
mendekat, lewat, berubah) untuk petugas saja.
"""
IDENTITY = """
## Identitas pelapor

Identitas disimpan tersandi per isian dan selalu ditampilkan tersamar, misalnya `S*** W***`, `0812****34`, dan
`3571********0001`. Selama pelapor belum memilih tidak anonim, tidak ada instansi yang melihatnya, tersamar sekalipun.
Pada laporan berkadar pengawasan, instansi terlapor tidak melihatnya; selama terlapor belum diketahui, setiap instansi
dianggap terlapor, dan hanya Inspektorat yang melihatnya.

- **Membuka** (`revealReporter`): hanya koordinator, atau Inspektorat untuk laporan berkadar pengawasan; tidak pernah
  yang bertugas di instansi terlapor, dan tidak pernah yang menetapkannya. Alasan wajib diisi.
  Siapa, kapan, dan mengapa tercatat sebelum jawabannya diberikan.
- **Mencari** (`findReporterTickets`): hanya koordinator, dengan nomor telepon atau NIK, dan hanya laporan yang
  pelapornya memilih tidak anonim. Setiap pencarian tercatat.
- Setiap petugas membuka dan mencari paling banyak 60 kali per jam (dapat diatur); selebihnya ditolak dan
  dicatat.
- **Menghapus** (`eraseReporter`): oleh yang boleh membuka. Identitas, judul, isi, tempat, catatan, dan jawaban hilang
  untuk selamanya; nomor, status, waktu, dan jumlah tetap. Laporan sama yang digabungkan otomatis ikut
  dihapus; laporan lain tentang hal itu disebut (`otherTickets`), periksalah satu per satu. Alasannya sebuah kode, tanpa
  kata-kata. Kata yang ditulis sesudahnya dapat dihapus lagi. Masa simpan per klasifikasi dapat diatur
  dan dihitung sejak peristiwa terakhir, catatan termasuk.
- **Mengganti kode akses** (`rotateTrackingSecret`): oleh yang boleh membuka, dengan alasan, bila kode hilang atau
  bocor. Kode baru tampil sekali; kode lama dan semua sesi yang dibukanya berakhir saat itu juga. Pastikan lebih dulu
  bahwa yang meminta memang pelapornya, lalu sampaikan kode itu hanya kepadanya. Penggantian tercatat.
- **Tanda terima**: petugas yang mencatat laporan tatap muka, telepon, atau
  surat menerima kode aksesnya satu kali untuk pelapor; setelah itu hanya penggantian kode. Tidak untuk laporan
  tentang instansi tempat petugas itu bertugas. Penyerahan tercatat. Caranya ada di [tanda-terima.md](tanda-terima.md).
"""
SMALL = f"""
## Jumlah kecil

Tidak ada jumlah yang dirinci menurut ciri pelapor: jenis kelamin, umur, atau tempat tinggal tidak dicatat, dan nama,
telepon, surel, serta NIK tidak dihitung. Yang dirinci hanyalah laporan: statusnya, instansinya, kategorinya, tempatnya,
dan harinya. Jumlah yang kurang dari {N} dapat menunjuk satu orang, maka:

- Papan yang dipersempit mitra atau layar menurut kategori, kanal, atau kecamatan: bagian menurut kategori dan
  menurut kecamatan yang kurang dari {N} digabungkan ke entri terakhir (kategori kosong, kecamatan tanpa kode),
  beserta bagian terkecil berikutnya sampai entri itu sendiri tidak kurang dari {N}. Jumlahnya tetap sama.
- Baris perjanjian seorang mitra mempersempit papannya seperti saringan. Papan yang dipersempit menurut dua hal,
  misalnya kategori dan kecamatan, adalah satu jumlah: bila totalnya kurang dari {N} (nol sekalipun), semua angkanya 0,
  semua daftarnya kosong, dan itu dikatakan (`tooFew`). Demikian pula bila papan itu bukan satu sel: tiga hal, disertai
  instansi, beberapa nilai dari satu hal, atau kategori yang membawahkan kategori lain, sebab sel yang tumpang tindih
  membuka selisihnya.
- Jumlah laporan rahasia dan berkadar pengawasan (`withheld`) kosong bila kurang dari {N}. Bagi mitra dan layar
  ia hanya ada pada papan yang tidak dipersempit apa pun (saringan, baris perjanjian, atau instansi layar), dibulatkan
  ke bawah ke kelipatan {N}; bagi petugas yang memakai saringan ia dibulatkan juga. Dengan begitu orang yang mengirim
  laporan rahasia sendiri tidak mengetahui jumlah laporan orang lain menurut jenis atau tempat. Perubahan yang hanya
  menyangkut laporan rahasia atau berkadar pengawasan tidak mempercepat gambar berikutnya.
- Tidak digabungkan: papan seluruh kota dan papan satu instansi, serta papan petugas. Laporan yang dihitung di situ
  boleh dilihat satu per satu oleh yang menghitungnya; laporan rahasia dan berkadar pengawasan tidak ikut dihitung bagi
  mitra dan layar, baik dalam total, bagian, maupun daftar.

## Untuk teknisi

Halaman ini dibuat dari daftar di `services/access/fields.py`, dan sebuah tes membandingkan keduanya: ubah daftar itu,
lalu jalankan `python -m services.access.rights_page > docs/rights.md`. Yang dapat diatur: `SURGA_REVEALS_PER_CALLER`
dan `SURGA_LOOKUPS_PER_CALLER` (berapa kali membuka dan mencari dalam satu jam), `SURGA_RETENTION` (masa simpan), dan
`SURGA_LEAST_CELL` (jumlah terkecil). Bagian papan menurut kategori dan kecamatan adalah `byCategory` dan `byKecamatan`;
tanda terima diminta dengan `submitTicket` dan `receipt: true`. Nama instansi yang kosong pada laporan berkadar
pengawasan:
{NAMES}, {", ".join(f"`{name}`" for name in NAMING_CLOCKS)}, dan `{NAMING_ACTOR}`; alasannya `SUPERVISORY`.
"""
REASON = labels("id")["HiddenReason"]
SHOWN = tuple(relation for relation in Relation if relation not in (Relation.LEFT, Relation.SENDER))


def page() -> str:
    """The whole page as Markdown."""
    names = [say(f"relation.{relation}") for relation in SHOWN]
    head = [f"| isian | nama | {' | '.join(names)} | selain itu |", f"|---|---|{'---|' * len(names)}---|"]
    rules = sorted((RULES | EMPTY).items())
    rows = [_line(f"{say(f'label.{name}')} | `{name}`", rule, _others(name, rule)) for name, rule in rules]
    drafts = _line(f"{say('field.drafts')} | `Answer`", DRAFTS, REASON[DRAFTS.reason])
    return "\n".join([HEAD, *head, *rows, drafts, "", *_reasons(), TAIL + CLOCKS + IDENTITY + SMALL])


def _line(name: str, rule: ReadRule, others: str) -> str:
    cells = [_cell(rule, relation) for relation in SHOWN]
    return f"| {name} | {' | '.join(cells)} | {others} |"


def _others(coordinate: str, rule: ReadRule) -> str:
    if coordinate in EMPTY:
        return say("field.empty")
    return say("field.own") if Relation.SENDER in rule.readers else REASON[rule.reason]


def _cell(rule: ReadRule, relation: Relation) -> str:
    everywhere = relation is Relation.ADMIN and Relation.STAFF in rule.readers  # administrators are staff too
    if relation not in rule.readers and not everywhere:
        return "-"
    guarded = rule.identity and relation is not Relation.REPORTER
    return say("field.unless_anonymous") if guarded else say("field.yes")


def _reasons() -> list[str]:
    rows = [f"| {REASON[reason]} | {say(f'hidden.{reason}')} | `{reason}` |" for reason in HiddenReason]
    return ["| alasan | arti | dalam kode |", "|---|---|---|", *rows]


if __name__ == "__main__":
    sys.stdout.write(page())
