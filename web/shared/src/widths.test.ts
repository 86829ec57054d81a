import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durations } from './durations.ts';
import { marksUpTo } from './scale.ts';
import { emsOf, widthOf } from './widths.ts';

test('a scale ends above the most, in few round steps of whole numbers', () => {
  assert.deepEqual(marksUpTo(0), [0, 1, 2, 3, 4]);
  assert.deepEqual(marksUpTo(53), [0, 20, 40, 60]);
  assert.deepEqual(marksUpTo(1_160), [0, 500, 1_000, 1_500]);
  assert.deepEqual(marksUpTo(94_659), [0, 25_000, 50_000, 75_000, 100_000]);
});

test('every scale holds what is drawn on it', () => {
  for (let most = 0; most < 3_000; most++) {
    const marks = marksUpTo(most);

    assert.ok(marks.at(-1)! >= most && marks.length >= 3 && marks.length <= 5, `${most}: ${marks}`);
    assert.ok(marks.every(Number.isInteger));
  }
});

test('a longer figure is wider, and a short one is no reason for giant letters', () => {
  assert.equal(widthOf('3'), widthOf('372'));
  assert.ok(widthOf('8.086') > widthOf('372'));
  assert.ok(widthOf('94.659') > widthOf('8.086'));
});

test('a table is as wide as the widest of each column', () => {
  const rows = [
    ['Dishub', '1.234'],
    ['Dispendukcapil', '3'],
  ];

  assert.equal(emsOf(rows), emsOf([['Dispendukcapil', '1.234']]));
  assert.equal(emsOf([]), 0);
});

test('a length of time is said in the largest unit that fits', () => {
  const { span, seconds } = durations('id');

  assert.deepEqual([-5, 42_999, 12 * 60_000, 47 * 3_600_000, 72 * 3_600_000].map(span), [
    '0 detik',
    '42 detik',
    '12 menit',
    '47 jam',
    '3 hari',
  ]);
  assert.deepEqual([-1, 3_999, 71_000].map(seconds), ['0', '3', '71']);
});
