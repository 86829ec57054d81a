/**
 * A screen that is switched off and on while its browser's profile stays, driven by one JSON command per line on stdin.
 * usage: node waiting.ts URL
 * Commands: {"do": "kept"} (wait until the browser keeps the board's worker), {"do": "off"} (close the page),
 * {"do": "on"} (open it again), {"do": "await", "text": "..."} (wait until the page says so), {"do": "look"},
 * {"do": "audit"} (axe).
 */
import type { Page } from 'playwright-core';
import { audit, launched, obey, type Answer } from './launch.ts';

type Command = { do: string; text?: string };

const [url = ''] = process.argv.slice(2);
const browser = await launched();
const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, serviceWorkers: 'allow' });
let page: Page = await context.newPage();
await page.goto(url);
console.log(JSON.stringify({ opened: 'clean' }));
await obey(answer);
await browser.close();

async function answer(command: Command): Promise<Answer> {
  if (command.do === 'audit') return audit(page);
  if (command.do === 'kept') await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  if (command.do === 'off') return (await page.close(), {});
  if (command.do === 'on') {
    page = await context.newPage();
    await page.goto(url);
  }
  if (command.do === 'await')
    await page.waitForFunction((text) => document.body?.innerText.includes(text), command.text ?? '', {
      timeout: 60_000,
    });
  return page.evaluate(async () => ({
    title: document.title,
    text: document.body.innerText,
    cached: await caches.keys(),
  }));
}
