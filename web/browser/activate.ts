/**
 * The page of officers in a real browser, used by keyboard only; one JSON command per line on stdin, one line each out.
 * usage: node activate.ts URL [WIDTH HEIGHT]
 * Commands: {"do": "keys", "keys": ["text:123456", "Enter"]}, {"do": "press", "button": "name"} (focus it, then Enter),
 * {"do": "confirm", "button": "name"} (the same in the open dialog), {"do": "look"}, {"do": "audit"}, {"do": "picture", "path": "..."}.
 */
import { audit, launched, obey, watched, type Answer } from './launch.ts';

type Command = { do: string; keys?: string[]; button?: string; path?: string };

const [url = '', width = '1100', height = '900'] = process.argv.slice(2);
const browser = await launched();
const context = await browser.newContext({ viewport: { width: Number(width), height: Number(height) } });
const page = await context.newPage();
const seen = watched(page);
await page.goto(url);
console.log(JSON.stringify({ opened: page.url() === url ? 'clean' : page.url() }));
await obey(answer);
await browser.close();

async function answer(command: Command): Promise<Answer> {
  for (const key of command.keys ?? []) {
    if (key.startsWith('text:')) await page.keyboard.type(key.slice(5));
    else await page.keyboard.press(key);
  }
  if (command.do === 'press') {
    await page.getByRole('button', { name: command.button ?? '', exact: true }).focus();
    await page.keyboard.press('Enter');
  }
  // In a dialog, whose button may be called as the one that opened it.
  if (command.do === 'confirm') {
    await page
      .getByRole('dialog')
      .getByRole('button', { name: command.button ?? '', exact: true })
      .focus();
    await page.keyboard.press('Enter');
  }
  if (command.do === 'audit') return audit(page);
  if (command.do === 'picture') await page.screenshot({ path: command.path ?? 'activate.png', fullPage: true });
  return read();
}

async function read(): Promise<Answer> {
  const found = await page.evaluate(() => {
    const said = (selector: string) => document.querySelector(selector)?.textContent ?? null;
    const active = document.activeElement as HTMLInputElement | null;
    return {
      text: document.getElementById('root')!.innerText,
      problem: said('.problem'),
      news: said('.news'),
      focus: active?.getAttribute('name') ?? active?.ariaLabel ?? active?.id ?? null,
      focused: active?.textContent ?? null,
      groups: Object.fromEntries(
        [...document.querySelectorAll<HTMLElement>('[data-group]')].map(({ dataset }) => [
          dataset['screen'],
          dataset['group'],
        ]),
      ),
      typed: document.querySelector<HTMLInputElement>('#code')?.value ?? null,
      wrong: [...document.querySelectorAll('[aria-invalid=true]')].map(({ id }) => id),
      told: [...document.querySelectorAll('[aria-invalid=true]')].map(
        (each) =>
          document.getElementById(each.getAttribute('aria-describedby')?.split(' ').at(-1) ?? '')?.innerText ?? null,
      ),
      dialog: document.querySelector('dialog[open]') !== null,
      screens: [...document.querySelectorAll<HTMLElement>('[data-screen]')].map((each) => each.dataset['screen']),
      wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
      readable: document.cookie,
    };
  });
  return { ...found, hosts: [...seen.hosts], addresses: [...seen.addresses], troubles: seen.troubles };
}
