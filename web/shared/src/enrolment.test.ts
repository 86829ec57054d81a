import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Enrolment, Lost, type Step } from './enrolment.ts';
import type { Answer, World } from './enrolment-world.ts';

type Asked = { path: string; fields: Record<string, string>; at: number };
const NOBODY = new AbortController().signal;
const HOUR = 3_600_000;

/** A server that gives these answers in turn (null: it is away), and a clock that only sleep moves. */
function stage(answers: (Answer | null)[], kept: string | null = null) {
  const asked: Asked[] = [];
  const state = { now: 0, kept };
  const world: World = {
    origin: 'http://desk.test',
    post: async (path, fields) => {
      asked.push({ path, fields, at: state.now });
      const answer = answers.shift();
      if (!answer) throw new TypeError('fetch failed');
      return answer;
    },
    kept: { read: () => state.kept, write: (refresh) => (state.kept = refresh) },
    now: () => state.now,
    sleep: async (milliseconds) => void (state.now += milliseconds),
    alone: (work) => work(),
  };
  return { asked, state, enrolment: new Enrolment('kota', world) };
}

const code = (userCode: string, more: object = {}): Answer => ({
  status: 200,
  body: { device_code: `d-${userCode}`, user_code: userCode, expires_in: 600, interval: 5, ...more },
});
const refusal = (error: string): Answer => ({ status: 400, body: { error } });
const tokens = (n: number, seconds = 86_400): Answer => ({
  status: 200,
  body: { access_token: `a${n}`, refresh_token: `r${n}`, expires_in: seconds },
});

test('shows a code, polls at its pace, slower where it is told to, and is let in', async () => {
  const { asked, state, enrolment } = stage([
    code('123456', {
      verification_uri: 'https://desk.test/activate',
      verification_uri_complete: 'https://desk.test/activate#code=123456',
      agency: { code: 'DISHUB', name: 'Dinas Perhubungan' },
      city: 'Kota Contoh',
    }),
    refusal('authorization_pending'),
    refusal('slow_down'),
    refusal('authorization_pending'),
    tokens(1),
  ]);
  const steps: Step[] = [];

  await enrolment.enrol((step) => steps.push(step), NOBODY);

  assert.deepEqual(steps[0], {
    waiting: {
      userCode: '123456',
      place: 'https://desk.test/activate',
      whole: 'https://desk.test/activate#code=123456',
      expiresAt: 600_000,
      agency: 'Dinas Perhubungan',
      city: 'Kota Contoh',
    },
    news: null,
    trouble: null,
  });
  assert.deepEqual(
    asked.map(({ path, at }) => [path, at]),
    [
      ['/oauth/device_authorization', 0],
      ['/oauth/token', 5_000],
      ['/oauth/token', 10_000],
      ['/oauth/token', 20_000],
      ['/oauth/token', 30_000],
    ],
  );
  assert.deepEqual(asked[0]!.fields, { client_id: 'surga-wallboard', scope: 'board:kota' });
  assert.deepEqual(asked[1]!.fields, {
    client_id: 'surga-wallboard',
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: 'd-123456',
  });
  assert.equal(state.kept, 'r1');
  assert.equal(await enrolment.token(), 'a1');
});

test('a denied request says so and gets a new code; an expired one gets a new code without a word', async () => {
  const { enrolment } = stage([
    code('111111'),
    refusal('access_denied'),
    code('222222'),
    refusal('expired_token'),
    code('333333'),
    tokens(1),
  ]);
  const steps: Step[] = [];

  await enrolment.enrol((step) => steps.push(step), NOBODY, 'revoked');

  const told = [...new Set(steps.map(({ waiting, news }) => `${waiting?.userCode} ${news}`))];
  assert.deepEqual(told, ['111111 revoked', '222222 denied', '333333 null']);
});

