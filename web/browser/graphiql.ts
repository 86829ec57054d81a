/**
 * Opens GraphiQL as a developer would, asks who one is, watches a change, and tells what the browser saw.
 * usage: node graphiql.ts URL FOLDER, with the token of someone who may enter tickets in SURGA_TOKEN;
 * writes light.png and dark.png into FOLDER and one JSON line to stdout.
 */
import type { Browser, Page } from 'playwright-core';
import { launched } from './launch.ts';

type Seen = {
  hosts: string[];
  troubles: string[];
  tabs: string[];
  first: string;
  answer: string;
  change: string;
  example: string;
  workers: number;
};

const SUBMIT = 'mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) { errors { code } } }';
const FORM = { title: 'Lampu jalan mati', body: 'Lampu jalan di depan pasar mati.', channel: 'WALK_IN' };

const TRIES = 10;
const PATIENCE_MS = 3_000;

const [url = '', folder = '.'] = process.argv.slice(2);
const token = process.env['SURGA_TOKEN'] ?? '';
const browser = await launched();
try {
  const light = await look(browser, 'light');
  const dark = await look(browser, 'dark');
  console.log(JSON.stringify({ light, dark }));
} finally {
  await browser.close();
}

async function look(browser: Browser, colorScheme: 'light' | 'dark'): Promise<Seen> {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const hosts = new Set<string>();
  const troubles: string[] = [];
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  page.on('websocket', (socket) => hosts.add(new URL(socket.url()).host));
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));

  await page.goto(url);
  await page.locator('.graphiql-query-editor .monaco-editor .view-line').first().waitFor();
  await page.locator('.result-window .view-line', { hasText: '"ANONYMOUS"' }).waitFor();
  const first = await result(page);
  await page.getByLabel('Token').fill(token);
  await execute(page);
  await page.locator('.result-window .view-line', { hasText: '"STAFF"' }).waitFor();
  const answer = await result(page);
  await page.screenshot({ path: `${folder}/${colorScheme}.png` });
  const tabs = await page.locator('.graphiql-tab').allInnerTexts();
  const change = await watchOne(page);
  const example = await opened(page, 'DispatchTicket');

  const workers = page.workers().length;
  const seen = { hosts: [...hosts].sort(), troubles, tabs, first, answer, change, example, workers };
  await context.close();
  return seen;
}

/** Starts the subscription of the last tab, lets something happen, and waits until the page shows it. */
async function watchOne(page: Page): Promise<string> {
  await page.getByRole('tab', { name: 'TicketStatusChanged' }).click();
  const subscribed = new Promise<void>((resolve) => {
    page.once('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => String(payload).includes('"subscribe"') && resolve()),
    );
  });
  await execute(page);
  await subscribed;
  const shown = page.locator('.result-window .view-line', { hasText: '"RECEIVED"' }).first();
  // What happens before the desk has read the subscription is not part of it.
  for (let tries = 0; tries < TRIES && !(await shown.isVisible()); tries++) {
    await submit();
    await shown.waitFor({ timeout: PATIENCE_MS }).catch(() => null);
  }
  return result(page);
}

/** Opens one of the examples, and tells what the tab then holds. */
async function opened(page: Page, name: string): Promise<string> {
  await page.getByText('Contoh').click();
  await page.getByRole('menuitem', { name }).click();
  const tab = page.getByRole('tab', { name });
  await tab.waitFor();
  await page.locator('.graphiql-query-editor .view-line', { hasText: 'mutation DispatchTicket' }).waitFor();
  return tab.innerText();
}

async function execute(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Execute query/ }).click();
}

async function result(page: Page): Promise<string> {
  return (await page.locator('.result-window .view-lines').innerText()).replaceAll('\u00a0', ' ');
}

async function submit(): Promise<void> {
  await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: SUBMIT, variables: { input: FORM } }),
  });
}
