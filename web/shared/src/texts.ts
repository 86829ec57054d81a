/** What the pages themselves say, each text once; words for closed lists come from the desk (labels), refusals in its own. */
import type { Language } from './formats.ts';

export const TEXTS = {
  // Every page
  languageName: { id: 'Bahasa Indonesia', en: 'English' },
  justNow: { id: 'baru saja', en: 'just now' },
  underAMinute: { id: 'kurang dari 1 menit', en: 'less than a minute' },

  // The board, the screen that asks to be let in, and the settings of a screen
  boardTitle: { id: 'Papan Pantau Pengaduan', en: 'Complaint Wallboard' },
  open: { id: 'Belum selesai', en: 'Open' },
  overdue: { id: 'Lewat tenggat', en: 'Overdue' },
  dueSoon: { id: 'Mendekati tenggat', en: 'Due soon' },
  receivedToday: { id: 'Masuk hari ini', en: 'Received today' },
  resolvedToday: { id: 'Selesai hari ini', en: 'Resolved today' },
  total: { id: 'Total ditampilkan', en: 'Total shown' },
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
  withheld: {
    id: '{n} laporan rahasia atau berkadar pengawasan tidak ditampilkan',
    en: '{n} confidential or supervisory reports are not shown',
  },
  tooFew: { id: 'Terlalu sedikit laporan untuk ditampilkan', en: 'Too few reports to be shown' },
  nothing: { id: 'Tidak ada', en: 'None' },
  asOf: { id: 'Data pukul {t} WIB', en: 'Data as of {t} WIB' },
  live: { id: 'Terhubung', en: 'Connected' },
  broken: { id: 'Terputus: {what}. Hubungi Diskominfo.', en: 'Cut off: {what}. Tell Diskominfo.' },
  refused: { id: 'Papan tidak dapat ditampilkan', en: 'The board cannot be shown' },
  unknownPart: {
    id: 'Instansi, kategori, kanal, atau kecamatan pada alamat atau setelan layar ini tidak dikenal. Tekan Tab lalu Enter, lalu pilih yang lain.',
    en: 'The agency, category, channel or district in the address or the settings of this screen does not exist. Press Tab, then Enter, and choose another.',
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
  auto: { id: 'Otomatis (terang 06.00–18.00 WIB)', en: 'Automatic (light from 06:00 to 18:00 WIB)' },
  dark: { id: 'Gelap', en: 'Dark' },
  light: { id: 'Terang', en: 'Light' },
  language: { id: 'Bahasa', en: 'Language' },
  shown: { id: 'Saring laporan', en: 'Filter the reports' },
  all: { id: 'Semua', en: 'All' },
  agencyCode: { id: 'Instansi', en: 'Agency' },
  categoryCode: { id: 'Kategori', en: 'Category' },
  channel: { id: 'Kanal', en: 'Channel' },
  kecamatanCode: { id: 'Kecamatan', en: 'District' },
  narrowed: { id: 'Menampilkan: {what}', en: 'Showing: {what}' },
  close: { id: 'Tutup', en: 'Close' },

  // The page of officers
  activateTitle: { id: 'Daftarkan layar', en: 'Enrol a screen' },
  intro: {
    id: 'Halaman ini untuk mengizinkan layar di kantor menampilkan papan pantau pengaduan.',
    en: 'This page is for letting a screen in the office show the complaint wallboard.',
  },
  loading: { id: 'Memuat …', en: 'Loading …' },
  signIn: { id: 'Masuk', en: 'Sign in' },
  signOut: { id: 'Keluar', en: 'Sign out' },
  signedInAs: { id: 'Masuk sebagai {name}', en: 'Signed in as {name}' },
  email: { id: 'Surel (email)', en: 'E-mail' },
  password: { id: 'Kata sandi', en: 'Password' },
  working: { id: 'Sebentar …', en: 'One moment …' },
  sessionEnded: { id: 'Sesi Anda berakhir. Silakan masuk lagi.', en: 'Your session has ended. Please sign in again.' },
  signedOut: { id: 'Anda sudah keluar.', en: 'You are signed out.' },
  network: {
    id: 'Server tidak menjawab. Periksa jaringan, lalu coba lagi.',
    en: 'The server does not answer. Check the network, then try again.',
  },
  tryAgain: { id: 'Coba lagi', en: 'Try again' },
  notAllowed: {
    id: 'Hanya administrator sistem dan koordinator yang dapat mendaftarkan layar. Mintalah bantuan salah satu dari mereka.',
    en: 'Only system administrators and coordinators may enrol screens. Please ask one of them.',
  },
  codeTitle: { id: 'Kode dari layar', en: 'Code from the screen' },
  codeLabel: { id: 'Kode 6 angka', en: '6-digit code' },
  codeHint: {
    id: 'Layar yang belum terdaftar menampilkan kode ini di tengah.',
    en: 'A screen that is not enrolled shows this code in its middle.',
  },
  codeShort: { id: 'Kode terdiri atas 6 angka.', en: 'A code has 6 digits.' },
  codeUnknown: {
    id: 'Tidak ada layar dengan kode ini. Kode berlaku 10 menit: lihat kode yang sekarang tampil di layar.',
    en: 'No screen has this code. Codes last 10 minutes: look at the one that the screen shows now.',
  },
  find: { id: 'Cari layar', en: 'Find the screen' },
  found: { id: 'Layar ditemukan', en: 'Screen found' },
  wholeCity: { id: 'Seluruh kota', en: 'The whole city' },
  ofAgency: { id: 'Instansi {code}', en: 'Agency {code}' },
  board: { id: 'Papan', en: 'Board' },
  address: { id: 'Alamat jaringan (IP)', en: 'Network address (IP)' },
  asked: { id: 'Kode diminta', en: 'Code requested' },
  until: { id: 'Berlaku sampai', en: 'Valid until' },
  wib: { id: 'pukul {t} WIB', en: '{t} WIB' },
  check: {
    id: 'Setujui hanya bila Anda melihat kode ini pada layar milik kantor. Jangan menyetujui kode yang dikirim orang lain.',
    en: 'Approve only if you see this code on a screen of the office. Never approve a code that somebody sent you.',
  },
  name: { id: 'Nama layar', en: 'Name of the screen' },
  nameHint: { id: 'Misalnya: Lobi Diskominfo', en: 'For example: Lobby of Diskominfo' },
  nameMissing: { id: 'Beri layar ini sebuah nama.', en: 'Give the screen a name.' },
  approve: { id: 'Setujui', en: 'Approve' },
  deny: { id: 'Tolak', en: 'Deny' },
  approved: {
    id: '“{name}” sudah diizinkan. Papan tampil di layar dalam beberapa detik.',
    en: '“{name}” is let in. The board appears on the screen within seconds.',
  },
  denied: { id: 'Permintaan layar itu ditolak.', en: 'The request of that screen was denied.' },
  screens: { id: 'Layar terdaftar', en: 'Enrolled screens' },
  noScreens: { id: 'Belum ada layar yang terdaftar.', en: 'No screen is enrolled yet.' },
  enrolledBy: { id: 'Didaftarkan', en: 'Enrolled' },
  by: { id: '{t} oleh {name}', en: '{t} by {name}' },
  heard: { id: 'Aktif {t}', en: 'Active {t}' },
  silent: { id: 'Tidak aktif sejak {t}', en: 'Not active: last heard {t}' },
  neverHeard: { id: 'Belum pernah aktif', en: 'Never active yet' },
  revokedAt: { id: 'Izin dicabut {t}', en: 'Revoked {t}' },
  rename: { id: 'Ganti nama', en: 'Rename' },
  revoke: { id: 'Cabut izin', en: 'Revoke' },
  renameOf: { id: 'Ganti nama {name}', en: 'Rename {name}' },
  revokeOf: { id: 'Cabut izin {name}', en: 'Revoke {name}' },
  revokeAsk: {
    id: 'Layar “{name}” langsung berhenti menampilkan papan dan kembali meminta kode.',
    en: 'The screen “{name}” stops showing the board at once and asks for a code again.',
  },
  save: { id: 'Simpan', en: 'Save' },
  cancel: { id: 'Batal', en: 'Cancel' },
  renamed: { id: 'Nama layar sekarang “{name}”.', en: 'The screen is now called “{name}”.' },
  revoked: { id: 'Izin “{name}” sudah dicabut.', en: '“{name}” is revoked.' },
} as const;

export type Text = keyof typeof TEXTS;
export type Say = (key: Text, values?: Record<string, string>) => string;

/** A function that says the texts in one language, with {names} filled in. */
export function texts(language: Language): Say {
  return (key, values = {}) =>
    TEXTS[key][language].replaceAll(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole);
}
