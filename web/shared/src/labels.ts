/** The official words, from `surga schema --labels`; a value that this page does not know yet is shown as it is. */
import en from './labels/en.json' with { type: 'json' };
import id from './labels/id.json' with { type: 'json' };
import type { Language } from './formats.ts';

type Lists = Record<string, Record<string, string>>;

/** All values of a list, each with its words. */
export function labelled(language: Language, list: keyof typeof id): [value: string, words: string][] {
  return Object.entries((language === 'id' ? id : en)[list]);
}

export function label(language: Language, list: keyof typeof id, value: string): string {
  return ((language === 'id' ? id : en) as Lists)[list]?.[value] ?? value.replaceAll('_', ' ').toLowerCase();
}
