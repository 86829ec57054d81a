/** What enrolment needs of a browser, in one place, so that its steps can be tested without one. */

export type Answer = { status: number; body: Record<string, unknown> };
export type World = {
  origin: string;
  /** Rejects where the server does not answer. */
  post: (path: string, fields: Record<string, string>) => Promise<Answer>;
  /** The token that renews; it outlives a reboot. */
  kept: { read: () => string | null; write: (refresh: string | null) => void };
  now: () => number;
  sleep: (milliseconds: number, stopped: AbortSignal) => Promise<void>;
  /** Runs one piece of work at a time, over all windows of this browser. */
  alone: <T>(work: () => Promise<T>) => Promise<T>;
};

const KEPT = 'surga.display';
const PATIENCE_MS = 15_000;

export function browser(): World {
  return { origin: location.origin, post, kept: { read, write }, now: Date.now, sleep, alone };
}

async function post(path: string, fields: Record<string, string>): Promise<Answer> {
  const answer = await fetch(path, {
    method: 'POST',
    body: new URLSearchParams(fields),
    credentials: 'omit',
    cache: 'no-store',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const body: unknown = await answer.json().catch(() => ({}));
  return { status: answer.status, body: body as Record<string, unknown> };
}

function read(): string | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? 'null') as { refresh?: unknown } | null;
    return typeof kept?.refresh === 'string' ? kept.refresh : null;
  } catch {
    return null;
  }
}

function write(refresh: string | null): void {
  if (refresh === null) localStorage.removeItem(KEPT);
  else localStorage.setItem(KEPT, JSON.stringify({ refresh }));
}

/** A token that renews is good once: two windows that used the same one would both be thrown out. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  // Browsers have locks only under https and on the machine itself.
  return navigator.locks ? ((await navigator.locks.request(KEPT, work)) as T) : work();
}

function sleep(milliseconds: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    stopped.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
