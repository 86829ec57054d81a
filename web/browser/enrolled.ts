/** Makes a page that of a screen which was let in long ago: what it kept is exchanged, once, for the token that is given. */
import type { Page } from 'playwright-core';

export async function enrolled(page: Page, token: string): Promise<void> {
  let given = false;
  await page.route('**/oauth/token', async (route) => {
    if (given) return route.fulfill({ status: 400, json: { error: 'invalid_grant' } });
    given = true;
    return route.fulfill({ json: { access_token: token, refresh_token: 'kept', expires_in: 86_400 } });
  });
  await page.addInitScript(() => localStorage.setItem('surga.display', JSON.stringify({ refresh: 'kept' })));
}
