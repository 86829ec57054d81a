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
  const lost = Promise.withResolvers<void>();

  const line = openLine({
    url: () => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: async () => 'none',
    refused: () => undefined,
    changed: (state) => {
      states.push(state);
      if (state === 'closed') setTimeout(lost.resolve); // by then it waits for its next try
    },
  });
  const ended = Promise.withResolvers<void>();
  const unsubscribe = line.socket.subscribe(
    { query: 'subscription { wallboard { cursor } }' },
    { next: () => undefined, error: ended.reject, complete: ended.resolve },
  );
  await lost.promise;
  unsubscribe();
  line.close();
  await ended.promise;
  await new Promise((resolve) => setTimeout(resolve)); // a rejection that nobody handles is told after this turn
  process.off('unhandledRejection', complain);
  server.close();

  assert.deepEqual(states, ['connecting', 'closed']);
  assert.deepEqual(complaints, []);
});
