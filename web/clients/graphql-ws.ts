import { createClient, type Client } from 'graphql-ws';
import { bearer, type Address, type Desk, type Fields, type Watch } from './desk.ts';

/** npm graphql-ws alone: queries and mutations go over the socket too. */
export function open(address: Address): Desk {
  const connect = () =>
    createClient({ url: address.ws, connectionParams: bearer(address), retryAttempts: 0, lazyCloseTimeout: 1_000 });
  const client = connect();
  const lines: Client[] = [];
  const ask = (query: string, variables: Fields = {}) => first(client, query, variables);
  return {
    query: ask,
    mutate: ask,
    // A line of its own, so that cutting it cuts nothing else.
    watch: (query, variables, next) => {
      const line = connect();
      lines.push(line);
      return watch(line, query, variables, next);
    },
    close: async () => [client, ...lines].forEach((each) => void each.dispose()),
  };
}

async function first(client: Client, query: string, variables: Fields): Promise<Fields> {
  for await (const result of client.iterate<Fields>({ query, variables })) {
    if (result.errors) throw new Error(JSON.stringify(result.errors));
    return result.data!;
  }
  throw new Error('completed without an answer');
}

/** Also what other clients use for their subscriptions. */
export function watch(client: Client, query: string, variables: Fields, next: (data: Fields) => void): Watch {
  const ended = new Promise<unknown>((resolve) => {
    client.subscribe<Fields>(
      { query, variables },
      {
        next: (result) => (result.data ? next(result.data) : resolve(result.errors)),
        error: resolve,
        complete: () => resolve('completed'),
      },
    );
  });
  return { cut: () => client.terminate(), ended };
}
