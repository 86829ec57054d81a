/** PostGraphile 5 on the tables of a desk, as its documentation shows: one statement per list, no rights. */
import { createServer } from 'node:http';
import { grafserv } from 'postgraphile/grafserv/node';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { PORT } from './desk.js';

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ['public'] })],
  grafserv: { graphiql: false, watch: false },
  grafast: { explain: false },
};
const serving = postgraphile(preset).createServ(grafserv);
const handler = serving.createHandler();
const server = createServer((request, response) =>
  request.url === '/' ? response.end('here') : handler(request, response),
);
server.listen(PORT, '127.0.0.1');
