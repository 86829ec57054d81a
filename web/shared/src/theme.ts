/** Dark or light: as somebody chose, or by the hour in WIB. */
import { hourOf } from './formats.ts';

export type Theme = 'auto' | 'dark' | 'light';

const DAY_BEGINS = 6;
const DAY_ENDS = 18;

export function themeOf(theme: Theme, now: number): 'dark' | 'light' {
  if (theme !== 'auto') return theme;
  const hour = hourOf(now);
  return hour >= DAY_BEGINS && hour < DAY_ENDS ? 'light' : 'dark';
}
