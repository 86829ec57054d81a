import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pause } from './pause.ts';
import { freshness, lineIs, staleSince, type Heard } from './freshness.ts';

const GOOD = [
  { link: 'REDIS', ok: true, since: '' },
  { link: 'DATABASE', ok: true, since: '' },
];
const OPEN: Heard = { line: 'open', lineSince: 0, cutSince: null, heardAt: 0, wordAt: null };

/** Through what a line went, each step at its moment. */
function through(steps: readonly (readonly ['open' | 'connecting' | 'closed', number])[], before = OPEN): Heard {
  return steps.reduce((seen, [line, now]) => ({ ...seen, ...lineIs(line, seen, now) }), before);
}

test('a calm night is not a fault', () => {
  const calm = freshness(19_999, { ...OPEN, wordAt: 19_000 }, GOOD);

  assert.deepEqual(calm, { stale: false, broken: [], waiting: false, slow: false });
});

test('twenty seconds without a reading are, whatever else is heard', () => {
  assert.deepEqual(freshness(20_001, { ...OPEN, wordAt: 20_000 }, GOOD).broken, ['SERVER']);
});

test('twice the heartbeat without a word is slow, and no break yet', () => {
  assert.equal(freshness(10_000, OPEN, GOOD).slow, false);
  assert.deepEqual(freshness(10_001, OPEN, GOOD), { stale: false, broken: [], waiting: false, slow: true });
  assert.equal(freshness(10_001, { ...OPEN, wordAt: 5_000 }, GOOD).slow, false);
  assert.equal(freshness(20_001, OPEN, GOOD).slow, false);
});

test('a short break of the line is forgiven, a longer one is named', () => {
  const cut = through([['closed', 3_000]], { ...OPEN, heardAt: 2_000 });

  assert.deepEqual(freshness(6_000, cut, GOOD).broken, []);
  assert.deepEqual(freshness(6_001, cut, GOOD).broken, ['SERVER']);
});

test('a break goes on for as long as nobody gets through, however often it is tried', () => {
  const seen = through(
    [
      ['closed', 1_000],
      ['connecting', 2_000],
      ['closed', 2_100],
      ['connecting', 4_500],
    ],
    { ...OPEN, heardAt: 900 },
  );

  assert.deepEqual([seen.lineSince, seen.cutSince], [1_000, 1_000]);
  assert.deepEqual(freshness(4_501, seen, GOOD).broken, ['SERVER']);
});

test('a line that came back is believed with its first reading, and not before', () => {
  const back = through([
    ['closed', 1_000],
    ['open', 9_000],
  ]);

  assert.deepEqual(freshness(9_001, back, GOOD), { stale: true, broken: ['SERVER'], waiting: false, slow: false });
  assert.equal(freshness(9_500, { ...back, cutSince: null, heardAt: 9_400 }, GOOD).stale, false);
});

test('who renews its line in a moment is never called broken', () => {
  const renewed = through([
    ['closed', 5_000],
    ['open', 5_400],
  ]);

  assert.deepEqual(freshness(6_000, renewed, GOOD).broken, []);
});

test('the server names its own broken parts while it is heard', () => {
  const links = [{ link: 'REDIS', ok: false, since: '' }, GOOD[1]!];

  assert.deepEqual(freshness(1_000, OPEN, links), { stale: true, broken: ['REDIS'], waiting: false, slow: false });
});

test('nothing was heard yet: that is waiting, and broken only where no line is open', () => {
  const first: Heard = { ...OPEN, line: 'connecting', heardAt: null };

  assert.deepEqual(freshness(1_000, first, []), { stale: false, broken: [], waiting: true, slow: false });
  assert.deepEqual(freshness(3_001, first, []).broken, ['SERVER']);
  assert.deepEqual(freshness(60_000, { ...first, line: 'open' }, []).broken, []);
});

test('numbers are old since their reading, or since the part broke that the server named', () => {
  const asOf = '2026-03-02T03:00:00Z';
  const links = [{ link: 'REDIS', ok: false, since: '2026-03-02T02:50:00Z' }, GOOD[1]!];
  const now = Date.parse('2026-03-02T03:10:00Z');
  const of = (broken: 'SERVER' | 'REDIS') => ({ stale: true, broken: [broken], waiting: false, slow: false });

  assert.equal(staleSince(of('SERVER'), asOf, links, now), Date.parse(asOf));
  assert.equal(staleSince(of('REDIS'), asOf, links, now), Date.parse('2026-03-02T02:50:00Z'));
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
