/**
 * Measures a wallboard in a real browser: the first picture, a burst, and the memory after a day of changes.
 * usage: node endurance.ts URL CHANGES, with a coordinator's token in SURGA_TOKEN. It writes one line when a burst may
 * begin, waits for a line that says that it is over, and writes what it found as one line of JSON.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { BrowserContext, Page } from 'playwright-core';
import { launched } from './launch.ts';
import { codeOf } from './letting-in.ts';
import { counted, type Notes } from './wall.ts';

type State = Awaited<ReturnType<BrowserContext['storageState']>>;
type Inside = { draw: (place: number) => void; drawn: () => Promise<void>; firstPicture: number };

const [url = '', changes = '20000'] = process.argv.slice(2);
const STARTS = 5;
const WARM = 2_000;
const TOGETHER = 5;
const SETTLED_MS = 2_000;
const browser = await launched(['--disable-frame-rate-limit', '--disable-gpu-vsync']);

let state = await enrolled();
const cold = [];
for (let start = 0; start < STARTS; start++) cold.push(await firstPicture());
const context = await browser.newContext({ storageState: state });
const page = await opened(context);
const burst = await storm(page);
const memory = [];
for (const until of [0, WARM, Math.floor(Number(changes) / 2), Number(changes)]) memory.push(await after(page, until));
await browser.close();
process.stdin.destroy();
console.log(JSON.stringify({ cold: cold.sort((one, other) => one - other), burst, memory }));

async function enrolled(): Promise<State> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${url}/wallboard#code=${await codeOf(url, process.env['SURGA_TOKEN'] ?? '', 'Pengukuran')}`);
  await page.locator('.board').waitFor();
  return closed(context);
}

async function closed(context: BrowserContext): Promise<State> {
  const kept = await context.storageState();
  await context.close();
  return kept;
}

/** Milliseconds from the navigation to the first numbers, with nothing in the browser's cache. */
async function firstPicture(): Promise<number> {
  const context = await browser.newContext({ storageState: state });
  const page = await opened(context);
  const spent = await page.evaluate(() => (globalThis as unknown as Inside).firstPicture);
  state = await closed(context);
  return Math.round(spent);
}

async function opened(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.addInitScript(prepare);
  await page.goto(`${url}/wallboard?theme=dark&turn=5`); // its pages turn during a burst, too
  await page.locator('.figure').first().waitFor();
  return page;
}

/** Inside the page: notes the first picture, and repeats the last message of the server with other numbers. */
function prepare(): void {
  const inside = globalThis as unknown as Inside;
  let line: WebSocket | null = null;
  let last = '';
  const Native = WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(place: string | URL, protocols?: string | string[]) {
      super(place, protocols);
      line = this;
      this.addEventListener('message', ({ data }) => {
        if (String(data).includes('"next"') && String(data).includes('"wallboard"')) last = String(data);
      });
    }
  };
  inside.draw = (place) => {
    const message = JSON.parse(last);
    const board = message.payload.data.wallboard;
    board.total = 1_000 + place;
    board.open = 200 + (place % 90);
    board.trend.at(-1).received = place % 60;
    for (const status of board.byStatus) status.count = (status.count + place) % 1_000;
    board.latest = board.latest.map((each: object, index: number) => ({ ...each, number: `KDR-${place - index}` }));
    line?.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  };
  inside.drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
  const look = new MutationObserver(() => {
    if (!document.querySelector('.figure')) return;
    look.disconnect();
    requestAnimationFrame(() => (inside.firstPicture = performance.now()));
  });
  look.observe(document, { subtree: true, childList: true });
}

/** What the page did while whoever started this let much happen at the desk, and said so by a line. */
async function storm(page: Page): Promise<object> {
  await page.evaluate(counted);
  console.log(JSON.stringify({ ready: true }));
  await once(createInterface({ input: process.stdin }), 'line');
  await page.waitForTimeout(SETTLED_MS);
  return page.evaluate(() => {
    const { totals, longTasks, gap, shift, turns } = (globalThis as unknown as { notes: Notes }).notes;
    return { renders: totals.length, last: totals.at(-1), longTasks, gap, shift, turns };
  });
}

/** Changes up to this one, a few for each picture; then what is left in memory once all garbage is gone. */
async function after(page: Page, until: number): Promise<object> {
  await page.setViewportSize({ width: 640, height: 360 }); // the drawing of pixels is not what is measured
  await page.evaluate(
    async ({ until, together }) => {
      const inside = globalThis as unknown as Inside & { place?: number };
      for (let place = inside.place ?? 0; place < until; place++) {
        inside.draw(place);
        if (place % together === 0) await inside.drawn();
      }
      await inside.drawn();
      inside.place = until;
    },
    { until, together: TOGETHER },
  );
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await devtools.send('Memory.getDOMCounters');
  await devtools.detach();
  return { changes: until, bytes: Math.round(usedSize), nodes, listeners: jsEventListeners };
}
