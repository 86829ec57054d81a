/** Answers as the desk gives them, and a real client that is fed with them. For tests only. */
import { readFileSync } from 'node:fs';
import { ApolloClient, ApolloLink, gql, Observable, type DocumentNode } from '@apollo/client';
import { DeskCache } from './cache.ts';

export type Fields = Record<string, any>;

export const LIST = operation('ticket-list');
export const PAGE = operation('ticket-page');
export const TIMELINE = operation('ticket-timeline');
export const ROW = gql`
  fragment Row on Ticket {
    id
    version
    status
  }
`;

export function operation(name: string): DocumentNode {
  return gql(readFileSync(new URL(`../../admin/operations/${name}.graphql`, import.meta.url), 'utf8'));
}

/** A real client whose server is a queue of ready answers. */
export function client(...answers: Fields[]): ApolloClient {
  const link = new ApolloLink(
    () =>
      new Observable((observer) => {
        setImmediate(() => {
          observer.next({ data: answers.shift()! });
          observer.complete();
        });
      }),
  );
  return new ApolloClient({ cache: new DeskCache(), link });
}

export function ticket(number: number, version: number, fields: Fields = {}): Fields {
  return {
    __typename: 'Ticket',
    id: `t${number}`,
    number: `KDR-2026-00000${number}`,
    version,
    title: `Lubang ${number}`,
    hidden: [],
    status: 'RECEIVED',
    classification: null,
    channel: 'SURGA_WEB',
    category: null,
    anonymous: false,
    confidential: false,
    supervisory: false,
    leadAgency: null,
    assignee: null,
    location: null,
    receivedAt: '2026-03-02T08:00:00+07:00',
    updatedAt: '2026-03-02T08:00:00+07:00',
    holdUntil: null,
    returnCount: 0,
    reopenCount: 0,
    handlingClass: 'ORDINARY',
    dueAt: '2026-03-23T00:00:00+07:00',
    standing: 'IN_TIME',
    closedBySilence: false,
    ...fields,
  };
}

export function details(number: number, version: number, fields: Fields = {}): Fields {
  return ticket(number, version, {
    body: 'Ada lubang di jalan.',
    reportedAgency: null,
    supportingAgencies: [],
    reporter: null,
    mergedInto: null,
    allowedMoves: [],
    answers: [],
    timeline: timeline(false),
    ...fields,
  });
}

export function answer(version: number, state: string): Fields {
  const at = '2026-03-02T08:00:00+07:00';
  return {
    __typename: 'Answer',
    id: 'a1',
    version,
    state,
    text: 'Sudah.',
    author: null,
    approver: null,
    updatedAt: at,
    sentAt: null,
  };
}

export function entry(number: number): Fields {
  const actor = { __typename: 'EventActor', kind: 'STAFF', name: 'Petugas', agency: null };
  const node = {
    __typename: 'TicketEvent',
    id: `e${number}`,
    at: '2026-03-02T08:00:00+07:00',
    kind: 'NOTE_ADDED',
    version: 1,
  };
  return {
    __typename: 'TicketEventEdge',
    cursor: `e${number}`,
    node: { ...node, visibility: 'INTERNAL', actor, from: null, to: null, text: null },
  };
}

export function timeline(hasPreviousPage: boolean, ...edges: Fields[]): Fields {
  const pageInfo = { __typename: 'PageInfo', hasPreviousPage, startCursor: edges[0]?.['cursor'] ?? null };
  return { __typename: 'TicketEventConnection', pageInfo, edges };
}

export function list(feedCursor: string, hasNextPage: boolean, ...nodes: Fields[]): Fields {
  const edges = nodes.map((node) => ({ __typename: 'TicketEdge', cursor: `after ${node['id']}`, node }));
  const pageInfo = { __typename: 'PageInfo', hasNextPage, endCursor: edges.at(-1)?.cursor ?? null };
  const of = { __typename: 'TicketConnection', feedCursor, asOf: feedCursor, searchedAlike: false };
  return { tickets: { ...of, pageInfo, edges } };
}

export async function read(desk: ApolloClient, query: DocumentNode, variables: Fields): Promise<Fields> {
  const { data } = await desk.query<Fields>({ query, variables, fetchPolicy: 'network-only' });
  return data!;
}

export function cached(desk: ApolloClient, query: DocumentNode, variables: Fields): Fields {
  return desk.readQuery<Fields>({ query, variables })!;
}

export function ids(data: Fields): string[] {
  return data['tickets'].edges.map((edge: Fields) => edge['node'].id);
}
