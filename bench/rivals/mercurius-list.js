/** Mercurius with its JIT and loaders on the tables of a desk: one statement per list and one per kind it names. */
import Fastify from 'fastify';
import mercurius from 'mercurius';
import pg from 'pg';
import { PORT } from './desk.js';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const LIST = `SELECT id, number, version, title, status, channel, received_at, lead_agency_id, assignee_id
  FROM ticket ORDER BY received_at DESC, number DESC LIMIT $1`;

/** A loader of the rows of a table that tickets name by this key. */
function named(table, key) {
  const statement = `SELECT id, name FROM ${table} WHERE id = ANY($1)`;
  return async (queries) => {
    const keys = [...new Set(queries.map(({ obj }) => obj[key]).filter((each) => each !== null))];
    const { rows } = await pool.query({ name: table, text: statement, values: [keys] });
    const found = new Map(rows.map((row) => [row.id, row]));
    return queries.map(({ obj }) => found.get(obj[key]) ?? null);
  };
}

const app = Fastify();
await app.register(mercurius, {
  schema: `
    type Query { tickets(first: Int!): [Ticket!]! }
    type Named { name: String! }
    type Ticket {
      id: ID! number: String! version: Int! title: String! status: String! channel: String! receivedAt: String!
      leadAgency: Named assignee: Named
    }`,
  resolvers: {
    Query: {
      tickets: async (_root, { first }) => (await pool.query({ name: 'list', text: LIST, values: [first] })).rows,
    },
    Ticket: { receivedAt: (row) => row.received_at.toISOString() },
  },
  loaders: { Ticket: { leadAgency: named('agency', 'lead_agency_id'), assignee: named('officer', 'assignee_id') } },
  jit: 1,
});
app.get('/', async () => 'here');
await app.listen({ port: PORT, host: '127.0.0.1' });
