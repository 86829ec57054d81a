/** How a screen is let in and stays in (RFC 8628): it shows a code, waits, and keeps a token that renews itself. */
import { browser, type Answer, type World } from './enrolment-world.ts';
import { pause } from './pause.ts';

/**
 * A code that waits for somebody; place is where it has to be typed, whole the same with the code in it, expiresAt in
 * milliseconds of this screen's clock. agency is whose board is asked for, null for the whole city's.
 */
export type Waiting = {
  userCode: string;
  place: string;
  whole: string;
  expiresAt: number;
  agency: string | null;
  city: string | null;
};
/** What a screen that is not let in has to say: why, and what it is waiting for. */
export type News = 'revoked' | 'denied' | 'spent';
export type Trouble = 'offline' | 'crowded' | 'unknownBoard';
/** boards are some that there are, where the one that was asked for is unknown. */
export type Step = { waiting: Waiting | null; news: News | null; trouble: Trouble | null; boards?: string[] };
type Access = { token: string; renewAt: number; until: number };

const CLIENT = 'surga-wallboard';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
/** A token is renewed well before its end, so that an hour without the server costs nothing. */
const EARLY_MS = 3_600_000;
const SLOWER_SECONDS = 5;

/** The screen is no longer let in: it must be enrolled again. */
export class Lost extends Error {
  override name = 'Lost';
}

/** One screen's credential: the token that renews is kept on disk, the one that opens doors only in memory. */
export class Enrolment {
  private access: Access | null = null;
  private renewing: Promise<string> | null = null;
  private readonly board: string;
  private readonly world: World;

  constructor(board: string, world: World = browser()) {
    this.board = board;
    this.world = world;
  }

  get enrolled(): boolean {
    return this.access !== null || this.world.kept.read() !== null;
  }

  /** Whether the token should be exchanged for a new one now, although it is still good. */
  get due(): boolean {
    return this.access !== null && this.world.now() >= this.access.renewAt;
  }

  /** A token that is good now; throws Lost where the screen was revoked, and any other error where the server is away. */
  async token(): Promise<string> {
    const held = this.access;
    if (held !== null && !this.due) return held.token;
    return this.renewed().catch((problem: unknown) => {
      if (problem instanceof Lost || held === null || this.world.now() >= held.until) throw problem;
      return held.token;
    });
  }

  /** A new token; everybody who asks at the same time gets the same one. Throws as token() does. */
  renewed(): Promise<string> {
    this.renewing ??= this.world.alone(() => this.renew()).finally(() => (this.renewing = null));
    return this.renewing;
  }

  /** The server did not take this token: the next one to ask gets a new one. */
  distrust(token: string): void {
    if (this.access?.token === token) this.access = null;
  }

  /** Use a code that is approved already, as the demo prints it; false where it is spent, denied or too old. */
  async useCode(code: string, stopped: AbortSignal): Promise<boolean> {
    for (let tries = 0; !stopped.aborted; tries++) {
      const answer = await this.poll(code);
      if (answer !== null && answer.status < 500) return this.keep(answer);
      await this.world.sleep(pause(tries), stopped);
    }
    return false;
  }

  /** Ask to be let in, show the code, wait, and ask anew for as long as it takes; comes back once somebody approved. */
  async enrol(show: (step: Step) => void, stopped: AbortSignal, news: News | null = null): Promise<void> {
    for (let tries = 0; !stopped.aborted;) {
      const asked = await this.ask('/oauth/device_authorization', { scope: `board:${this.board}` });
      if (asked?.status !== 200) {
        show({ waiting: null, news, trouble: troubleOf(asked), boards: words(asked?.body['boards']) });
        await this.world.sleep(pause(tries++), stopped);
        continue;
      }
      tries = 0;
      const ended = await this.wait(asked, (waiting, trouble) => show({ waiting, news, trouble }), stopped);
      if (ended === 'in') return;
      news = ended === 'denied' ? 'denied' : null;
    }
  }

  private async wait(
    asked: Answer,
    show: (waiting: Waiting, trouble: Trouble | null) => void,
    stopped: AbortSignal,
  ): Promise<'in' | 'denied' | 'expired'> {
    const waiting = this.waitingFor(asked);
    let seconds = number(asked.body['interval'], 5);
    let silent = 0;
    show(waiting, null);
    while (!stopped.aborted && this.world.now() < waiting.expiresAt) {
      const pace = seconds * 2 ** Math.min(silent, 3) * 1000; // RFC 8628, 3.5: slower while nobody answers
      await this.world.sleep(Math.min(pace, waiting.expiresAt - this.world.now()), stopped);
      if (stopped.aborted) break;
      const answer = await this.poll(String(asked.body['device_code']));
      silent = answer === null || answer.status >= 500 ? silent + 1 : 0;
      show(waiting, silent ? 'offline' : null);
      if (answer === null || silent) continue;
      if (this.keep(answer)) return 'in';
      if (answer.body['error'] === 'slow_down') seconds += SLOWER_SECONDS;
      else if (answer.body['error'] === 'access_denied') return 'denied';
      else if (answer.body['error'] !== 'authorization_pending') return 'expired';
    }
    return 'expired';
  }

  private waitingFor(asked: Answer): Waiting {
    const place = String(asked.body['verification_uri'] ?? `${this.world.origin}/activate`);
    return {
      userCode: String(asked.body['user_code']),
      place,
      whole: String(asked.body['verification_uri_complete'] ?? place),
      expiresAt: this.world.now() + number(asked.body['expires_in'], 600) * 1000,
      agency: word((asked.body['agency'] as { name?: unknown } | null | undefined)?.name),
      city: word(asked.body['city']),
    };
  }

  private async renew(): Promise<string> {
    const refresh = this.world.kept.read();
    if (refresh === null) throw new Lost();
    const answer = await this.ask('/oauth/token', { grant_type: 'refresh_token', refresh_token: refresh });
    if (answer !== null && this.keep(answer) && this.access !== null) return this.access.token;
    if (answer?.body['error'] !== 'invalid_grant')
      throw new Error(`The server answered ${answer?.status ?? 'nothing'}`);
    this.access = null;
    this.world.kept.write(null);
    throw new Lost();
  }

  private keep(answer: Answer): boolean {
    const { access_token: token, refresh_token: refresh } = answer.body;
    if (answer.status !== 200 || typeof token !== 'string') return false;
    if (typeof refresh === 'string') this.world.kept.write(refresh);
    const lasts = number(answer.body['expires_in'], 86_400) * 1000;
    const now = this.world.now();
    this.access = { token, renewAt: now + lasts - Math.min(EARLY_MS, lasts / 2), until: now + lasts };
    return true;
  }

  private poll(code: string): Promise<Answer | null> {
    return this.ask('/oauth/token', { grant_type: DEVICE, device_code: code });
  }

  /** The server's answer, or null where there is none. */
  private ask(path: string, fields: Record<string, string>): Promise<Answer | null> {
    return this.world.post(path, { client_id: CLIENT, ...fields }).catch(() => null);
  }
}

function troubleOf(asked: Answer | null): Trouble {
  if (asked?.body['error'] === 'invalid_scope') return 'unknownBoard';
  return asked?.status === 429 ? 'crowded' : 'offline';
}

function number(given: unknown, otherwise: number): number {
  return typeof given === 'number' && given > 0 ? given : otherwise;
}

function word(given: unknown): string | null {
  return typeof given === 'string' && given !== '' ? given : null;
}

function words(given: unknown): string[] {
  return Array.isArray(given) ? given.filter((each): each is string => typeof each === 'string') : [];
}
