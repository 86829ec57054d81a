import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { files, schemaText } from './generate.ts';

test('the published files are those of the schema', async () => {
  for (const [name, source] of Object.entries(await files(schemaText()))) {
    assert.equal(readFileSync(new URL(name, import.meta.url), 'utf8'), source, `${name}: npm run contract -w shared`);
  }
});

test('what has an id is known by it, what has none belongs to what it stands in', async () => {
  const schema = `
    type Query { viewer: Viewer things(first: Int!, after: String, kind: String): ThingConnection one: Part some: [Part!] }
    type Viewer { name: String }
    type ThingConnection { edges: [ThingEdge!]! pageInfo: PageInfo! }
    type ThingEdge { cursor: String! node: Thing! }
    type PageInfo { endCursor: String }
    type Thing { id: ID! part: Part }
    type Part { name: String tags: [String!]! }
    type Gone { id: ID! @deprecated thingId: ID! }`;

  const written = await files(schema);

  const { typePolicies } = await import(`data:text/javascript,${encodeURIComponent(stubbed(written['apollo.js']!))}`);
  assert.deepEqual(typePolicies, {
    Query: { fields: { things: { joins: ['kind'] }, one: { merge: true }, some: { merge: false } } },
    Viewer: { keyFields: [] },
    ThingConnection: { keyFields: false },
    ThingEdge: { keyFields: false },
    PageInfo: { keyFields: false },
    Thing: { fields: { part: { merge: true } } },
    Part: { keyFields: false, fields: { tags: { merge: false } } },
    Gone: { keyFields: false },
  });
});

function stubbed(source: string): string {
  return source.replace(/^import .*$/m, 'const relayStylePagination = (joins) => ({ joins });');
}
