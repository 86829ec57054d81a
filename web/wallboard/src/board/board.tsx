import { Agencies } from './agencies.tsx';
import { Cards } from './cards.tsx';
import { Categories } from './categories.tsx';
import { Latest } from './latest.tsx';
import { Pager } from './pager.tsx';
import { wordsOf, type Parts } from './parts.ts';
import { Statuses } from './statuses.tsx';
import { TrendPanel } from './trend.tsx';
import { PAGES, useTurning } from './turning.ts';
import { Urgent } from './urgent.tsx';
import { widthOf } from '@surga/shared/widths';
import type { Reading } from '../reading.ts';

/** One question per panel: what is late, what came and went, whose it is, what is owed, what waits, what just happened. */
export function Board(parts: Parts & { reading: Reading }) {
  const { board, settings, reading } = parts;
  const { say, number } = wordsOf(settings);
  const figures = [
    'overdue',
    'dueSoon',
    'open',
    'openWithoutAgency',
    'receivedToday',
    'resolvedToday',
    'total',
  ] as const;
  const widest = Math.max(...figures.map((name) => widthOf(number(board[name]))));
  const style = { '--widest': widest } as React.CSSProperties;
  const empty = board.total === 0;
  const pages = empty ? ['trend'] : PAGES;
  const turning = useTurning(reading.far ? pages.length : 1, reading.seconds);
  return (
    <main
      className={empty ? 'board empty' : 'board'}
      style={style}
      data-page={reading.far ? pages[turning.page] : undefined}
      {...turning.hands}
    >
      <Cards {...parts} />
      <TrendPanel {...parts} />
      {empty ? (
        <p className="panel calm" data-count="total" data-value={0}>
          {say(board.tooFew ? 'tooFew' : 'nothingAtAll')}
        </p>
      ) : (
        <>
          {board.agency ? <Categories {...parts} /> : <Agencies {...parts} />}
          <Statuses {...parts} />
          <Urgent {...parts} />
          <Latest {...parts} />
          {reading.far && <Pager {...{ pages, turning, settings }} ofAgency={board.agency !== null} />}
        </>
      )}
    </main>
  );
}
