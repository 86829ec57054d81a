/**
 * Takes the pictures of docs/pictures/. usage: node screenshots.ts URL FOLDER, with a display's token in SURGA_TOKEN.
 */
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type WebSocketRoute } from 'playwright-core';
import { enrolled } from './enrolled.ts';

type Shot = { file: string; width: number; height: number; query: string; cut?: boolean };

const SHOTS: Shot[] = [
  { file: 'wallboard.png', width: 1280, height: 720, query: '?theme=dark' },
  { file: 'wallboard-light.png', width: 1280, height: 720, query: '?theme=light' },
  { file: 'wallboard-empty.png', width: 1280, height: 720, query: '?theme=dark&channel=PARTNER' },
  { file: 'wallboard-stale.png', width: 1280, height: 720, query: '?theme=dark', cut: true },
  { file: 'wallboard-laptop.png', width: 1366, height: 768, query: '?theme=light&lang=en' },
  { file: 'wallboard-4k.jpeg', width: 3840, height: 2160, query: '?theme=dark&lang=en' },
];
const SETTLED_MS = 1_500;

const [url = '', folder = '.'] = process.argv.slice(2);
const browser = await playwright.launch({
  executablePath: await chromium.executablePath(),
  args: ['--no-sandbox', '--disable-gpu'],
  headless: true,
});
for (const shot of SHOTS) await take(shot);
await browser.close();

async function take(shot: Shot): Promise<void> {
  const page = await browser.newPage({ viewport: { width: shot.width, height: shot.height } });
  let isCut = false;
  const lines: WebSocketRoute[] = [];
  await page.routeWebSocket('**/graphql', (line) => {
    if (isCut) return void line.close({ code: 1001 });
    line.connectToServer();
    lines.push(line);
  });
  await enrolled(page, process.env['SURGA_TOKEN'] ?? '');
  await page.goto(`${url}/wallboard${shot.query}`);
  await page.locator('.board').waitFor();
  if (shot.cut) {
    isCut = true;
    for (const line of lines) await line.close({ code: 1001 });
    await page.locator('.screen.stale').waitFor();
  }
  await page.waitForTimeout(SETTLED_MS);
  const path = `${folder}/${shot.file}`;
  await page.screenshot(path.endsWith('.jpeg') ? { path, type: 'jpeg', quality: 60 } : { path });
  await page.close();
}
