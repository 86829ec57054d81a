import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aboutOf } from './about.ts';

const ROADS = { code: 'PUPR', name: 'Dinas PUPR', shortName: 'PUPR' };
const HOLES = { name: 'Jalan berlubang' };
const of = (agency: typeof ROADS | null, category: typeof HOLES | null, ofOneAgency = false) =>
  aboutOf({ agency, category }, 'Belum disposisi', ofOneAgency);

test('a report that is nobody’s and about nothing yet says once that it waits for the desk', () => {
  assert.deepEqual(of(null, null), { what: 'Belum disposisi' });
});

test('whatever is known of a report is told, and what is not is one dash', () => {
  const roads = { short: 'PUPR', long: 'Dinas PUPR' };
  assert.deepEqual(of(ROADS, HOLES), { what: 'Jalan berlubang', whose: roads });
  assert.deepEqual(of(ROADS, null), { what: '–', whose: roads });
  assert.deepEqual(of(null, HOLES), { what: 'Jalan berlubang', whose: { short: '–', long: 'Belum disposisi' } });
});

test('the board of one agency names none', () => {
  assert.deepEqual(of(ROADS, null, true), { what: '–' });
});
