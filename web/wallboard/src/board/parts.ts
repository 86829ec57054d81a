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
};

/** Numbers from here on are said in thousands. */
const SHORT_FROM = 10_000;

/** All words and formats of a language. They are made once: a browser needs long for each of its formats. */
export function wordsOf({ language }: Pick<Settings, 'language'>): Words {
  return (made[language] ??= wordsIn(language));
}

type Words = ReturnType<typeof wordsIn>;
const made: Partial<Record<Settings['language'], Words>> = {};

function wordsIn(language: Settings['language']) {
  return { say: texts(language), ...formats(language), ...durations(language), rounded: roundNumbers(language) };
}

/** A round number in few letters: 500, 1.500, 25 rb, 2,5 jt. */
function roundNumbers(language: Settings['language']) {
  const short = new Intl.NumberFormat(language === 'id' ? 'id-ID' : 'en-GB', { notation: 'compact' });
  const { number } = formats(language);
  return (value: number) => (value < SHORT_FROM ? number(value) : short.format(value));
}

/** Whether two moments lie on the same day in WIB. */
export function sameDay(one: number | string, other: number | string): boolean {
  return dayOf(one) === dayOf(other);
}

/** The number of a day in WIB, which has no summer time. */
export function dayOf(moment: number | string): number {
  return Math.floor((new Date(moment).getTime() + 7 * 3_600_000) / 86_400_000);
}
