/**
 * Opens GraphiQL as a developer would, and tells what the browser saw.
 * usage: node graphiql.ts URL FOLDER [TOKEN]; writes light.png and dark.png into FOLDER and one JSON line to stdout.
 */
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser } from 'playwright-core';

type Seen = { hosts: string[]; troubles: string[]; tabs: string[]; answer: string; workers: number };

const [url = '', folder = '.', token = ''] = process.argv.slice(2);
const browser = await playwright.launch({
  executablePath: await chromium.executablePath(),
  // The package's own arguments are for a cloud function: one process, and no web security, which is what is looked at here.
  args: ['--no-sandbox', '--disable-gpu'],
  headless: true,
});
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
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await page.locator('.result-window .view-line').nth(2).waitFor();
  await page.screenshot({ path: `${folder}/${colorScheme}.png` });

  const seen = {
    hosts: [...hosts].sort(),
    troubles,
    tabs: await page.locator('.graphiql-tab').allInnerTexts(),
    answer: (await page.locator('.result-window .view-lines').innerText()).replaceAll('\u00a0', ' '),
    workers: page.workers().length,
  };
  await context.close();
  return seen;
}
