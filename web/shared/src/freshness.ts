/** How much a board can be believed right now. */
import type { LineState } from './desk.ts';

export type Broken = 'SERVER' | 'REDIS' | 'DATABASE' | 'WORKER' | 'CLOCKS';
export type Told = { link: string; ok: boolean; since: string };
/** slow: nothing was heard for twice the heartbeat of the line, which is not yet a break. */
export type Freshness = { stale: boolean; broken: Broken[]; waiting: boolean; slow: boolean };

export const LONGEST_SILENCE_MS = 20_000;
/** How often a line asks the server for a sign of life. */
export const HEARTBEAT_MS = 5_000;
export const SLOW_MS = 2 * HEARTBEAT_MS;
/** A line that breaks and comes back within this time is not worth a word. */
export const GRACE_MS = 3_000;

export type LineSeen = {
  line: LineState;
  lineSince: number;
  /** When the break began that no reading has ended yet; null where there is none. */
  cutSince: number | null;
  heardAt: number | null;
};
/** As the line was seen; wordAt is when the server said anything at all, readings included. */
export type Heard = LineSeen & { wordAt: number | null };

/** The line as it is now; every new try to get through is part of the same break. */
export function lineIs(
  line: LineState,
  before: LineSeen,
  now: number,
): Pick<LineSeen, 'line' | 'lineSince' | 'cutSince'> {
  const turned = (line === 'open') !== (before.line === 'open');
  const cut = line !== 'open' && before.heardAt !== null;
  return { line, lineSince: turned ? now : before.lineSince, cutSince: before.cutSince ?? (cut ? now : null) };
}

/**
 * What is broken, judged from the line to the server first: what the server said about its own parts is worth something
 * only while it is heard. A line that came back proves nothing before its first reading.
 */
export function freshness(now: number, seen: Heard, links: readonly Told[]): Freshness {
  const { heardAt, wordAt } = seen;
  const silent = heardAt !== null && now - heardAt > LONGEST_SILENCE_MS;
  const lost = silent || isCut(now, seen);
  const broken: Broken[] = lost ? ['SERVER'] : links.filter(({ ok }) => !ok).map(({ link }) => link as Broken);
  const slow = now - Math.max(heardAt ?? now, wordAt ?? 0) > SLOW_MS;
  return { stale: heardAt !== null && broken.length > 0, broken, waiting: heardAt === null, slow: slow && !lost };
}

function isCut(now: number, { heardAt, line, lineSince, cutSince }: LineSeen): boolean {
  if (heardAt === null) return line !== 'open' && now - lineSince > GRACE_MS;
  return cutSince !== null && now - cutSince > GRACE_MS;
}

/** Since when the numbers are not those of now: the moment of the last reading, or that of the part that broke. */
export function staleSince({ broken }: Freshness, asOf: string, links: readonly Told[], now: number): number {
  if (broken.includes('SERVER')) return Date.parse(asOf);
  const moments = links.filter(({ ok }) => !ok).map(({ since }) => Date.parse(since));
  return Math.min(now, ...moments);
}
