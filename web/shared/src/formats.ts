/** Numbers, days and times as an officer in Kediri reads them: always in WIB, whatever the screen's own zone is. */
import { texts } from './texts.ts';

const ZONE = 'Asia/Jakarta';

export type Language = 'id' | 'en';

export function formats(language: Language) {
  const locale = language === 'id' ? 'id-ID' : 'en-GB';
  const time = new Intl.DateTimeFormat(locale, { timeZone: ZONE, timeStyle: 'medium' });
  const minute = new Intl.DateTimeFormat(locale, { timeZone: ZONE, timeStyle: 'short' });
  const day = new Intl.DateTimeFormat(locale, {
    timeZone: ZONE,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });
  const date = new Intl.DateTimeFormat(locale, { timeZone: ZONE, dateStyle: 'medium' });
  const short = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'short' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'long' });
  const number = new Intl.NumberFormat(locale);
  return {
    /** e.g. 10:32:05 */
    time: (moment: string | number | Date) => time.format(new Date(moment)).replaceAll('.', ':'),
    minute: (moment: string | number | Date) => minute.format(new Date(moment)).replaceAll('.', ':'),
    day: (moment: string | number | Date) => day.format(new Date(moment)),
    /** A day in few words, e.g. 3 Mar 2026. */
    date: (moment: string | number | Date) => date.format(new Date(moment)),
    /** A day of the trend, e.g. 3 Mar. */
    short: (isoDay: string) => short.format(new Date(`${isoDay}T00:00:00Z`)),
    number: (value: number) => number.format(value),
    /** Minutes and seconds that are left, e.g. 9:05. */
    countdown: (milliseconds: number) => {
      const seconds = Math.max(0, Math.floor(milliseconds / 1000));
      return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    },
    /** How long ago, in the largest fitting unit. */
    age: (moment: string, now: number) => {
      const minutes = Math.floor((now - Date.parse(moment)) / 60_000);
      if (minutes < 1) return texts(language)('justNow');
      if (minutes < 60) return relative.format(-minutes, 'minute');
      if (minutes < 48 * 60) return relative.format(-Math.floor(minutes / 60), 'hour');
      return relative.format(-Math.floor(minutes / 1440), 'day');
    },
  };
}

/** The hour in WIB, 0 to 23. */
export function hourOf(now: number): number {
  return new Date(now + 7 * 3_600_000).getUTCHours();
}
