/** New pages are loaded only once the server gives them: a blank screen would be worse than an old one. */
import { pause } from '@surga/shared/pause';

let waiting = false;

/** Reload as soon as the server answers; asking again changes nothing. */
export function reloadWhenServed(): void {
  if (waiting) return;
  waiting = true;
  void attempt(0);
}

async function attempt(tries: number): Promise<void> {
  const answer = await fetch(location.pathname + location.search, { cache: 'no-store' }).catch(() => null);
  if (answer?.ok) location.reload();
  else setTimeout(() => void attempt(tries + 1), pause(tries));
}
