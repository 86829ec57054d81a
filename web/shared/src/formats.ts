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
  const number = new Intl.NumberFormat(locale);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'long' });
  /** A length of time in one unit, e.g. 29 hari. */
  const length = (value: number, unit: string) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
  return {
    /** A time of the day as the language writes it: 10.32.05 in Indonesian (EYD V), 10:32:05 in English. */
    time: (moment: string | number | Date) => time.format(new Date(moment)),
    minute: (moment: string | number | Date) => minute.format(new Date(moment)),
    day: (moment: string | number | Date) => day.format(new Date(moment)),
    /** A day in few words, e.g. 3 Mar 2026. */
    date: (moment: string | number | Date) => date.format(new Date(moment)),
    /** A day of the trend, e.g. 3 Mar. */
    short: (isoDay: string) => short.format(new Date(`${isoDay}T00:00:00Z`)),
    number: (value: number) => number.format(value),
    /** e.g. 3 hari kerja; English tells one from several. */
    workingDays: (days: number) =>
      `${number.format(days)} ${language === 'id' ? 'hari kerja' : days === 1 ? 'working day' : 'working days'}`,
    /** Minutes and seconds that are left, e.g. 9 menit 5 detik. */
    countdown: (milliseconds: number) => {
      const left = Math.max(0, Math.floor(milliseconds / 1000));
      const [minutes, seconds] = [Math.floor(left / 60), left % 60];
      const parts = [minutes && length(minutes, 'minute'), (seconds || !minutes) && length(seconds, 'second')];
      return parts.filter(Boolean).join(' ');
    },
    /** When that was, e.g. 5 menit yang lalu. */
    age: (moment: string, now: number) => {
      const [value, unit] = since(moment, now);
      return value < 1 ? texts(language)('justNow') : relative.format(-value, unit);
    },
    /** How long that has lasted, e.g. 29 hari; days are days of the calendar. */
    waited: (moment: string, now: number) => {
      const [value, unit] = since(moment, now);
      return value < 1 ? texts(language)('underAMinute') : length(value, unit);
    },
  };
}

/** The time since then in the largest fitting unit. */
function since(moment: string, now: number): [value: number, unit: 'minute' | 'hour' | 'day'] {
  const minutes = Math.floor((now - Date.parse(moment)) / 60_000);
  if (minutes < 60) return [minutes, 'minute'];
  return minutes < 48 * 60 ? [Math.floor(minutes / 60), 'hour'] : [Math.floor(minutes / 1440), 'day'];
}

/** The hour in WIB, 0 to 23. */
export function hourOf(now: number): number {
  return new Date(now + 7 * 3_600_000).getUTCHours();
}
