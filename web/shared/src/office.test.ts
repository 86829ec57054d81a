import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { gql } from 'urql';
import { NoAnswer, Office } from './office.ts';

const VIEWER = gql<{ viewer: { name: string } }, Record<string, never>>('query Viewer { viewer { name } }');
const SIGN_OUT = gql<{ signOut: boolean }, Record<string, never>>('mutation SignOut { signOut }');

/** The time limits that were set, each ended by hand: a driven clock. */
let limits: { ms: number; end: () => void }[] = [];

beforeEach(() => {
  limits = [];
  Object.assign(globalThis, { location: { origin: 'http://desk' } });
  mock.method(AbortSignal, 'timeout', (ms: number) => {
    const limit = new AbortController();
    limits.push({ ms, end: () => limit.abort(new DOMException('too late', 'TimeoutError')) });
    return limit.signal;
  });
});
afterEach(() => mock.restoreAll());

/** A desk that takes every request and answers none; asked is called with each. */
function frozen(asked: () => void): void {
  mock.method(globalThis, 'fetch', (_: unknown, { signal }: RequestInit) => {
    const never = new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    asked();
    return never;
  });
}

for (const [kind, begin] of [
  ['query', (office: Office) => office.ask(VIEWER, {})],
  ['mutation', (office: Office) => office.change(SIGN_OUT, {})],
] as const) {
  test(`a ${kind} that a frozen desk never answers is told as not reached after 10 seconds`, async () => {
    const asked = new Promise<void>((resolve) => frozen(resolve));
    let settled = false;
    const answer = begin(new Office('id', () => assert.fail('the session has not ended')));
    void answer.catch(() => (settled = true));

    await asked;
    const before = settled;
    assert.deepEqual(
      limits.map(({ ms }) => ms),
      [10_000],
    );
    limits[0]?.end();

    await assert.rejects(answer, (error: NoAnswer) => error instanceof NoAnswer && error.code === 'NETWORK');
    assert.equal(before, false);
  });
}

test('an answer in time is given as it is', async () => {
  mock.method(globalThis, 'fetch', () =>
    Promise.resolve(
      new Response('{"data":{"viewer":{"name":"Siti"}}}', { headers: { 'content-type': 'application/json' } }),
    ),
  );

  assert.deepEqual(await new Office('id', () => {}).ask(VIEWER, {}), { viewer: { name: 'Siti' } });
});
