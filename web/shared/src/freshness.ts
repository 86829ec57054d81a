/** How much a board can be believed right now. */
import type { LineState } from './desk.ts';

export type Broken = 'SERVER' | 'REDIS' | 'DATABASE' | 'WORKER';
export type Told = { link: string; ok: boolean; since: string };
export type Freshness = { stale: boolean; broken: Broken[]; waiting: boolean };

export const LONGEST_SILENCE_MS = 20_000;
/** A line that breaks and comes back within this time is not worth a word. */
export const GRACE_MS = 3_000;

export type LineSeen = { line: LineState; lineSince: number };

/** The line as it is now; every new try to get through is part of the same break. */
export function lineIs(line: LineState, before: LineSeen, now: number): LineSeen {
  const turned = (line === 'open') !== (before.line === 'open');
  return { line, lineSince: turned ? now : before.lineSince };
}

/**
 * What is broken, judged from the line to the server first: what the server said about its own parts is worth something
 * only while it is heard.
 */
export function freshness(
  now: number,
  heardAt: number | null,
  line: LineState,
  lineSince: number,
  links: readonly Told[],
): Freshness {
  const silent = heardAt !== null && now - heardAt > LONGEST_SILENCE_MS;
  const cut = line !== 'open' && now - lineSince > GRACE_MS;
  const broken: Broken[] = silent || cut ? ['SERVER'] : [];
  if (!silent && !cut) {
    for (const told of links) if (!told.ok) broken.push(told.link as Broken);
  }
  return { stale: heardAt !== null && broken.length > 0, broken, waiting: heardAt === null };
}
