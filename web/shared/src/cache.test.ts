import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gql } from '@apollo/client';
import {
  LIST,
  PAGE,
  ROW,
  answer,
  cached,
  client,
  details,
  list,
  operation,
  read,
  ticket,
  type Fields,
} from './samples.ts';

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
    currentTicket: ticket(1, 5, { status: 'VERIFIED' }),
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

  assert.equal(data!['verifyTicket'].errors[0].currentTicket.version, 5);
  assert.equal(desk.readFragment<Fields>({ fragment: ROW, id: 'Ticket:t1' })!['status'], 'VERIFIED');
});
