/** How a screen is let in and stays in (RFC 8628): it shows a code, waits, and keeps a token that renews itself. */

export type Waiting = { userCode: string; place: string; expiresAt: number };
type Kept = { access: string; refresh: string | null; until: number };
type Answer = { status: number; body: Record<string, unknown> };

const KEPT = 'surga.display';
const CLIENT = 'wallboard';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const EARLY_MS = 60_000;

/** The screen's own credential; all screens of one browser share it, and only one of them renews it at a time. */
export class Enrolment {
  private kept: Kept | null;
  private renewing: Promise<string> | null = null;
  private readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
    this.kept = read();
  }

  get enrolled(): boolean {
    return this.kept !== null;
  }

  /** For tests: a token that was handed in. */
  take(token: string): void {
    this.kept = { access: token, refresh: null, until: Number.MAX_SAFE_INTEGER };
  }

  /** A token that is good now; throws Lost where the screen was revoked, and any other error where the server is away. */
  async token(): Promise<string> {
    this.kept = read() ?? this.kept;
    if (this.kept === null) throw new Lost();
    if (this.kept.refresh === null || Date.now() < this.kept.until - EARLY_MS) return this.kept.access;
    return this.renewed();
  }

  /** Renew at once, as the server did not take the token. */
  renewed(): Promise<string> {
    this.renewing ??= alone(() => this.renew()).finally(() => (this.renewing = null));
    return this.renewing;
  }

  /** Ask to be let in, show the code, and wait; comes back once somebody approved it. */
  async enrol(show: (waiting: Waiting) => void, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const asked = await this.post('/oauth/device_authorization', { client_id: CLIENT, scope: 'wallboard' });
      if (asked.status !== 200) {
        await sleep(5_000);
        continue;
      }
      const body = asked.body;
      show({
        userCode: String(body['user_code']),
        place: String(body['verification_uri'] ?? `${this.origin}/activate`),
        expiresAt: Date.now() + Number(body['expires_in'] ?? 600) * 1000,
      });
      const until = Date.now() + Number(body['expires_in'] ?? 600) * 1000;
      if (await this.poll(String(body['device_code']), Number(body['interval'] ?? 5), until, stopped)) return;
    }
  }

  /** Use a code that is approved already, as the demo prints it; false where it is spent or too old. */
  async useCode(code: string): Promise<boolean> {
    const answer = await this.post('/oauth/token', { grant_type: DEVICE, device_code: code, client_id: CLIENT });
    return this.keep(answer);
  }

  forget(): void {
    this.kept = null;
    localStorage.removeItem(KEPT);
  }

  private async poll(code: string, interval: number, until: number, stopped: AbortSignal): Promise<boolean> {
    let seconds = interval;
    while (!stopped.aborted && Date.now() < until) {
      await sleep(seconds * 1000);
      const answer = await this.post('/oauth/token', {
        grant_type: DEVICE,
        device_code: code,
        client_id: CLIENT,
      }).catch(() => null);
      if (answer === null) continue;
      if (this.keep(answer)) return true;
      if (answer.body['error'] === 'slow_down') seconds += 5;
      else if (answer.body['error'] !== 'authorization_pending') return false;
    }
    return false;
  }

  private async renew(): Promise<string> {
    const kept = read() ?? this.kept;
    if (kept === null || kept.refresh === null) throw new Lost();
    if (this.kept !== null && kept.access !== this.kept.access && Date.now() < kept.until - EARLY_MS) {
      this.kept = kept; // another window of this screen has just done it
      return kept.access;
    }
    const answer = await this.post('/oauth/token', {
      grant_type: 'refresh_token',
      refresh_token: kept.refresh,
      client_id: CLIENT,
    });
    if (this.keep(answer) && this.kept !== null) return this.kept.access;
    if (answer.status === 400 || answer.status === 401) {
      this.forget();
      throw new Lost();
    }
    throw new Error(`The server answered ${answer.status}`);
  }

  private keep(answer: Answer): boolean {
    const access = answer.body['access_token'];
    if (answer.status !== 200 || typeof access !== 'string') return false;
    const refresh = answer.body['refresh_token'];
    const until = Date.now() + Number(answer.body['expires_in'] ?? 3600) * 1000;
    this.kept = { access, refresh: typeof refresh === 'string' ? refresh : null, until };
    localStorage.setItem(KEPT, JSON.stringify(this.kept));
    return true;
  }

  private async post(path: string, fields: Record<string, string>): Promise<Answer> {
    const answer = await fetch(this.origin + path, { method: 'POST', body: new URLSearchParams(fields) });
    const body: unknown = await answer.json().catch(() => ({}));
    return { status: answer.status, body: body as Record<string, unknown> };
  }
}

/** The screen is no longer let in: it must be enrolled again. */
export class Lost extends Error {
  override name = 'Lost';
}

function read(): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Kept | null;
  } catch {
    return null;
  }
}

/** A refresh token is good once: two windows that used the same one would both be thrown out. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? ((await navigator.locks.request(KEPT, work)) as T) : work();
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
