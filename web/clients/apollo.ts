import { ApolloClient, ApolloLink, gql, HttpLink } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { DeskCache } from '@surga/shared/cache';
import { bearer, type Address, type Desk, type Fields, type Watch } from './desk.ts';

/** Apollo Client with the desk's own cache: HTTP for queries and mutations, a socket for subscriptions. */
export function open(address: Address): Desk {
  const socket = createClient({ url: address.ws, connectionParams: bearer(address), retryAttempts: 0 });
  const client = new ApolloClient({
    cache: new DeskCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: address.graphql, headers: bearer(address) }),
    ),
  });
  return {
    query: async (document, variables) => {
      const { data } = await client.query<Fields>({ query: gql(document), variables, fetchPolicy: 'network-only' });
      return data!;
    },
    mutate: async (document, variables) => {
      const { data } = await client.mutate<Fields>({ mutation: gql(document), variables });
      return data!;
    },
    watch: (document, variables, next) => ({
      cut: () => socket.terminate(),
      ended: watch(client, document, variables, next),
    }),
    close: async () => {
      client.stop();
      await socket.dispose();
    },
  };
}

function watch(
  client: ApolloClient,
  document: string,
  variables: Fields,
  next: (data: Fields) => void,
): Watch['ended'] {
  return new Promise((resolve) => {
    client.subscribe<Fields>({ query: gql(document), variables }).subscribe({
      // Apollo hands errors on as a result too.
      next: ({ data, error }) => (data ? next(data) : resolve(error)),
      error: resolve,
      complete: () => resolve('completed'),
    });
  });
}
