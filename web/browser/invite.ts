/**
 * Takes an account at /invite as a new colleague would, by keyboard only, and tells what the browser saw.
 * usage: node invite.ts ORIGIN, with the path of a one-time link in SURGA_LINK; writes one JSON line to stdout.
 */
import type { Page, Request } from 'playwright-core';
import { audit, launched } from './launch.ts';

const PASSWORD = 'kuda lumping menari';
const [origin = ''] = process.argv.slice(2);
const link = origin + (process.env['SURGA_LINK'] ?? '');
const hosts = new Set<string>();
const sent: Request[] = [];
const troubles: string[] = [];
const browser = await launched();
try {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
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
  await page.locator('#whom:not(:empty)').waitFor();
  const opened = await look(page);
  const english = await inOther(page, 'English');
  await page.getByRole('button', { name: 'Bahasa Indonesia' }).click();
  await page.getByLabel('Kata sandi baru').focus();
  const short = await save(page, 'pendek', 'pendek');
  const differ = await save(page, PASSWORD, `${PASSWORD}!`);
  const weak = await save(page, 'sari sari sari', 'sari sari sari');
  const broken = await cutOff(page, () => save(page, PASSWORD, PASSWORD));
  const found = [await audit(page)];
  const taken = await save(page, PASSWORD, PASSWORD);
  const cookies = await Promise.all(sent.map(async (request) => (await request.allHeaders())['cookie'] ?? null));
  found.push(await audit(page));
  await page.goto('about:blank');
  await page.goto(link);
  await page.locator('#said:not(:empty)').waitFor();
  const again = await look(page);
  const spent = await inOther(page, 'English');
  await page.goto(`${origin}/invite`);
  const bare = await look(page);
  found.push(await audit(page));
  await page.goto(`${origin}/invite?lang=en`);
  const cut = await look(page);
  const violations = found.flatMap((each) => each['violations']);
  const steps = { opened, english, short, differ, weak, broken, taken, again, spent, bare, cut };
  console.log(JSON.stringify({ hosts: [...hosts], troubles, address, cookies, violations, ...steps }));
} finally {
  await browser.close();
}

/** Fills the form in, sends it, and gives what the page shows once it is done. */
async function save(page: Page, password: string, again: string): Promise<object> {
  await page.getByLabel('Kata sandi baru').focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type(password);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Control+A');
  await page.keyboard.type(again);
  await page.keyboard.press('Enter');
  await page.locator('#form:not([aria-busy=true])').waitFor({ state: 'attached' });
  await page.locator('#said:not(:empty)').waitFor();
  return look(page);
}

/** The page in the other language, with what it says in a screen reader's ear. */
async function inOther(page: Page, language: string): Promise<object> {
  await page.getByRole('button', { name: language }).click();
  return {
    ...(await look(page)),
    lang: await page.locator('html').getAttribute('lang'),
    text: await page.innerText('main'),
  };
}

/** What happens while the desk cannot be reached. */
async function cutOff(page: Page, act: () => Promise<object>): Promise<object> {
  const before = troubles.length;
  await page.route('**/graphql', (route) => route.abort());
  const seen = await act();
  await page.unroute('**/graphql');
  sent.pop();
  troubles.splice(before); // the browser's own word on it
  return seen;
}

async function look(page: Page): Promise<object> {
  return page.evaluate(() => ({
    title: document.querySelector('h1')?.textContent,
    whom: document.getElementById('whom')?.textContent,
    on: document.getElementById('on')?.textContent,
    count: document.getElementById('count')?.textContent,
    said: document.getElementById('said')?.textContent,
    focus: document.activeElement?.id,
    wrong: [...document.querySelectorAll('[aria-invalid=true]')].map(({ id }) => id),
    form: document.getElementById('form')?.checkVisibility(),
    wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  }));
}
