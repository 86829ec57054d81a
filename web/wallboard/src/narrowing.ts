/** Which part of the desk a board shows: by fields that all have to fit, each with values of which one has to. */
import type { Language } from '@surga/shared/formats';
import type { BoardChoicesQuery, BoardFilter } from '@surga/shared/generated';
import { label, labelled } from '@surga/shared/labels';
import { texts } from '@surga/shared/texts';

export const FIELDS = ['agencyCode', 'categoryCode', 'channel', 'kecamatanCode'] as const;
export type Field = (typeof FIELDS)[number];
/** Letters beyond which several values are counted instead of named. */
const LONG = 60;
/** Our choice: half of the letters' pairs in common. */
const ALIKE = 0.5;

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
  const list = choices ? offered(field, choices, language) : [];
  const word = (code: string) => (field === 'channel' ? label(language, 'Channel', code) : code);
  return values.map((code) => list.find((each) => isSame(each.code, code))?.name ?? word(code)).join(', ');
}

/** The one agency whose board it is; null for several, or for the whole city. */
export function agencyOf({ agencyCode }: Narrowing, choices: Choices | null): Choice | null {
  if (!agencyCode) return choices?.own ?? null;
  return agencyCode.length === 1 ? (known('agencyCode', agencyCode[0] ?? '', choices) ?? null) : null;
}

/** What a board is narrowed to, beside the agency in its title, e.g. "WhatsApp"; empty for everything. */
export function described(
  narrowing: Narrowing,
  inTitle: boolean,
  choices: Choices | null,
  language: Language,
  longest = LONG,
): string {
  const fields = FIELDS.filter((field) => narrowing[field] && !(inTitle && field === 'agencyCode'));
  const inWords = fields.map((field) => fieldInWords(field, narrowing[field] ?? [], choices, language)).join(' · ');
  return inWords.length <= longest
    ? inWords
    : fields.map((field) => counted(field, narrowing[field] ?? [], choices, language)).join(', ');
}

function fieldInWords(field: Field, values: string[], choices: Choices | null, language: Language): string {
  const names = named(field, values, choices, language);
  return field === 'kecamatanCode' ? `${texts(language)(field)} ${names}` : names;
}

/** One by its name, several by their number. */
function counted(field: Field, values: string[], choices: Choices | null, language: Language): string {
  if (values.length === 1) return fieldInWords(field, values, choices, language);
  return `${values.length} ${texts(language)(field).toLowerCase()}`;
}

function known(field: Field, code: string, choices: Choices | null): Choice | undefined {
  return choices ? offered(field, choices, 'id').find((each) => isSame(each.code, code)) : undefined;
}

/** Codes are the same in any case, as the desk takes them. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Which parts of the address the desk does not have, each with the known ones that are most like it. */
export function unknownWords(narrowing: Narrowing, choices: Choices | null, language: Language): string {
  if (choices === null) return '';
  const say = texts(language);
  const lost = FIELDS.flatMap((field) =>
    (narrowing[field] ?? []).filter((code) => !known(field, code, choices)).map((code) => ({ field, code })),
  );
  return lost
    .map(({ field, code }) => {
      const alike = nearest(code, offered(field, choices, language));
      const values = { field: say(field), code, alike: alike.map((each) => each.code).join(', ') };
      return say(alike.length ? 'unknownAlike' : 'unknownCode', values);
    })
    .join(' ');
}

function nearest(code: string, choices: Choice[]): Choice[] {
  const pairs = choices.map((choice) => ({ choice, alike: likeness(code, choice) }));
  return pairs
    .filter(({ alike }) => alike >= ALIKE)
    .sort((one, other) => other.alike - one.alike)
    .slice(0, 3)
    .map(({ choice }) => choice);
}

/** By the pairs of letters that a code has in common with a choice's code or name: 0 for none, 1 for all. */
function likeness(code: string, { code: known, name }: Choice): number {
  return Math.max(shared(code, known), shared(code, name));
}

function shared(one: string, other: string): number {
  const [ours, theirs] = [pairsOf(one), pairsOf(other)];
  const common = [...ours].filter((pair) => theirs.has(pair)).length;
  return (2 * common) / Math.max(1, ours.size + theirs.size);
}

function pairsOf(word: string): Set<string> {
  const letters = word.toLowerCase();
  return new Set([...letters].slice(1).map((letter, place) => letters.charAt(place) + letter));
}
