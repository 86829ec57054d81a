import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openLine, type LineState } from './desk.ts';

test('a line that is closed between two tries ends without a complaint', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const states: LineState[] = [];
  const complaints: unknown[] = [];
  const complain = (problem: unknown) => complaints.push(problem);
  process.on('unhandledRejection', complain);

  let lose = () => {};
  const lost = new Promise<void>((resolve) => (lose = resolve));
  const line = openLine({
    url: () => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: async () => 'none',
    refused: () => undefined,
    changed: (state) => {
      states.push(state);
      if (state === 'closed') setTimeout(lose); // by then it waits for its next try
    },
  });
  const watched = new Promise<void>((complete, error) => {
    const query = 'subscription { wallboard { cursor } }';
    const unsubscribe = line.socket.subscribe({ query }, { next: () => undefined, error, complete });
    void lost.then(unsubscribe).then(line.close);
  });
  await watched;
  await new Promise((resolve) => setTimeout(resolve)); // a rejection that nobody handles is told after this turn
  process.off('unhandledRejection', complain);
  server.close();

  assert.deepEqual(states, ['connecting', 'closed']);
  assert.deepEqual(complaints, []);
});
