import { wordsOf, type Parts } from './parts.ts';
import { ClockMark, LateMark } from './marks.tsx';

type Name = 'overdue' | 'dueSoon' | 'open' | 'openWithoutAgency' | 'total';

/** What is late or will be, large; what is owed beside it. */
export function Cards(parts: Parts) {
  const { board } = parts;
  return (
    <section className="cards">
      <Card {...parts} name="overdue" large mark={<LateMark />} />
      <Card {...parts} name="dueSoon" large mark={<ClockMark />} />
      <Card {...parts} name="open" />
      <Card {...parts} name={board.agency ? 'total' : 'openWithoutAgency'} />
    </section>
  );
}

type Given = Parts & { name: Name; large?: boolean; mark?: React.ReactNode };

function Card({ board, settings, name, large, mark }: Given) {
  const { say, number } = wordsOf(settings);
  const kind = `card ${large ? 'large' : 'small'} ${name}`;
  return (
    <div className={kind} data-count={name} data-value={board[name]}>
      {mark}
      <h2>
        <span className="word">{say(name === 'openWithoutAgency' ? 'undispatched' : name)}</span>{' '}
        <span className="figure" key={board[name]}>
          {number(board[name])}
        </span>
      </h2>
      {name === 'dueSoon' && board.dueToday > 0 && (
        <p className="yardstick">{say('dueToday', { n: number(board.dueToday) })}</p>
      )}
    </div>
  );
}
