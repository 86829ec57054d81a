/**
 * Works with the stores that foreign projects have, with the files that web/shared/contract gives them, and persisted queries on.
 * usage: node --conditions=development stores.ts STORE GRAPHQL_URL, with the token in SURGA_TOKEN; the report is one JSON line.
 */
import { createHash } from 'node:crypto';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { ApolloLink } from '@apollo/client/link';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { possibleTypes, typePolicies } from '@surga/shared/contract/apollo';
import { graphcache } from '@surga/shared/contract/urql';
import { Client, fetchExchange, type RequestPolicy } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { persistedExchange } from '@urql/exchange-persisted';
import { operation, type Fields } from './desk.ts';
import { counted, heard } from './warnings.ts';

type Ask = (document: string, variables?: Fields) => Promise<Fields>;
type Store = { ask: Ask; change: Ask; cached: Ask; close: () => void };

const [name = '', graphql = ''] = process.argv.slice(2);
const headers = { authorization: `Bearer ${process.env['SURGA_TOKEN'] ?? ''}` };
const requests = counted();
const print = console.log;
const said = heard();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Apollo Client with data masking, as its documentation shows it. */
function apollo(useGETForHashedQueries: boolean): Store {
  const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries });
  const http = new HttpLink({ uri: graphql, headers, fetch: requests.fetch });
  const client = new ApolloClient({
    cache: new InMemoryCache({ typePolicies, possibleTypes }),
    link: ApolloLink.from([persisted, http]),
    dataMasking: true,
  });
  const ask = (fetchPolicy: 'network-only' | 'cache-only') => async (document: string, variables?: Fields) =>
    (await client.query<Fields>({ query: gql(document), variables, fetchPolicy })).data!;
  return {
    ask: ask('network-only'),
    cached: ask('cache-only'),
    change: async (document, variables) => (await client.mutate<Fields>({ mutation: gql(document), variables })).data!,
    close: () => client.stop(),
  };
}

/** urql with Graphcache, as its documentation shows it. */
function urql(preferGetForPersistedQueries: boolean): Store {
  const client = new Client({
    url: graphql,
    fetch: requests.fetch,
    fetchOptions: { headers },
    preferGetMethod: false,
    exchanges: [cacheExchange(graphcache), persistedExchange({ preferGetForPersistedQueries }), fetchExchange],
  });
  const ask =
    (requestPolicy: RequestPolicy) =>
    async (document: string, variables: Fields = {}) => {
      const { data, error } = await client.query<Fields>(document, variables, { requestPolicy }).toPromise();
      if (error) throw error;
      return data!;
    };
  return {
    ask: ask('network-only'),
    cached: ask('cache-only'),
    change: async (document, variables) => {
      const { data, error } = await client.mutation<Fields>(document, variables).toPromise();
      if (error) throw error;
      return data!;
    },
    close: () => undefined,
  };
}

/** What pages of officers ask, twice over with other selections, so that a store has to join what it knows. */
async function work(store: Store): Promise<Fields> {
  const asked = ['viewer', 'worklists', 'agencies', 'categories', 'areas', 'viewer', 'worklists', 'agencies'];
  for (const each of asked) await store.ask(operation(each));
  const filter = { open: true };
  const places = new Set<string>();
  let after: string | null = null;
  for (let more = true; more;) {
    const { tickets }: Fields = await store.ask(operation('ticket-list'), {
      filter,
      first: 2,
      after,
      withTotal: !after,
    });
    places.add(tickets.feedCursor);
    after = tickets.pageInfo.endCursor;
    more = tickets.pageInfo.hasNextPage;
  }
  const { tickets } = await store.ask(NUMBERS);
  const { id, number, version } = tickets.edges[0].node;
  await store.ask(operation('ticket-page'), { number, entries: 1 });
  await store.ask(operation('ticket-page'), { id, entries: 5 });
  await store.ask(operation('ticket-row'), { id });
  await store.ask(PLACE, { id });
  const { ticket } = await store.ask(operation('ticket-timeline'), { id, entries: 1 });
  await store.ask(operation('ticket-timeline'), { id, entries: 5, before: ticket.timeline.pageInfo.startCursor });
  await store.ask(operation('officers'), { first: 1 });
  await store.ask(operation('ticket-status-changes'), { first: 5 });
  const input = { id, expectedVersion: version, classification: 'COMPLAINT' };
  const first = await store.change(operation('verify-ticket'), { input });
  const second = await store.change(operation('verify-ticket'), { input });
  const refused = second['verifyTicket'].errors[0].__typename;
  return { places: places.size, moved: first['verifyTicket'].errors.length === 0, refused };
}

const NUMBERS = `query Numbers { tickets(first: 5, filter: { status: [RECEIVED] }) { edges { node { id number version } } } }`;
const PLACE = `query Place($id: ID!) { ticket(id: $id) { id location { address } hidden { field } answers { id } } }`;

const STORES: Record<string, (byGet: boolean) => Store> = { apollo, urql };
const worked: Fields[] = [];
for (const byGet of [false, true]) {
  const store = STORES[name]!(byGet);
  worked.push(await work(store));
  store.close();
}
print(JSON.stringify({ worked, said, hashes: requests.hashes(), texts: requests.texts() > 0 }));
