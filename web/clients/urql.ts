import { Client, fetchExchange, subscriptionExchange, type OperationResult } from '@urql/core';
import { createClient } from 'graphql-ws';
import { bearer, type Address, type Desk, type Fields } from './desk.ts';

/** urql: HTTP for queries and mutations, a socket for subscriptions, as its documentation shows. */
export function open(address: Address): Desk {
  const socket = createClient({ url: address.ws, connectionParams: bearer(address), retryAttempts: 0 });
  const client = new Client({
    url: address.graphql,
    fetchOptions: { headers: bearer(address) },
    preferGetMethod: false,
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query: query!, variables }, sink as never) }),
        }),
      }),
    ],
  });
  return {
    query: async (document, variables) => answer(await client.query(document, variables ?? {}).toPromise()),
    mutate: async (document, variables) => answer(await client.mutation(document, variables).toPromise()),
    watch: (document, variables, next) => {
      const ended = new Promise<unknown>((resolve) => {
        client.subscription<Fields>(document, variables).subscribe(({ data, error }) => {
          if (error) resolve(error);
          else if (data) next(data);
        });
      });
      return { cut: () => socket.terminate(), ended };
    },
    close: async () => socket.dispose(),
  };
}

function answer({ data, error }: OperationResult<Fields>): Fields {
  if (error) throw error;
  return data!;
}
