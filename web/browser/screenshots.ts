/**
 * Takes the pictures of docs/pictures/. usage: node screenshots.ts URL FOLDER, with a coordinator's token, e-mail and
 * password in SURGA_TOKEN, SURGA_EMAIL and SURGA_PASSWORD, and an admin's token in SURGA_ADMIN_TOKEN. Those of every size
 * and state are taken by wall-pictures.ts.
 */
import type { BrowserContext, Page, WebSocketRoute } from 'playwright-core';
import { launched } from './launch.ts';
import { codeOf, linkOf, momentOf, waiting } from './letting-in.ts';

type Shot = { file: string; width: number; height: number; query: string; cut?: boolean };

const SHOTS: Shot[] = [
  { file: 'wallboard.png', width: 1920, height: 1080, query: '?theme=dark' },
  { file: 'wallboard-light.png', width: 1280, height: 720, query: '?theme=light' },
  { file: 'wallboard-stale.png', width: 1920, height: 1080, query: '?theme=light', cut: true },
  { file: 'wallboard-portrait.png', width: 1080, height: 1920, query: '?theme=dark' },
  { file: 'wallboard-projector.png', width: 1024, height: 768, query: '?theme=light&lang=en' },
  { file: 'wallboard-phone.png', width: 390, height: 844, query: '?theme=light' },
];
const SETTLED_MS = 1_500;

const [url = '', folder = '.'] = process.argv.slice(2);
const token = process.env['SURGA_TOKEN'] ?? '';
const browser = await launched();
const hanging = await browser.newContext();
await enter(hanging);
for (const shot of SHOTS) await take(hanging, shot);
await enrolling();
await officers();
await colleague();
await browser.close();

/** One screen for all pictures: what it keeps lets every further page of it in. */
async function enter(context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${url}/wallboard#code=${await codeOf(url, token, 'Lobi Diskominfo')}`);
  await page.locator('.board').waitFor();
  await page.close();
}

async function take(context: BrowserContext, shot: Shot): Promise<void> {
  const page = await context.newPage();
  await page.setViewportSize({ width: shot.width, height: shot.height });
  let isCut = false;
  const lines: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/graphql\?/, (line) => {
    if (isCut) return void line.close({ code: 1001 });
    line.connectToServer();
    lines.push(line);
  });
  await page.goto(`${url}/wallboard${shot.query}`);
  await page.locator('.board').waitFor();
  if (shot.cut) {
    isCut = true;
    for (const line of lines) await line.close({ code: 1001 });
    await page.locator('.screen.stale').waitFor();
  }
  await kept(page, shot.file);
}

async function enrolling(): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  await page.clock.install({ time: await momentOf(url, token) });
  await page.goto(`${url}/wallboard?theme=dark`);
  await page.locator('.code').waitFor();
  await kept(page, 'wallboard-enrol.png');
}

/** The page for officers: signed in, with a screen that waits to be let in. */
async function officers(): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1000, height: 1000 }, colorScheme: 'light' });
  await page.goto(`${url}/activate`);
  await page.locator('[name=email]').fill(process.env['SURGA_EMAIL'] ?? '');
  await page.locator('[name=password]').fill(process.env['SURGA_PASSWORD'] ?? '');
  await page.keyboard.press('Enter');
  await page.locator('#code').fill((await waiting(url)).userCode);
  await page.keyboard.press('Enter');
  await page.locator('.facts').waitFor();
  await page.locator('[name=name]').fill('Ruang rapat');
  await page.locator('[name=name]').blur();
  await kept(page, 'activate.png');
}

/** The page of an invitation, with a password that was mistyped once. */
async function colleague(): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 720, height: 720 }, colorScheme: 'light' });
  const admin = process.env['SURGA_ADMIN_TOKEN'] ?? '';
  await page.goto(url + (await linkOf(url, admin, 'sari@contoh.go.id')));
  await page.locator('#password').fill('kuda lumping menari');
  await page.locator('#again').fill('kuda lumping menar');
  await page.keyboard.press('Enter');
  await kept(page, 'invite.png');
}

async function kept(page: Page, file: string): Promise<void> {
  await page.waitForTimeout(SETTLED_MS);
  const path = `${folder}/${file}`;
  await page.screenshot(path.endsWith('.jpeg') ? { path, type: 'jpeg', quality: 60 } : { path });
  await page.close();
}
