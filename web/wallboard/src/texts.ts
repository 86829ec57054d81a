/** What the page itself says; words for closed lists come from the desk (shared/src/labels). */
import type { Language } from '@surga/shared/formats';

const TEXTS = {
  title: { id: 'Papan Pantau Pengaduan', en: 'Complaint Wallboard' },
  open: { id: 'Belum selesai', en: 'Open' },
  overdue: { id: 'Lewat tenggat', en: 'Overdue' },
  dueSoon: { id: 'Segera jatuh tempo', en: 'Due soon' },
  receivedToday: { id: 'Masuk hari ini', en: 'Received today' },
  resolvedToday: { id: 'Selesai hari ini', en: 'Resolved today' },
  total: { id: 'Semua laporan', en: 'All reports' },
  trend: { id: '30 hari terakhir', en: 'Last 30 days' },
  received: { id: 'masuk', en: 'received' },
  resolved: { id: 'selesai', en: 'resolved' },
  agencies: { id: 'Beban per instansi', en: 'Load per agency' },
  agenciesNote: { id: 'belum selesai · lewat tenggat', en: 'open · overdue' },
  others: { id: '{n} instansi lain', en: '{n} other agencies' },
  noAgency: { id: 'Belum didisposisikan', en: 'Not dispatched yet' },
  oldest: { id: 'Paling lama menunggu', en: 'Waiting longest' },
  latest: { id: 'Perubahan terakhir', en: 'Latest changes' },
  statuses: { id: 'Menurut status', en: 'By status' },
  withheld: { id: '{n} laporan tertutup tidak ditampilkan', en: '{n} protected reports are not shown' },
  nothing: { id: 'Tidak ada', en: 'None' },
  asOf: { id: 'Data per {t} WIB', en: 'Data as of {t} WIB' },
  live: { id: 'Langsung', en: 'Live' },
  broken: { id: 'Terputus: {what}', en: 'Broken: {what}' },
  refused: { id: 'Papan tidak dapat ditampilkan', en: 'The board cannot be shown' },
  unknownPart: {
    id: 'Bagian yang dipilih di alamat atau setelan layar ini tidak dikenal. Tekan Tab lalu Enter, lalu pilih yang lain.',
    en: 'What the address or the settings of this screen choose does not exist. Press Tab, then Enter, and choose another.',
  },
  SERVER: { id: 'layar ke server', en: 'screen to server' },
  connecting: { id: 'Menghubungi server …', en: 'Connecting to the server …' },
  enrolTitle: { id: 'Daftarkan layar ini', en: 'Enrol this screen' },
  enrolHow: {
    id: 'Buka alamat ini di komputer atau ponsel, masuk, lalu ketik kodenya:',
    en: 'Open this address on a computer or phone, sign in, and type the code:',
  },
  enrolWait: {
    id: 'Berlaku sampai pukul {t} WIB. Kode baru muncul sendiri dalam {left}.',
    en: 'Valid until {t} WIB. A new code appears by itself in {left}.',
  },
  enrolOffline: {
    id: 'Server tidak menjawab. Layar ini terus mencoba.',
    en: 'The server does not answer. This screen keeps trying.',
  },
  enrolCrowded: {
    id: 'Terlalu banyak layar sedang menunggu persetujuan. Layar ini terus mencoba.',
    en: 'Too many screens are waiting for approval. This screen keeps trying.',
  },
  enrolUnknownBoard: {
    id: 'Papan pada alamat layar ini (?board=...) tidak dikenal. Perbaiki alamatnya.',
    en: 'The board in the address of this screen (?board=...) does not exist. Correct the address.',
  },
  newsSpent: {
    id: 'Kode pada alamat sudah dipakai atau kedaluwarsa. Gunakan kode di bawah ini.',
    en: 'The code in the address was already used or has expired. Use the code below.',
  },
  newsDenied: {
    id: 'Permintaan sebelumnya ditolak. Ini kode yang baru.',
    en: 'The last request was denied. This is a new code.',
  },
  newsRevoked: {
    id: 'Izin layar ini sudah dicabut. Daftarkan lagi dengan kode di bawah ini.',
    en: 'This screen is no longer let in. Enrol it again with the code below.',
  },
  settings: { id: 'Setelan', en: 'Settings' },
  theme: { id: 'Tema', en: 'Theme' },
  auto: { id: 'Menurut jam', en: 'By the hour' },
  dark: { id: 'Gelap', en: 'Dark' },
  light: { id: 'Terang', en: 'Light' },
  language: { id: 'Bahasa', en: 'Language' },
  shown: { id: 'Yang ditampilkan', en: 'What is shown' },
  all: { id: 'Semua', en: 'All' },
  agencyCode: { id: 'Instansi', en: 'Agency' },
  categoryCode: { id: 'Kategori', en: 'Category' },
  channel: { id: 'Kanal', en: 'Channel' },
  kecamatanCode: { id: 'Kecamatan', en: 'District' },
  narrowed: { id: 'Hanya: {what}', en: 'Only: {what}' },
  close: { id: 'Tutup', en: 'Close' },
} as const;

type Said = Record<Language, string>;

/** A function that says the texts of a list in one language, with {names} filled in. */
export function chooser<Key extends string>(list: Record<Key, Said>) {
  return (language: Language) =>
    (key: Key, values: Record<string, string> = {}): string =>
      list[key][language].replaceAll(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole);
}

export type Text = keyof typeof TEXTS;
export const texts = chooser<Text>(TEXTS);
