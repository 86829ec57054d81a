/**
 * A wallboard in a real browser, driven by one JSON command per line on stdin; each gets one line of JSON on stdout.
 * usage: node wallboard.ts URL [WIDTH HEIGHT], with a display's token in SURGA_TOKEN.
 * Commands: {"do": "look"}, {"do": "await", "is": {part of a look}, "seconds": 10}, {"do": "picture", "path": "..."},
 * {"do": "audit"} (axe), {"do": "zoom", "width": 960, "height": 540, "scale": 2}.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import chromium from '@sparticuz/chromium';
import { chromium as playwright } from 'playwright-core';
import { enrolled } from './enrolled.ts';

type Look = Record<string, unknown>;
type Command = { do: string; is?: Look; seconds?: number; path?: string; width?: number; height?: number };

const [url = '', width = '1920', height = '1080'] = process.argv.slice(2);
const browser = await playwright.launch({
  executablePath: await chromium.executablePath(),
  // The package's own arguments are for a cloud function: one process, and no web security.
  args: ['--no-sandbox', '--disable-gpu'],
  headless: true,
});
const context = await browser.newContext({ viewport: { width: Number(width), height: Number(height) } });
const page = await context.newPage();
const hosts = new Set<string>();
const troubles: string[] = [];
page.on('request', (request) => hosts.add(new URL(request.url()).host));
page.on('pageerror', (error) => troubles.push(String(error)));
page.on('console', (message) => {
  // A line that breaks is what is tested here; the browser's own words about it are no trouble.
  if (message.type() === 'error' && !message.text().includes('WebSocket')) troubles.push(message.text());
});
await enrolled(page, process.env['SURGA_TOKEN'] ?? '');
await page.goto(url);
console.log(JSON.stringify({ opened: page.url() === url ? 'clean' : page.url() }));

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command;
  console.log(JSON.stringify(await answer(command)));
}
await browser.close();

async function answer(command: Command): Promise<Look> {
  if (command.do === 'await') return awaited(command.is ?? {}, command.seconds ?? 10);
  if (command.do === 'picture') await page.screenshot({ path: command.path ?? 'wallboard.png' });
  if (command.do === 'zoom')
    await page.setViewportSize({ width: command.width ?? 1920, height: command.height ?? 1080 });
  if (command.do === 'audit') return audit();
  return look();
}

async function awaited(wanted: Look, seconds: number): Promise<Look> {
  const until = Date.now() + seconds * 1000;
  let seen = await look();
  while (Date.now() < until && !holds(seen, wanted)) {
    await page.waitForTimeout(40);
    seen = await look();
  }
  return seen;
}

function holds(seen: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return seen === wanted;
  return Object.entries(wanted).every(([name, value]) => holds((seen as Look | undefined)?.[name], value));
}

async function look(): Promise<Look> {
  const seen = await page.evaluate(() => {
    const all = (name: string, value: string) =>
      Object.fromEntries(
        [...document.querySelectorAll<HTMLElement>(`[data-${name}]`)].map((element) => [
          element.dataset[name],
          Number(element.dataset[value]),
        ]),
      );
    const state = document.querySelector<HTMLElement>('.state');
    return {
      counts: all('count', 'value'),
      statuses: all('status', 'value'),
      agencies: all('agency', 'open'),
      latest: [...document.querySelectorAll('.latest li b')].map((element) => element.textContent),
      oldest: [...document.querySelectorAll('.oldest li b')].map((element) => element.textContent),
      asOf: document.querySelector('.asof')?.textContent ?? null,
      light: document.querySelector('.light')?.textContent ?? null,
      stale: state?.dataset['stale'] === 'true',
      broken: state?.dataset['broken'] ?? null,
      code: document.querySelector<HTMLElement>('.code')?.dataset['code'] ?? null,
      enrolling: document.querySelector('.enrol') !== null,
      wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
      memory: (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0,
    };
  });
  return { ...seen, hosts: [...hosts], troubles };
}

async function audit(): Promise<Look> {
  // A colour that is still fading in is not the colour to be judged.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tool = (
      globalThis as unknown as {
        axe: { run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      }
    ).axe;
    const found = await tool.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] });
    return {
      violations: found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(' ')}`),
    };
  });
}
