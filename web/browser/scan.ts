/**
 * The page of a screen that is not let in, as a telephone can scan it; writes one JSON line to stdout.
 * usage: node scan.ts URL [WIDTH HEIGHT], with the server's address for telephones in SURGA_PLACE and, for a picture, its
 * path in SURGA_PICTURE.
 */
import { audit, launched, watched } from './launch.ts';

const [url = '', width = '1920', height = '1080'] = process.argv.slice(2);
const place = process.env['SURGA_PLACE'] ?? 'https://surga.example/activate';
const browser = await launched();
try {
  const page = await browser.newPage({ viewport: { width: Number(width), height: Number(height) } });
  const { troubles } = watched(page);
  await page.route('**/oauth/device_authorization', async (route) => {
    const answer = await route.fetch();
    const body = (await answer.json()) as Record<string, unknown>;
    const whole = `${place}#code=${String(body['user_code'])}`;
    await route.fulfill({ json: { ...body, verification_uri: place, verification_uri_complete: whole } });
  });
  await page.goto(url);
  await page.locator('.code').waitFor();
  if (process.env['SURGA_PICTURE']) await page.screenshot({ path: process.env['SURGA_PICTURE'], fullPage: true });
  const seen = await page.evaluate(() => ({
    code: document.querySelector<HTMLElement>('.code')?.dataset['code'],
    spoken: document.querySelector('.code .unseen')?.textContent,
    qr: document.querySelector<SVGElement>('[data-qr]')?.dataset['qr'] ?? null,
    dots: document.querySelectorAll('[data-qr] path').length,
    asked: document.querySelector('.asked')?.textContent,
    loopback: document.querySelector('.loopback') !== null,
    wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    tall: document.documentElement.scrollHeight > document.documentElement.clientHeight,
  }));
  console.log(JSON.stringify({ ...seen, ...(await audit(page)), troubles }));
} finally {
  await browser.close();
}
