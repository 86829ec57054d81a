/** The board's one subscription, as a store that React reads at most once per frame of the screen. */
import { pipe, subscribe } from 'wonka';
import { openLine, type Line } from '@surga/shared/desk';
import { Lost, type Enrolment } from '@surga/shared/enrolment';
import { lineIs, LONGEST_SILENCE_MS, type Heard } from '@surga/shared/freshness';
import type { Language } from '@surga/shared/formats';
import {
  BoardChoicesDocument,
  WallboardDocument,
  type BoardChoicesQuery,
  type BoardFilter,
  type BoardFragment,
} from '@surga/shared/generated';
import { pause } from '@surga/shared/pause';
import { reloadWhenServed } from './reload.ts';

/** Why the desk gives no board, in its own words. */
export type Refusal = { code: unknown; message: string };

export type Seen = Heard & {
  board: BoardFragment | null;
  refusal: Refusal | null;
  /** Milliseconds by which the clock of the server is ahead of this screen's, where that matters. */
  ahead: number;
};

const LOOK_EVERY_MS = 1_000;
const TOLERATED_MS = 30_000;

export class Feed {
  private seen: Seen = {
    board: null,
    heardAt: null,
    wordAt: null,
    line: 'connecting',
    lineSince: Date.now(),
    cutSince: null,
    refusal: null,
    ahead: 0,
  };
  private readonly listeners = new Set<() => void>();
  private told = false;
  private build: string | null = null;
  private failures = 0;
  private beginAgainAt: number | null = null;
  private renewing = false;
  private line: Line | null = null;
  private language: Language;
  private readonly enrolment: Enrolment;
  private readonly filter: BoardFilter | null;
  private readonly lost: () => void;

  constructor(enrolment: Enrolment, filter: BoardFilter | null, language: Language, lost: () => void) {
    this.enrolment = enrolment;
    this.filter = filter;
    this.language = language;
    this.lost = lost;
  }

  readonly now = (): Seen => this.seen;

  readonly listen = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  start(): () => void {
    const line = openLine({
      // A page can set no header of a socket.
      url: () => `${location.origin.replace(/^http/, 'ws')}/graphql?lang=${this.language}`,
      token: () => this.enrolment.token().catch((problem: unknown) => this.failed(problem)),
      refused: (token) => this.enrolment.distrust(token),
      changed: (state) => this.change(lineIs(state, this.seen, Date.now())),
      alive: () => this.change({ wordAt: Date.now() }),
    });
    this.line = line;
    let stop = this.watch(line);
    const looking = setInterval(() => {
      this.hangUpOnSilence(line);
      void this.renewInTime(line);
      if (this.beginAgainAt === null || Date.now() < this.beginAgainAt) return;
      this.beginAgainAt = null;
      stop();
      stop = this.watch(line);
    }, LOOK_EVERY_MS);
    return () => {
      clearInterval(looking);
      stop();
      line.close();
    };
  }

  /** Have refusals said in this language: the desk is told when a line is opened. */
  speak(language: Language): void {
    if (language === this.language) return;
    this.language = language;
    if (this.seen.refusal !== null) this.beginAgainAt = Date.now();
    this.line?.socket.terminate();
  }

  /** What there is to choose from; null where the desk does not say it now. */
  async choices(): Promise<BoardChoicesQuery | null> {
    const answer = await this.line?.urql.query(BoardChoicesDocument, {}).toPromise();
    return answer?.error ? null : (answer?.data ?? null);
  }

  private watch(line: Line): () => void {
    const { unsubscribe } = pipe(
      line.urql.subscription(WallboardDocument, { filter: this.filter }),
      subscribe((result) => {
        if (result.data) this.take(result.data.wallboard);
        if (result.error) this.change({ refusal: refusalOf(result.error.graphQLErrors) });
        if (result.error || !result.hasNext) this.beginAgain();
      }),
    );
    return unsubscribe;
  }

  /** A subscription that the server ended (rights changed, a refusal) begins again by itself, at a moment of its own. */
  private beginAgain(): void {
    this.beginAgainAt ??= Date.now() + pause(this.failures++);
  }

  /** A cable that was pulled out says nothing: only a new line tells whether the server is there again. */
  private hangUpOnSilence(line: Line): void {
    const { line: state, lineSince, heardAt } = this.seen;
    const since = Math.max(lineSince, heardAt ?? 0);
    if (state === 'open' && Date.now() - since > LONGEST_SILENCE_MS) line.socket.terminate();
  }

  /** The server ends a line with its token: take a new one before, and come back with it at once. */
  private async renewInTime(line: Line): Promise<void> {
    if (this.renewing || !this.enrolment.due) return;
    this.renewing = true;
    const before = await this.enrolment.token().catch(() => null);
    this.renewing = false;
    if (before !== null && !this.enrolment.due) line.socket.terminate();
  }

  private take(board: BoardFragment): void {
    this.failures = 0;
    const now = Date.now();
    this.change({
      board,
      heardAt: now,
      wordAt: now,
      cutSince: null,
      refusal: null,
      ahead: ahead(board, this.seen.ahead),
    });
    this.build ??= board.build;
    if (board.build !== this.build) reloadWhenServed();
  }

  private failed(problem: unknown): never {
    if (problem instanceof Lost) this.lost();
    throw problem;
  }

  private change(part: Partial<Seen>): void {
    this.seen = { ...this.seen, ...part };
    if (this.told) return;
    this.told = true;
    requestAnimationFrame(() => {
      this.told = false;
      for (const listener of this.listeners) listener();
    });
  }
}

function refusalOf([first]: readonly { message: string; extensions?: Record<string, unknown> }[]): Refusal | null {
  return first ? { code: first.extensions?.['code'], message: first.message } : null;
}

/** Screens forget the time when their battery is empty; the numbers were read a moment ago, unless the database is away. */
function ahead(board: BoardFragment, before: number): number {
  if (board.links.some(({ link, ok }) => link === 'DATABASE' && !ok)) return before;
  const difference = Date.parse(board.asOf) - Date.now();
  return Math.abs(difference) > TOLERATED_MS ? difference : 0;
}
