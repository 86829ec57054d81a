import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pause } from './pause.ts';
import { freshness, lineIs, type LineSeen } from './freshness.ts';

const GOOD = [
  { link: 'REDIS', ok: true, since: '' },
  { link: 'DATABASE', ok: true, since: '' },
];

test('a calm night is not a fault', () => {
  assert.deepEqual(freshness(19_999, 0, 'open', 0, GOOD), { stale: false, broken: [], waiting: false });
});

test('twenty seconds of silence are', () => {
  assert.deepEqual(freshness(20_001, 0, 'open', 0, GOOD).broken, ['SERVER']);
});

test('a short break of the line is forgiven, a longer one is named', () => {
  assert.deepEqual(freshness(5_000, 4_000, 'connecting', 3_000, GOOD).broken, []);
  assert.deepEqual(freshness(6_001, 4_000, 'closed', 3_000, GOOD).broken, ['SERVER']);
});

test('a break goes on for as long as nobody gets through, however often it is tried', () => {
  let seen: LineSeen = { line: 'open', lineSince: 0 };
  for (const [line, now] of [
    ['closed', 1_000],
    ['connecting', 2_000],
    ['closed', 2_100],
    ['connecting', 4_500],
  ] as const)
    seen = lineIs(line, seen, now);

  assert.deepEqual(seen, { line: 'connecting', lineSince: 1_000 });
  assert.deepEqual(freshness(4_501, 900, seen.line, seen.lineSince, GOOD).broken, ['SERVER']);
  assert.deepEqual(lineIs('open', seen, 5_000), { line: 'open', lineSince: 5_000 });
});

test('the server names its own broken parts while it is heard', () => {
  const links = [{ link: 'REDIS', ok: false, since: '' }, GOOD[1]!];
  assert.deepEqual(freshness(1_000, 0, 'open', 0, links), { stale: true, broken: ['REDIS'], waiting: false });
});

test('nothing was heard yet: that is waiting', () => {
  assert.equal(freshness(1_000, null, 'connecting', 0, []).waiting, true);
});

test('pauses grow, are spread, and end at fifteen seconds', () => {
  assert.equal(
    pause(0, () => 0),
    250,
  );
  assert.equal(
    pause(0, () => 1),
    500,
  );
  assert.equal(
    pause(20, () => 1),
    15_000,
  );
});
