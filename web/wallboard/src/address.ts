/** What a screen shows is told by its address, since a screen has no hands. */
import type { BoardFilter } from '@surga/shared/generated';

const FILTERS = {
  agency: 'agencyCode',
  category: 'categoryCode',
  channel: 'channel',
  kecamatan: 'kecamatanCode',
} as const;

/** ?agency=PUPR&category=JALAN&channel=PHONE&kecamatan=35.71.01, each more than once. */
export function wantedBoard(given: URLSearchParams): BoardFilter | null {
  const found = Object.entries(FILTERS).flatMap(([short, name]) =>
    given.has(short) ? [[name, given.getAll(short)]] : [],
  );
  return found.length ? (Object.fromEntries(found) as BoardFilter) : null;
}

/** ?board=dinsos: the agency whose board a screen asks to be let in for; without one, the whole city's. */
export function boardName(given: URLSearchParams): string {
  return given.get('board') ?? 'kota';
}
