/**
 * Takes pictures of a wall in every size and state, dark and light, to be looked at from across the room.
 * usage: node wall-pictures.ts URL FOLDER, with a coordinator's token in SURGA_TOKEN.
 */
import { mkdir } from 'node:fs/promises';
import type { BrowserContext, Page, WebSocketRoute } from 'playwright-core';
import { launched } from './launch.ts';
import { codeOf, momentOf } from './letting-in.ts';
import { drawn, misfits, turned } from './fit.ts';

type State = { name: string; query: string; board: string; cut?: boolean };

const SIZES = {
  '1080p': [1920, 1080],
  '4k': [3840, 2160],
  laptop: [1366, 768],
  projector: [1024, 768],
  portrait: [1080, 1920],
  'zoom-200': [960, 540],
  phone: [390, 844],
  'zoom-400': [320, 256],
} as const;
const STATES: State[] = [
  { name: 'live', query: '', board: 'kota' },
  { name: 'stale', query: '', board: 'kota', cut: true },
  { name: 'empty', query: '&channel=PARTNER', board: 'kota' },
  { name: 'agency', query: '', board: 'dpupr' },
  { name: 'part', query: '&lang=en&channel=WHATSAPP&kecamatan=35.71.01', board: 'kota' },
];
const THEMES = ['light', 'dark'] as const;

const [url = '', folder = '.'] = process.argv.slice(2);
const token = process.env['SURGA_TOKEN'] ?? '';
const browser = await launched();
await mkdir(folder, { recursive: true });
const screens = new Map<string, BrowserContext>();
for (const state of STATES) for (const theme of THEMES) await take(state, theme);
await onPaper();
for (const theme of THEMES) await before(theme);
await browser.close();

async function take(state: State, theme: string): Promise<void> {
  const page = await opened(state, `?theme=${theme}${state.query}`);
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    await page.setViewportSize({ width, height });
    await page.evaluate(drawn);
    await pictured(page, `${size}-${state.name}-${theme}`, width);
  }
  await page.close();
}

/** One picture, or one of each of its pages. */
async function pictured(page: Page, name: string, width: number): Promise<void> {
  const kind = width === 3840 ? ({ type: 'jpeg', quality: 60 } as const) : ({ type: 'png' } as const);
  const pages = await page.locator('.dot').count();
  for (let place = 0; place < Math.max(1, pages); place++) {
    for (const misfit of await page.evaluate(misfits)) console.log(`${name}: ${misfit}`);
    const path = `${folder}/${name}${pages ? `-${place + 1}` : ''}.${kind.type}`;
    await page.screenshot({ path, fullPage: width < 1000, ...kind });
    await page.evaluate(turned);
  }
}

/** A page that shows its board, or that has lost its server. */
async function opened({ board, cut }: State, query: string): Promise<Page> {
  const page = await (await screen(board)).newPage();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const lines: WebSocketRoute[] = [];
  let isCut = false;
  await page.routeWebSocket(/\/graphql\?/, (line) => {
    if (isCut) return void line.close({ code: 1001 });
    line.connectToServer();
    lines.push(line);
  });
  await page.goto(`${url}/wallboard${query}`);
  await page.locator('.board').waitFor();
  if (!cut) return page;
  isCut = true;
  for (const line of lines) await line.close({ code: 1001 });
  await page.locator('.screen.stale').waitFor();
  return page;
}

/** One screen for all pages of a board: what it keeps lets every further page in. */
async function screen(board: string): Promise<BrowserContext> {
  const known = screens.get(board);
  if (known) return known;
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${url}/wallboard#code=${await codeOf(url, token, `Gambar ${board} ${Date.now()}`, board)}`);
  await page.locator('.board').waitFor();
  await page.close();
  screens.set(board, context);
  return context;
}

/** A sheet of A4, and the colours that a system may force. */
async function onPaper(): Promise<void> {
  const page = await opened(STATES[0]!, '?theme=dark');
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.pdf({ path: `${folder}/print.pdf`, preferCSSPageSize: true });
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 718, height: 1047 }); // A4 without its margins
  await page.screenshot({ path: `${folder}/print.png` });
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.emulateMedia({ media: 'screen', forcedColors: 'active' });
  await page.evaluate(drawn);
  await pictured(page, '1080p-forced-colours', 1920);
  await page.setViewportSize({ width: 1366, height: 768 });
  await page.evaluate(drawn);
  await pictured(page, 'laptop-forced-colours', 1366);
  await page.emulateMedia({ forcedColors: 'none' });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.screenshot({ path: `${folder}/laptop-settings.png` });
  await page.close();
}

/** Before anything is known: the server does not answer yet, or this screen is not let in. */
async function before(theme: string): Promise<void> {
  const time = await momentOf(url, token);
  const page = await (await screen('kota')).newPage();
  await page.clock.install({ time });
  await page.routeWebSocket(/\/graphql\?/, () => undefined);
  await page.goto(`${url}/wallboard?theme=${theme}`);
  await page.locator('.wait').waitFor();
  const stranger = await browser.newPage();
  await stranger.clock.install({ time });
  await stranger.goto(`${url}/wallboard?theme=${theme}&board=dishub`);
  await stranger.locator('.code').waitFor();
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    for (const [name, each] of Object.entries({ waiting: page, enrolling: stranger })) {
      await each.setViewportSize({ width, height });
      await each.screenshot({ path: `${folder}/${size}-${name}-${theme}.png`, fullPage: width < 1000 });
    }
  }
  await page.close();
  await stranger.close();
}
