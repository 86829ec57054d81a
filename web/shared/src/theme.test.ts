import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formats } from './formats.ts';
import { themeOf } from './theme.ts';

test('by the hour it is light from six to six in WIB, whatever the zone of the screen', () => {
  const at = (moment: string) => themeOf('auto', Date.parse(moment));

  assert.deepEqual(
    ['2026-03-01T22:59:59Z', '2026-03-01T23:00:00Z', '2026-03-02T10:59:59Z', '2026-03-02T11:00:00Z'].map(at),
    ['dark', 'light', 'light', 'dark'],
  );
});

test('what somebody chose stays at every hour', () => {
  assert.equal(themeOf('dark', Date.parse('2026-03-02T05:00:00Z')), 'dark');
  assert.equal(themeOf('light', Date.parse('2026-03-02T17:00:00Z')), 'light');
});

test('times are written in WIB', () => {
  const { time, minute, day } = formats('id');

  assert.equal(time('2026-03-02T03:32:05Z'), '10.32.05');
  assert.equal(minute('2026-03-02T17:00:00Z'), '00.00');
  assert.equal(day('2026-03-02T17:00:00Z'), 'Selasa, 3 Maret 2026');
});

test('times are written as each language writes them', () => {
  assert.equal(formats('en').time('2026-03-02T03:32:05Z'), '10:32:05');
});

test('what is left is said in words, and never goes below nothing', () => {
  const lengths = [600_000, 599_999, 61_000, 59_000, -5];

  assert.deepEqual(lengths.map(formats('id').countdown), [
    '10 menit',
    '9 menit 59 detik',
    '1 menit 1 detik',
    '59 detik',
    '0 detik',
  ]);
  assert.equal(formats('en').countdown(61_000), '1 minute 1 second');
});

test('how long something waits is a length of time, and when it was a point in it', () => {
  const { age, waited } = formats('id');
  const since = (minutes: number) => waited(new Date(0).toISOString(), minutes * 60_000);

  assert.deepEqual([0, 1, 59, 60, 47 * 60, 48 * 60, 29 * 1440].map(since), [
    'kurang dari 1 menit',
    '1 menit',
    '59 menit',
    '1 jam',
    '47 jam',
    '2 hari',
    '29 hari',
  ]);
  assert.equal(age(new Date(0).toISOString(), 29 * 1440 * 60_000), '29 hari yang lalu');
});
