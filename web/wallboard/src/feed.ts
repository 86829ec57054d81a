/** The board's one subscription, as a store that React reads at most once per frame of the screen. */
import { pipe, subscribe } from 'wonka';
import { openLine, type Line, type LineState } from '@surga/shared/desk';
import type { Enrolment } from '@surga/shared/enrolment';
import { WallboardDocument, type BoardFilter, type BoardFragment } from '@surga/shared/generated';

export type Seen = {
  board: BoardFragment | null;
  heardAt: number | null;
  line: LineState;
  lineSince: number;
  refusal: string | null;
};

export class Feed {
  private seen: Seen = { board: null, heardAt: null, line: 'connecting', lineSince: Date.now(), refusal: null };
  private readonly listeners = new Set<() => void>();
  private told = false;
  private build: string | null = null;
  private readonly enrolment: Enrolment;
  private readonly filter: BoardFilter | null;
  private readonly lost: () => void;

  constructor(enrolment: Enrolment, filter: BoardFilter | null, lost: () => void) {
    this.enrolment = enrolment;
    this.filter = filter;
    this.lost = lost;
  }

  readonly now = (): Seen => this.seen;

  readonly listen = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  start(): () => void {
    const url = `${location.origin.replace(/^http/, 'ws')}/graphql`;
    const line = openLine({
      url,
      token: () => this.enrolment.token().catch((problem: unknown) => this.failed(problem)),
      refused: () => void this.enrolment.renewed().catch((problem: unknown) => this.failed(problem).catch(() => {})),
      changed: (state) => this.change({ line: state, lineSince: Date.now() }),
    });
    let stop = this.watch(line);
    // A subscription that the server ended (rights changed, a refusal) begins again by itself.
    const again = setInterval(() => {
      if (this.ended) {
        this.ended = false;
        stop();
        stop = this.watch(line);
      }
    }, 3_000);
    return () => {
      clearInterval(again);
      stop();
      line.close();
    };
  }

  private ended = false;

  private watch(line: Line): () => void {
    const { unsubscribe } = pipe(
      line.urql.subscription(WallboardDocument, { filter: this.filter }),
      subscribe((result) => {
        if (result.data) this.take(result.data.wallboard);
        if (result.error) {
          this.ended = true;
          this.change({ refusal: result.error.graphQLErrors[0]?.message ?? null });
        } else if (!result.hasNext) {
          this.ended = true;
        }
      }),
    );
    return unsubscribe;
  }

  private take(board: BoardFragment): void {
    this.change({ board, heardAt: Date.now(), refusal: null });
    this.build ??= board.build;
    if (board.build !== this.build) void reloadWhenServed();
  }

  private async failed(problem: unknown): Promise<string> {
    if (problem instanceof Error && problem.name === 'Lost') this.lost();
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

/** Load the new pages only once the server gives them: a blank screen would be worse than an old one. */
async function reloadWhenServed(): Promise<void> {
  const answer = await fetch(location.pathname, { cache: 'no-store' }).catch(() => null);
  if (answer?.ok) location.reload();
  else setTimeout(() => void reloadWhenServed(), 5_000);
}