test('a code that nobody types is replaced when its time is up', async () => {
  const pending = Array.from({ length: 4 }, () => refusal('authorization_pending'));
  const { asked, enrolment } = stage([code('111111', { expires_in: 18 }), ...pending, code('222222'), tokens(1)]);

  await enrolment.enrol(() => {}, NOBODY);

  assert.deepEqual(
    asked.filter(({ path }) => path.endsWith('authorization')).map(({ at }) => at),
    [0, 18_000],
  );
});

test('a server that is away is waited for, with the code still shown', async () => {
  const { asked, enrolment } = stage([null, code('111111'), null, { status: 503, body: {} }, tokens(1)]);
  const steps: Step[] = [];

  await enrolment.enrol((step) => steps.push(step), NOBODY);

  assert.deepEqual(
    steps.map(({ waiting, trouble }) => [waiting?.userCode ?? null, trouble]),
    [
      [null, 'offline'],
      ['111111', null],
      ['111111', 'offline'],
      ['111111', 'offline'],
      ['111111', null],
    ],
  );
  const polls = asked.slice(2).map(({ at }) => Math.round(at - asked[1]!.at));
  assert.deepEqual(polls, [5_000, 15_000, 35_000]);
});

test('too many screens at one address are told so, and so is a board that does not exist', async () => {
  const crowd = { status: 429, body: { error: 'slow_down' } };
  const { enrolment } = stage([crowd, refusal('invalid_scope'), code('111111'), tokens(1)]);
  const steps: Step[] = [];

  await enrolment.enrol((step) => steps.push(step), NOBODY);

  assert.deepEqual(
    steps.slice(0, 2).map(({ trouble }) => trouble),
    ['crowded', 'unknownBoard'],
  );
});

test('a code from the address lets in once; a spent one does not', async () => {
  const { asked, enrolment } = stage([null, tokens(1), refusal('invalid_grant')]);

  assert.equal(await enrolment.useCode('X', NOBODY), true);
  assert.equal(await enrolment.useCode('X', NOBODY), false);
  assert.deepEqual(
    asked.map(({ fields }) => fields['device_code']),
    ['X', 'X', 'X'],
  );
});

test('after a reboot the kept token opens the door, and is replaced', async () => {
  const { asked, state, enrolment } = stage([tokens(2)], 'r1');

  assert.equal(enrolment.enrolled, true);
  assert.equal(await enrolment.token(), 'a2');
  assert.equal(asked[0]!.fields['refresh_token'], 'r1');
  assert.equal(state.kept, 'r2');
});

test('a token is renewed an hour before its end, once for all who ask', async () => {
  const { asked, state, enrolment } = stage([tokens(2), tokens(3)], 'r1');
  await enrolment.token();

  state.now = 23 * HOUR - 1;
  assert.deepEqual([enrolment.due, await enrolment.token()], [false, 'a2']);
  state.now = 23 * HOUR;
  assert.equal(enrolment.due, true);
  assert.deepEqual(await Promise.all([enrolment.token(), enrolment.token()]), ['a3', 'a3']);
  assert.equal(asked.length, 2);
});

test('while the server is away the old token serves to its end, and nothing is forgotten', async () => {
  const { state, enrolment } = stage([tokens(2), null, null], 'r1');
  await enrolment.token();

  state.now = 23.5 * HOUR;
  assert.equal(await enrolment.token(), 'a2');
  state.now = 24 * HOUR;
  await assert.rejects(enrolment.token(), { name: 'Error' });
  assert.equal(state.kept, 'r2');
});

test('a revoked screen forgets what it had', async () => {
  const { state, enrolment } = stage([tokens(2), refusal('invalid_grant')], 'r1');
  await enrolment.token();

  enrolment.distrust('a1'); // an old one: nothing to worry about
  assert.equal(await enrolment.token(), 'a2');
  enrolment.distrust('a2');

  await assert.rejects(enrolment.token(), Lost);
  assert.deepEqual([state.kept, enrolment.enrolled], [null, false]);
});
