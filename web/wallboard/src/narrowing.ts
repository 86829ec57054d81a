/** Which part of the desk a board shows: by fields that all have to fit, each with values of which one has to. */
import type { Language } from '@surga/shared/formats';
import type { BoardChoicesQuery, BoardFilter } from '@surga/shared/generated';
import { label, labelled } from '@surga/shared/labels';
import { texts } from '@surga/shared/texts';

export const FIELDS = ['agencyCode', 'categoryCode', 'channel', 'kecamatanCode'] as const;
export type Field = (typeof FIELDS)[number];
export type Narrowing = Partial<Record<Field, string[]>>;
export type Choice = { code: string; name: string };
/** What a screen may choose from; own is the agency that it is bound to. */
export type Choices = { own: Choice | null } & Record<Exclude<Field, 'channel'>, Choice[]>;

/** Whatever was kept or given, without what is no narrowing: an empty list would match nothing. */
export function narrowingOf(given: unknown): Narrowing {
  const found = Object(given) as Record<string, unknown>;
  const kept = FIELDS.map((field) => [field, words(found[field])] as const).filter(([, values]) => values.length);
  return Object.fromEntries(kept);
}

function words(given: unknown): string[] {
  return Array.isArray(given) ? given.filter((value) => typeof value === 'string' && value !== '') : [];
}

/** As the contract wants it; null for everything. */
export function filterOf(narrowing: Narrowing): BoardFilter | null {
  return Object.keys(narrowing).length ? (narrowing as BoardFilter) : null;
}

/** What the desk has of each; what is no longer in use is left out. */
export function choicesOf({ viewer, agencies, categories, areas }: BoardChoicesQuery): Choices {
  const own = viewer?.agency ?? null;
  const below = (code: string | null) =>
    (categories ?? []).filter((each) => each.active && (each.parent?.code ?? null) === code).sort(byName);
  return {
    own,
    agencyCode: own ? [own] : (agencies ?? []).filter(({ active }) => active).sort(byName),
    categoryCode: below(null).flatMap((top) => [
      top,
      ...below(top.code).map(({ code, name }) => ({ code, name: `${top.name}: ${name}` })),
    ]),
    kecamatanCode: [...new Map((areas ?? []).map(({ code, kecamatan }) => [code.slice(0, 8), kecamatan]))]
      .map(([code, name]) => ({ code, name }))
      .sort(byName),
  };
}

function byName(one: Choice, other: Choice): number {
  return one.name.localeCompare(other.name, 'id');
}

/** The choices of one field in a language. */
export function offered(field: Field, choices: Choices, language: Language): Choice[] {
  if (field !== 'channel') return choices[field];
  return labelled(language, 'Channel').map(([code, name]) => ({ code, name }));
}

/** The words of some values of a field; a code of which nothing is known is shown as it is. */
export function named(field: Field, values: readonly string[], choices: Choices | null, language: Language): string {
  const known = choices ? offered(field, choices, language) : [];
  const word = (code: string) => (field === 'channel' ? label(language, 'Channel', code) : code);
  return values.map((code) => known.find((each) => each.code === code)?.name ?? word(code)).join(', ');
}

/** What a board is narrowed to, e.g. "Dinas Perhubungan · WhatsApp"; empty for everything. */
export function described(narrowing: Narrowing, choices: Choices | null, language: Language): string {
  const own = choices?.own && !narrowing.agencyCode ? [choices.own.name] : [];
  const parts = FIELDS.flatMap((field) => {
    const values = narrowing[field];
    if (!values) return [];
    const names = named(field, values, choices, language);
    return [field === 'kecamatanCode' ? `${texts(language)(field)} ${names}` : names];
  });
  return [...own, ...parts].join(' · ');
}
