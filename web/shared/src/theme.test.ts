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

  assert.equal(time('2026-03-02T03:32:05Z'), '10:32:05');
  assert.equal(minute('2026-03-02T17:00:00Z'), '00:00');
  assert.equal(day('2026-03-02T17:00:00Z'), 'Selasa, 3 Maret 2026');
});

test('a countdown never goes below nothing', () => {
  const { countdown } = formats('en');

  assert.deepEqual([countdown(600_000), countdown(545_999), countdown(-5)], ['10:00', '9:05', '0:00']);
});
