/** What all servers of this folder share: the schema, and a line on which a bench tells what to deliver. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

export const PORT = Number(process.argv[2]);
export const TOPIC = 'TICKET_STATUS_CHANGED';
export const SCHEMA = `
  type Query { subscribers: Int! }
  type Ticket { id: ID! number: String! }
  type Change { cursor: String! at: String! version: Int! to: String! ticket: Ticket! }
  type Subscription { ticketStatusChanged: Change! }
`;

/** The root value of one change, out of the frame that ours delivered for it. */
export function changeIn(frame) {
  return JSON.parse(frame).payload.data;
}

/** An HTTP server: POST /publish delivers its body, GET / tells how many subscribers there are. */
export function told(publish, count) {
  return createServer(async (request, response) => {
    if (request.method === 'POST') await publish(await text(request));
    response.end(String(count()));
  });
}
