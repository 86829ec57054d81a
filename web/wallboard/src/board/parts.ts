/** What every panel of a board is given, and the words for it. */
import { durations } from '@surga/shared/durations';
import { formats } from '@surga/shared/formats';
import type { BoardFragment } from '@surga/shared/generated';
import { texts } from '@surga/shared/texts';
import type { Settings } from '../settings.tsx';

export type Parts = {
  board: BoardFragment;
  settings: Settings;
  /** The moment by the clock of the server, in milliseconds. */
  now: number;
  /** Whether it is the board of one agency. */
  ofAgency: boolean;
};

export function wordsOf({ language }: Settings) {
  return { say: texts(language), ...formats(language), ...durations(language) };
}

/** Whether two moments lie on the same day in WIB. */
export function sameDay(one: number | string, other: number | string): boolean {
  return dayOf(one) === dayOf(other);
}

/** The number of a day in WIB, which has no summer time. */
export function dayOf(moment: number | string): number {
  return Math.floor((new Date(moment).getTime() + 7 * 3_600_000) / 86_400_000);
}
