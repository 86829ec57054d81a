/**
 * A wallboard in a real browser, driven by one JSON command per line on stdin; each gets one line of JSON on stdout.
 * usage: node wallboard.ts URL [WIDTH HEIGHT], with the code of an approved screen, if it has one, in SURGA_CODE, and in
 * SURGA_PACE how many times faster than ours its clock and its timers run.
 * Commands: {"do": "look"}, {"do": "await", "is": {part of a look}, "seconds": 10}, {"do": "picture", "path": "..."},
 * {"do": "audit"} (axe), {"do": "zoom", "width": 960, "height": 540}, {"do": "keys", "keys": ["Tab"]}, {"do": "reload"},
 * {"do": "open", "path": "/..."} (another address of the same server),
 * {"do": "block", "path": "/wallboard"} (requests for it fail) and {"do": "unblock", "path": "..."},
 * {"do": "count"} (begin anew to note what is drawn), {"do": "spent"} (milliseconds of script since the page was opened),
 * {"do": "enlarge", "digits": 7} (the last reading again, every figure with so many digits),
 * {"do": "media", "is": {"forcedColors": "active"}}, {"do": "pages"} (how many it is on paper),
 * {"do": "later", "hours": 24} (the clock of the screen goes forward).
 */
import { audit, launched, obey, watched, type Answer } from './launch.ts';
import { drawn, enlarged, misfits, overheard, turned } from './fit.ts';
import { counted, holds, hurried, later, look } from './wall.ts';

type Command = {
  do: string;
  is?: Answer;
  seconds?: number;
  path?: string;
  width?: number;
  height?: number;
  keys?: string[];
  digits?: number;
  hours?: number;
};

const LOOK_AGAIN_MS = 40;

const [url = '', width = '1920', height = '1080'] = process.argv.slice(2);
const code = process.env['SURGA_CODE'];
const browser = await launched();
const context = await browser.newContext({
  viewport: { width: Number(width), height: Number(height) },
  serviceWorkers: 'block', // requests of a worker can not be held up by a test; waiting.ts is about it
});
const pace = Number(process.env['SURGA_PACE'] ?? 1);
if (pace !== 1) await context.addInitScript(hurried, pace);
await context.addInitScript(overheard);
const page = await context.newPage();
const devtools = await context.newCDPSession(page);
await devtools.send('Performance.enable');
const seen = watched(page);
let blocked = 0;
await page.goto(code ? `${url}#code=${code}` : url);
console.log(JSON.stringify({ opened: page.url() === url ? 'clean' : page.url() }));
await obey(answer);
await browser.close();

async function answer(command: Command): Promise<Answer> {
  if (command.do === 'await') return awaited(command.is ?? {}, command.seconds ?? 10);
  if (command.do === 'picture') await page.screenshot({ path: command.path ?? 'wallboard.png' });
  if (command.do === 'zoom')
    await page.setViewportSize({ width: command.width ?? 1920, height: command.height ?? 1080 });
  if (command.do === 'zoom') await page.evaluate(drawn);
  if (command.do === 'audit') return audit(page);
  if (command.do === 'open') await page.goto(new URL(command.path ?? '/', url).href);
  if (command.do === 'reload') await page.reload();
  if (command.do === 'enlarge') return large(command.digits ?? 7);
  if (command.do === 'later') await page.evaluate(later, command.hours ?? 24);
  if (command.do === 'pages') return { pages: sheetsOf(await page.pdf({ preferCSSPageSize: true })) };
  if (command.do === 'media') await page.emulateMedia(command.is ?? {});
  if (command.do === 'spent') return spent();
  if (command.do === 'count') await page.evaluate(counted);
  for (const key of command.keys ?? []) await page.keyboard.press(key);
  if (command.do === 'block')
    await page.route(`**${command.path}*`, (route) => {
      blocked += 1;
      return route.abort();
    });
  if (command.do === 'unblock') await page.unroute(`**${command.path}*`);
  return command.do === 'zoom' ? fitting() : shown();
}

/** What stands there, and what of any of its pages is cut or lies upon something else. */
async function fitting(): Promise<Answer> {
  const found = await shown();
  const cut = await page.evaluate(misfits);
  const smallest = [Number(found['smallest'])];
  for (let pages = await page.evaluate(turned); pages > 1; pages--) {
    cut.push(...(await page.evaluate(misfits)));
    smallest.push(Number((await shown())['smallest']));
    await page.evaluate(turned);
  }
  return { ...found, cut, smallest: Math.min(...smallest) };
}

/** As fitting, of a reading with large figures; one of the server that came between is covered again. */
async function large(digits: number): Promise<Answer> {
  for (;;) {
    await page.evaluate(enlarged, digits);
    const found = await fitting();
    if (String((found['counts'] as Answer)['open']).length === digits) return found;
  }
}

async function awaited(wanted: Answer, seconds: number): Promise<Answer> {
  const until = Date.now() + seconds * 1000;
  let found = await shown();
  while (Date.now() < until && !holds(found, wanted)) {
    await page.waitForTimeout(LOOK_AGAIN_MS);
    found = await shown();
  }
  return found;
}

async function shown(): Promise<Answer> {
  const found = await standing();
  return {
    ...found,
    hosts: [...seen.hosts],
    addresses: [...seen.addresses],
    troubles: seen.troubles,
    blocked,
  };
}

async function spent(): Promise<Answer> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  const script = metrics.find(({ name }) => name === 'ScriptDuration');
  return { script: (script?.value ?? NaN) * 1000 };
}

/** A page that is just loading anew has nothing to show yet, and what is asked of the old one is never answered. */
async function standing(): Promise<Answer> {
  for (;;) {
    const found = await page.evaluate(look).catch(() => null);
    if (found !== null) return found;
    await page.waitForTimeout(LOOK_AGAIN_MS);
  }
}

/** The sheets of a document in PDF. */
function sheetsOf(document: Buffer): number {
  return document.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
}
