import { Agencies } from './agencies.tsx';
import { Cards } from './cards.tsx';
import { Categories } from './categories.tsx';
import { Latest } from './latest.tsx';
import { wordsOf, type Parts } from './parts.ts';
import { Statuses } from './statuses.tsx';
import { TrendPanel } from './trend.tsx';
import { Urgent } from './urgent.tsx';
import { widthOf } from '@surga/shared/widths';

/** One question per panel: what is late, what came and went, whose it is, what is owed, what waits, what just happened. */
export function Board(parts: Parts) {
  const { board, settings } = parts;
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
  return (
    <main className={empty ? 'board empty' : 'board'} style={style}>
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
        </>
      )}
    </main>
  );
}
