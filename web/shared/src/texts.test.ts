import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { TEXTS, texts } from './texts.ts';

const LANGUAGES = ['id', 'en'] as const;
const PAGES = new URL('../../wallboard/src/', import.meta.url);

test('no text stands twice', () => {
  for (const language of LANGUAGES) {
    const said = Object.values(TEXTS).map((text) => text[language]);

    assert.deepEqual(
      said.filter((text, place) => said.indexOf(text) !== place),
      [],
    );
  }
});

test('both languages leave the same places to be filled in', () => {
  const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

  for (const [key, { id, en }] of Object.entries(TEXTS)) assert.deepEqual([key, ...holes(id)], [key, ...holes(en)]);
});

test('what is given is filled in, and what is not stays as it is', () => {
  assert.equal(texts('en')('by', { t: '3 Mar 2026' }), '3 Mar 2026 by {name}');
});

test('every text is said on some page', () => {
  const files = readdirSync(PAGES, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  const sources = [new URL('formats.ts', import.meta.url), ...files.map((file) => new URL(file, PAGES))]
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');

  assert.deepEqual(
    Object.keys(TEXTS).filter((key) => !sources.includes(`'${key}'`)),
    [],
  );
});
