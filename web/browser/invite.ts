/**
 * Takes an account at /invite as a new colleague would, and tells what the browser saw.
 * usage: node invite.ts ORIGIN, with the path of a one-time link in SURGA_LINK; writes one JSON line to stdout.
 */
import type { Page, Request } from 'playwright-core';
import { launched } from './launch.ts';

const PASSWORD = 'kuda lumping menari';
const [origin = ''] = process.argv.slice(2);
const link = origin + (process.env['SURGA_LINK'] ?? '');
const hosts = new Set<string>();
const sent: Request[] = [];
const troubles: string[] = [];
const browser = await launched();
try {
  const context = await browser.newContext();
  await context.addCookies([{ name: 'surga_session', value: 'of somebody else', url: origin }]);
  const page = await context.newPage();
  page.on('request', (request) => {
    hosts.add(new URL(request.url()).host);
    if (request.method() === 'POST') sent.push(request);
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));

  await page.goto(link);
  const address = page.url().replace(origin, '');
  const differ = await save(page, PASSWORD, `${PASSWORD}!`);
  const weak = await save(page, 'sari sari sari', 'sari sari sari');
  const taken = await save(page, PASSWORD, PASSWORD);
  const gone = await page.locator('#form').isHidden();
  const cookies = await Promise.all(sent.map(async (request) => (await request.allHeaders())['cookie'] ?? null));
  await page.goto('about:blank');
  await page.goto(link);
  const again = await save(page, PASSWORD, PASSWORD);
  await page.goto(`${origin}/invite`);
  const bare = await said(page);
  console.log(
    JSON.stringify({ hosts: [...hosts], troubles, address, differ, weak, taken, gone, cookies, again, bare }),
  );
} finally {
  await browser.close();
}

/** Fills the form in, sends it, and gives what the page says once it is done. */
async function save(page: Page, password: string, again: string): Promise<string> {
  await page.getByLabel('Kata sandi baru').fill(password);
  await page.getByLabel('Ulangi kata sandi').fill(again);
  await page.getByRole('button', { name: 'Simpan kata sandi' }).click();
  await page.locator('#send:enabled, #form[hidden] #send').waitFor({ state: 'attached' });
  return said(page);
}

async function said(page: Page): Promise<string> {
  await page.locator('#said:not(:empty)').waitFor();
  return page.locator('#said').innerText();
}
