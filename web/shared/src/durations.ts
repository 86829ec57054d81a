/** Lengths of time as they are read in passing: one unit, the largest that fits. */
import type { Language } from './formats.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function durations(language: Language) {
  const locale = language === 'id' ? 'id-ID' : 'en-GB';
  const of = (unit: string) => {
    const words = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' });
    return (value: number) => words.format(value);
  };
  const [second, minute, hour, day] = ['second', 'minute', 'hour', 'day'].map(of) as [Say, Say, Say, Say];
  return {
    /** e.g. 42 detik, 12 menit, 5 jam, 3 hari; never less than nothing. */
    span: (milliseconds: number) => {
      const length = Math.max(0, milliseconds);
      if (length < MINUTE) return second(Math.floor(length / SECOND));
      if (length < HOUR) return minute(Math.floor(length / MINUTE));
      if (length < 2 * DAY) return hour(Math.floor(length / HOUR));
      return day(Math.floor(length / DAY));
    },
    /** Whole seconds, however many, in few letters: a departure board counts like this. */
    seconds: (milliseconds: number) => String(Math.max(0, Math.floor(milliseconds / SECOND))),
  };
}

type Say = (value: number) => string;
