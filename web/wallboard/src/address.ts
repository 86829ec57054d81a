/** What a screen shows is told by its address, since a screen has no hands. */
import { narrowingOf, type Field, type Narrowing } from './narrowing.ts';

const FIELDS: Record<string, Field> = {
  agency: 'agencyCode',
  category: 'categoryCode',
  channel: 'channel',
  kecamatan: 'kecamatanCode',
};

/** ?agency=PUPR&category=JALAN&channel=PHONE&kecamatan=35.71.01, each more than once; null where there is none of them. */
export function wantedBoard(given: URLSearchParams): Narrowing | null {
  const found = Object.entries(FIELDS).filter(([short]) => given.has(short));
  return found.length
    ? narrowingOf(Object.fromEntries(found.map(([short, name]) => [name, given.getAll(short)])))
    : null;
}

/** ?board=dinsos: the agency whose board a screen asks to be let in for; without one, the whole city's. */
export function boardName(given: URLSearchParams): string {
  return given.get('board') ?? 'kota';
}

/** Whether this name means the machine itself, which no telephone reaches. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || /^127\./.test(host) || /^\[(::1|::ffff:7f.*)\]$/.test(host)
  );
}
