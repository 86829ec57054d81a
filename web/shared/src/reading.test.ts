import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFar, minutesOf, USUAL_ROOM } from './reading.ts';

const [TELEVISION, LAPTOP] = [
  { width: 1920, height: 1080 },
  { width: 1366, height: 768 },
];

test('letters are reckoned by angle, not by pixels', () => {
  const fine = { width: 3840, height: 2160 };

  assert.ok(minutesOf(51, TELEVISION, USUAL_ROOM) >= 16);
  assert.ok(minutesOf(48, TELEVISION, USUAL_ROOM) < 16);
  assert.equal(minutesOf(102, fine, USUAL_ROOM), minutesOf(51, TELEVISION, USUAL_ROOM));
});

test('a wall shows all at once where its smallest word is large enough for the room', () => {
  const rooms = [
    [55, 5, true],
    [86, 5, true],
    [98, 5, false],
    [55, 2.8, false],
  ] as const;

  for (const [inches, metres, far] of rooms)
    assert.equal(isFar(TELEVISION, 1920, { inches, metres }, 'auto'), far, `${inches} inches, ${metres} m`);
});

test('who sits in front of a laptop, or has enlarged it, sees all of it', () => {
  const phone = { width: 390, height: 844 };

  assert.equal(isFar(LAPTOP, 1366, null, 'auto'), false);
  assert.equal(isFar(LAPTOP, 1366, null, 'far'), true);
  assert.equal(isFar(phone, 390, null, 'far'), false);
  assert.equal(isFar({ width: 960, height: 540 }, 1920, null, 'auto'), false);
  assert.equal(isFar(TELEVISION, 1920, null, 'near'), false);
});

test('zoom does not turn a wall into a laptop; projectors and upright screens are walls', () => {
  assert.equal(isFar({ width: 1280, height: 720 }, 1920, null, 'auto'), true);
  for (const [width, height] of [
    [1024, 768],
    [1080, 1920],
    [1200, 1600],
  ] as const)
    assert.equal(isFar({ width, height }, width, null, 'auto'), true);
});
