/**
 * Follows one officer's notifications with npm graphql-ws, over lines that break and servers that restart.
 * usage: node notifications.ts GRAPHQL_URL WS_URL, with the token in SURGA_TOKEN; each change is a JSON line on stdout.
 */
import { createClient } from 'graphql-ws';
import { operation, type Fields } from './desk.ts';

const [graphql = '', ws = ''] = process.argv.slice(2);
const authorization = `Bearer ${process.env['SURGA_TOKEN']}`;
const told = { kinds: [] as string[], ids: [] as string[], cleared: [] as string[], unread: 0, resets: 0, live: false };
const tell = () => console.log(JSON.stringify(told));

async function begin(): Promise<string> {
  const body = JSON.stringify({ query: operation('notifications'), variables: { first: 20 } });
  const headers = { 'content-type': 'application/json', authorization };
  const answer = await (await fetch(graphql, { method: 'POST', headers, body })).json();
  told.unread = answer.data.notifications.unread;
  return answer.data.notifications.feedCursor;
}

function follow(after: string, next: (frame: Fields) => void): Promise<void> {
  // retryAttempts 0: by itself the client would subscribe again with the cursor of its first try.
  const client = createClient({ url: ws, connectionParams: { authorization }, retryAttempts: 0 });
  return new Promise((resolve) => {
    const end = () => (void client.dispose(), resolve());
    const given = { query: operation('notification-feed'), variables: { after } };
    client.subscribe<Fields>(given, {
      next: ({ data }) => (data ? next(data['notificationFeed']) : end()),
      error: end,
      complete: end,
    });
  });
}

let cursor = await begin();
for (;;) {
  await follow(cursor, (frame) => {
    cursor = frame['cursor'];
    told.live = true;
    if (frame['__typename'] === 'FeedReset') told.resets += 1;
    if (frame['__typename'] === 'NotificationAdded') {
      told.kinds.push(frame['notification'].kind);
      told.ids.push(frame['notification'].id);
    }
    if (frame['__typename'] === 'NotificationsCleared') told.cleared.push(...frame['ids']);
    if ('unread' in frame) told.unread = frame['unread'];
    tell();
  });
  told.live = false;
  tell();
  await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 200));
}
