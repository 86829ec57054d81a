import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gql } from '@apollo/client';
import {
  LIST,
  PAGE,
  TIMELINE,
  cached,
  client,
  details,
  entry,
  ids,
  list,
  operation,
  read,
  ticket,
  timeline,
  type Fields,
} from './samples.ts';

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
