import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ApolloClient, ApolloLink, gql, Observable, type DocumentNode } from '@apollo/client';
import { DeskCache } from './cache.ts';

type Fields = Record<string, any>;

const LIST = operation('ticket-list');
const PAGE = operation('ticket-page');
const TIMELINE = operation('ticket-timeline');
const ROW = gql`
  fragment Row on Ticket {
    id
    version
    status
  }
`;

function operation(name: string): DocumentNode {
  return gql(readFileSync(new URL(`../../admin/operations/${name}.graphql`, import.meta.url), 'utf8'));
}

/** A real client whose server is a queue of ready answers. */
function client(...answers: Fields[]): ApolloClient {
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

function ticket(number: number, version: number, fields: Fields = {}): Fields {
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
    ...fields,
  };
}

function details(number: number, version: number, fields: Fields = {}): Fields {
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

function answer(version: number, state: string): Fields {
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

function entry(number: number): Fields {
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

function timeline(hasPreviousPage: boolean, ...edges: Fields[]): Fields {
  const pageInfo = { __typename: 'PageInfo', hasPreviousPage, startCursor: edges[0]?.['cursor'] ?? null };
  return { __typename: 'TicketEventConnection', pageInfo, edges };
}

function list(feedCursor: string, hasNextPage: boolean, ...nodes: Fields[]): Fields {
  const edges = nodes.map((node) => ({ __typename: 'TicketEdge', cursor: `after ${node['id']}`, node }));
  const pageInfo = { __typename: 'PageInfo', hasNextPage, endCursor: edges.at(-1)?.cursor ?? null };
  return { tickets: { __typename: 'TicketConnection', feedCursor, asOf: feedCursor, pageInfo, edges } };
}

async function read(desk: ApolloClient, query: DocumentNode, variables: Fields): Promise<Fields> {
  const { data } = await desk.query<Fields>({ query, variables, fetchPolicy: 'network-only' });
  return data!;
}

function cached(desk: ApolloClient, query: DocumentNode, variables: Fields): Fields {
  return desk.readQuery<Fields>({ query, variables })!;
}

function ids(data: Fields): string[] {
  return data['tickets'].edges.map((edge: Fields) => edge['node'].id);
}

test('pages of one filter and order are one list', async () => {
  const desk = client(list('10', true, ticket(1, 1), ticket(2, 1)), list('11', false, ticket(3, 1)));

  await read(desk, LIST, { filter: { open: true } });
  await read(desk, LIST, { filter: { open: true }, after: 'after t2' });

  const data = cached(desk, LIST, { filter: { open: true } });
  assert.deepEqual(ids(data), ['t1', 't2', 't3']);
  assert.equal(data['tickets'].pageInfo.hasNextPage, false);
});

test('another filter or order is another list', async () => {
  const desk = client(
    list('10', false, ticket(1, 1)),
    list('10', false, ticket(2, 1)),
    list('10', false, ticket(3, 1)),
  );

  await read(desk, LIST, { filter: { open: true } });
  await read(desk, LIST, { filter: { open: false } });
  await read(desk, LIST, { filter: { open: true }, orderBy: 'OLDEST_FIRST' });

  assert.deepEqual(ids(cached(desk, LIST, { filter: { open: true } })), ['t1']);
  assert.deepEqual(ids(cached(desk, LIST, { filter: { open: false } })), ['t2']);
  assert.deepEqual(ids(cached(desk, LIST, { filter: { open: true }, orderBy: 'OLDEST_FIRST' })), ['t3']);
});

test("a list keeps its first page's feed cursor, time and total", async () => {
  const first = list('10', true, ticket(1, 1));
  first['tickets'].totalCount = 2;
  const desk = client(first, list('11', false, ticket(2, 1)));

  await read(desk, LIST, { withTotal: true });
  await read(desk, LIST, { after: 'after t1' });

  const { feedCursor, asOf, totalCount } = cached(desk, LIST, { withTotal: true })['tickets'];
  assert.deepEqual([feedCursor, asOf, totalCount], ['10', '10', 2]);
});

test('a first page that is read again starts the list anew', async () => {
  const desk = client(list('10', true, ticket(1, 1)), list('11', false, ticket(2, 1)), list('12', true, ticket(3, 1)));

  await read(desk, LIST, {});
  await read(desk, LIST, { after: 'after t1' });
  await read(desk, LIST, {});

  const data = cached(desk, LIST, {});
  assert.deepEqual(ids(data), ['t3']);
  assert.equal(data['tickets'].feedCursor, '12');
});

test('a row that moved to a later page is shown once, where it was seen last', async () => {
  const desk = client(list('10', true, ticket(1, 1), ticket(2, 1)), list('11', false, ticket(3, 1), ticket(1, 2)));

  await read(desk, LIST, { orderBy: 'LONGEST_UNCHANGED' });
  await read(desk, LIST, { orderBy: 'LONGEST_UNCHANGED', after: 'after t2' });

  assert.deepEqual(ids(cached(desk, LIST, { orderBy: 'LONGEST_UNCHANGED' })), ['t2', 't3', 't1']);
});

test('older entries of a timeline go before the newer ones', async () => {
  const newest = details(1, 1, { timeline: timeline(true, entry(3), entry(4)) });
  const older = { __typename: 'Ticket', id: 't1', timeline: timeline(false, entry(1), entry(2)) };
  const desk = client({ ticket: newest }, { ticket: older });

  await read(desk, PAGE, { id: 't1' });
  await read(desk, TIMELINE, { id: 't1', before: 'e3' });

  const { edges, pageInfo } = cached(desk, PAGE, { id: 't1' })['ticket'].timeline;
  assert.deepEqual(
    edges.map((edge: Fields) => edge['cursor']),
    ['e1', 'e2', 'e3', 'e4'],
  );
  assert.equal(pageInfo.hasPreviousPage, false);
});

test('a ticket that a list knows is there at once for a query by id', async () => {
  const desk = client(list('10', false, ticket(1, 4)));

  await read(desk, LIST, {});

  const query = gql`
    query One($id: ID!) {
      ticket(id: $id) {
        id
        version
        status
      }
    }
  `;
  assert.equal(cached(desk, query, { id: 't1' })['ticket'].version, 4);
});

test('parts of a place that came with different documents are joined', async () => {
  const row = ticket(1, 1, {
    location: { __typename: 'Location', kelurahanCode: '35.71.01.1001', kelurahan: 'Semampir', kecamatan: 'Kota' },
  });
  const desk = client(list('10', false, row));
  const place = gql`
    fragment Place on Ticket {
      id
      location {
        address
      }
    }
  `;

  await read(desk, LIST, {});
  desk.writeFragment({
    fragment: place,
    data: { __typename: 'Ticket', id: 't1', location: { __typename: 'Location', address: 'Jl. Dhoho' } },
  });

  const whole = gql`
    fragment Whole on Ticket {
      location {
        kelurahan
        address
      }
    }
  `;
  const { location } = desk.readFragment<Fields>({ fragment: whole, id: 'Ticket:t1' })!;
  assert.deepEqual([location.kelurahan, location.address], ['Semampir', 'Jl. Dhoho']);
});

test('a place of a newer version is never mixed with an older one', async () => {
  const place = gql`
    fragment Place on Ticket {
      id
      version
      location {
        kelurahan
        address
      }
    }
  `;
  const part = gql`
    fragment Part on Ticket {
      id
      version
      location {
        kelurahan
      }
    }
  `;
  const desk = client();

  desk.writeFragment({
    fragment: place,
    data: {
      __typename: 'Ticket',
      id: 't1',
      version: 1,
      location: { __typename: 'Location', kelurahan: 'Semampir', address: 'Jl. Dhoho' },
    },
  });
  desk.writeFragment({
    fragment: part,
    data: { __typename: 'Ticket', id: 't1', version: 2, location: { __typename: 'Location', kelurahan: 'Banaran' } },
  });

  assert.equal(desk.readFragment({ fragment: place, id: 'Ticket:t1' }), null);
  assert.equal(desk.readFragment<Fields>({ fragment: part, id: 'Ticket:t1' })!['location'].kelurahan, 'Banaran');
});

test('a reporter that became hidden is gone', async () => {
  const reporter = { __typename: 'Reporter', name: 'S***', phone: null, email: null };
  const desk = client({ ticket: details(1, 1, { reporter }) }, { ticket: details(1, 2, { reporter: null }) });

  await read(desk, PAGE, { id: 't1' });
  await read(desk, PAGE, { id: 't1' });

  assert.equal(cached(desk, PAGE, { id: 't1' })['ticket'].reporter, null);
});

test('a lower version of a ticket never overwrites a higher one, whatever it came in', async () => {
  const stale = ticket(1, 2, { status: 'RECEIVED' });
  const change = {
    __typename: 'TicketStatusChange',
    cursor: 'c',
    at: 'now',
    version: 2,
    from: null,
    to: 'RECEIVED',
    clientMutationId: null,
  };
  const desk = client(
    list('10', false, ticket(1, 3, { status: 'VERIFIED' })),
    { ticketStatusChanged: { ...change, ticket: stale } },
    list('9', false, stale),
  );

  await read(desk, LIST, {});
  await new Promise((resolve) =>
    desk.subscribe({ query: operation('ticket-status-changed') }).subscribe({ complete: () => resolve(0) }),
  );
  desk.writeFragment({ fragment: ROW, data: { __typename: 'Ticket', id: 't1', version: 1, status: 'ARCHIVED' } });
  const shown = await read(desk, LIST, {});

  assert.equal(shown['tickets'].edges[0].node.status, 'VERIFIED');
  assert.deepEqual(desk.readFragment({ fragment: ROW, id: 'Ticket:t1' }), {
    __typename: 'Ticket',
    id: 't1',
    version: 3,
    status: 'VERIFIED',
  });
});

test('a stale answer still brings what was not known', async () => {
  const desk = client(list('10', false, ticket(1, 3, { status: 'VERIFIED' })), {
    ticket: details(1, 2, { status: 'RECEIVED' }),
  });

  await read(desk, LIST, {});
  const { ticket: page } = await read(desk, PAGE, { id: 't1' });

  assert.deepEqual([page.version, page.status, page.body], [3, 'VERIFIED', 'Ada lubang di jalan.']);
});

test('the same version and a higher one overwrite', async () => {
  const desk = client();
  const write = (version: number, status: string) =>
    desk.writeFragment({ fragment: ROW, data: { __typename: 'Ticket', id: 't1', version, status } });
  const status = () => desk.readFragment<Fields>({ fragment: ROW, id: 'Ticket:t1' })!['status'];

  write(1, 'RECEIVED');
  write(1, 'INCOMPLETE');
  assert.equal(status(), 'INCOMPLETE');
  write(2, 'VERIFIED');
  assert.equal(status(), 'VERIFIED');
});

test('an answer keeps its own version beside the ticket', async () => {
  const desk = client(
    { ticket: details(1, 3, { answers: [answer(2, 'WAITING_APPROVAL')] }) },
    { ticket: details(1, 4, { answers: [answer(1, 'DRAFT')] }) },
  );

  await read(desk, PAGE, { id: 't1' });
  await read(desk, PAGE, { id: 't1' });

  const { version, answers } = cached(desk, PAGE, { id: 't1' })['ticket'];
  assert.deepEqual([version, answers[0].version, answers[0].state], [4, 2, 'WAITING_APPROVAL']);
});

test('an optimistic answer of the client gives way to the real one', async () => {
  const desk = client({
    verifyTicket: {
      __typename: 'TicketPayload',
      ticket: { __typename: 'Ticket', id: 't1', version: 2, status: 'VERIFIED' },
    },
  });
  const mutation = gql`
    mutation Verify {
      verifyTicket(input: {}) {
        ticket {
          id
          version
          status
        }
      }
    }
  `;
  desk.writeFragment({ fragment: ROW, data: { __typename: 'Ticket', id: 't1', version: 1, status: 'RECEIVED' } });

  const optimisticResponse = {
    verifyTicket: {
      __typename: 'TicketPayload',
      ticket: { __typename: 'Ticket', id: 't1', version: 2, status: 'INCOMPLETE' },
    },
  };
  const answered = desk.mutate({ mutation, optimisticResponse });
  const guess = desk.cache.readFragment<Fields>({ fragment: ROW, id: 'Ticket:t1' }, true)!['status'];
  await answered;

  const real = desk.cache.readFragment<Fields>({ fragment: ROW, id: 'Ticket:t1' }, true)!['status'];
  assert.deepEqual([guess, real], ['INCOMPLETE', 'VERIFIED']);
});

test('a refusal is read whole, and its current row goes into the cache', async () => {
  const conflict = {
    __typename: 'VersionConflict',
    code: 'VERSION_CONFLICT',
    message: 'Berubah.',
    path: [],
    ticket: ticket(1, 5, { status: 'VERIFIED' }),
    changedSince: [],
  };
  const payload = {
    __typename: 'TicketPayload',
    ticket: null,
    errors: [conflict],
    feedCursor: null,
    clientMutationId: null,
  };
  const desk = client({ verifyTicket: payload });

  const { data } = await desk.mutate<Fields>({ mutation: operation('verify-ticket'), variables: { input: {} } });

  assert.equal(data!['verifyTicket'].errors[0].ticket.version, 5);
  assert.equal(desk.readFragment<Fields>({ fragment: ROW, id: 'Ticket:t1' })!['status'], 'VERIFIED');
});

test('who the caller is stays one object over several documents', async () => {
  const viewer = {
    __typename: 'Viewer',
    kind: 'STAFF',
    name: 'Petugas',
    roles: ['OFFICER'],
    officer: null,
    agency: null,
  };
  const worklists = [{ __typename: 'WorklistCount', worklist: 'MINE', count: 3 }];
  const desk = client(
    { viewer: { ...viewer, serverTime: '2026-03-02T08:00:00+07:00', sessionExpiresAt: null } },
    { viewer: { __typename: 'Viewer', worklists, serverTime: '2026-03-02T08:00:01+07:00' } },
  );

  await read(desk, operation('viewer'), {});
  await read(desk, operation('worklists'), {});

  assert.equal(cached(desk, operation('viewer'), {})['viewer'].serverTime, '2026-03-02T08:00:01+07:00');
});
