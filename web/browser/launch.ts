/** What every program here needs: a real Chromium, what a page was seen to do, and commands by line. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser, type Page } from 'playwright-core';

export type Answer = Record<string, unknown>;
export type Watched = { hosts: Set<string>; addresses: Set<string>; troubles: string[] };

const UNPACKED = fileURLToPath(new URL('../node_modules/.cache/chromium', import.meta.url));

/** The browser's program. Its package unpacks into a place where whoever comes meanwhile finds half a program. */
async function program(): Promise<string> {
  if (!existsSync(UNPACKED)) {
    await mkdir(dirname(UNPACKED), { recursive: true });
    const given = process.env['TMPDIR'];
    const own = (process.env['TMPDIR'] = await mkdtemp(`${UNPACKED}-`));
    await chromium.executablePath();
    if (given === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = given;
    await rename(own, UNPACKED).catch(() => rm(own, { recursive: true })); // somebody else was there first
  }
  return join(UNPACKED, 'chromium');
}

export async function launched(more: string[] = []): Promise<Browser> {
  return playwright.launch({
    executablePath: await program(),
    // The package's own arguments are for a cloud function: one process, and no web security.
    args: ['--no-sandbox', '--disable-gpu', ...more],
    headless: true,
  });
}

/** Everything that a page asks for, and everything that it complains of. */
export function watched(page: Page): Watched {
  const seen: Watched = { hosts: new Set(), addresses: new Set(), troubles: [] };
  page.on('request', (request) => {
    seen.hosts.add(new URL(request.url()).host);
    seen.addresses.add(request.url());
  });
  page.on('websocket', (socket) => seen.addresses.add(socket.url()));
  page.on('pageerror', (error) => seen.troubles.push(String(error)));
  page.on('console', (message) => {
    // Lines that break and requests that are refused are what is tested here; the browser's own words are no trouble.
    const known = /WebSocket|Failed to load resource/.test(message.text());
    if (message.type() === 'error' && !known) seen.troubles.push(message.text());
  });
  return seen;
}

/** One JSON command per line on stdin, one line of JSON on stdout for each. */
export async function obey<Command>(answer: (command: Command) => Promise<Answer>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await answer(JSON.parse(line) as Command)));
  }
}

/** What axe finds, up to AA. */
export async function audit(page: Page): Promise<Answer> {
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
    const found = await tool.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
    return {
      violations: found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(' ')}`),
    };
  });
}
