/**
 * Works one case with one of the published clients.
 * usage: node run.ts CLIENT GRAPHQL_URL WS_URL, with the token in SURGA_TOKEN; the report is one JSON line on stdout.
 */
import { open as apollo } from './apollo.ts';
import type { Open } from './desk.ts';
import { open as graphqlWs } from './graphql-ws.ts';
import { workOneCase } from './scenario.ts';
import { open as urql } from './urql.ts';

const CLIENTS: Record<string, Open> = { apollo, 'graphql-ws': graphqlWs, urql };

const [name = '', graphql = '', ws = ''] = process.argv.slice(2);
const desk = CLIENTS[name]!({ graphql, ws, token: process.env['SURGA_TOKEN'] ?? '' });
try {
  console.log(JSON.stringify(await workOneCase(desk)));
} finally {
  await desk.close();
}
