/** One line to the desk: urql over graphql-ws, which comes back by itself for ever, each time at a moment of its own. */
import { Client as UrqlClient, subscriptionExchange } from 'urql';
import { createClient, type Client as SocketClient } from 'graphql-ws';
import { HEARTBEAT_MS } from './freshness.ts';
import { pause } from './pause.ts';

export type LineState = 'connecting' | 'open' | 'closed';
export type Line = { urql: UrqlClient; socket: SocketClient; close: () => void };

export function openLine(options: {
  /** The socket's address, asked for before every connection. */
  url: () => string;
  /** Gives the token of the moment; called before every connection. */
  token: () => Promise<string>;
  /** Called when the desk no longer takes the token that it was given. */
  refused: (token: string) => void;
  changed: (state: LineState) => void;
  /** Called with every sign of life that is no answer. */
  alive?: () => void;
}): Line {
  let given = '';
  const socket = createClient({
    url: options.url,
    lazy: true,
    keepAlive: HEARTBEAT_MS,
    connectionAckWaitTimeout: 8_000,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: (tries) => new Promise((resolve) => setTimeout(resolve, pause(tries))),
    connectionParams: async () => ({ authorization: `Bearer ${(given = await options.token())}` }),
    on: {
      connecting: () => options.changed('connecting'),
      connected: () => options.changed('open'),
      ping: (received) => received && options.alive?.(),
      pong: (received) => received && options.alive?.(),
      closed: (event) => {
        options.changed('closed');
        if (isRefusal(event)) options.refused(given);
      },
    },
  });
  const urql = new UrqlClient({
    url: options.url(),
    preferGetMethod: false,
    exchanges: [
      subscriptionExchange({
        enableAllOperations: true, // questions go over the same line
        forwardSubscription: (operation) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ ...operation, query: operation.query ?? '' }, sink as never),
          }),
        }),
      }),
    ],
  });
  // Who closes a line that is being opened is told how that ended, which nobody needs to know any more.
  return { urql, socket, close: () => void Promise.resolve(socket.dispose()).catch(() => undefined) };
}

/** 4403: the token was refused, or is no longer good; 4401: there was none. */
function isRefusal(event: unknown): boolean {
  const code = (event as { code?: number } | null)?.code;
  return code === 4403 || code === 4401;
}
