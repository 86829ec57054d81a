import { wordsOf, type Parts } from './parts.ts';
import { ClockMark, LateMark } from './marks.tsx';

type Name = 'overdue' | 'dueSoon' | 'open' | 'openWithoutAgency' | 'total';

/** What is late or will be, large; what is owed beside it. */
export function Cards(parts: Parts) {
  const { board } = parts;
  return (
    <section className="cards">
      <Card {...parts} name="overdue" large alarms={alarms(board)} mark={<LateMark />} />
      <Card {...parts} name="dueSoon" large mark={<ClockMark />} />
      <Card {...parts} name="open" />
      <Card {...parts} name={board.agency ? 'total' : 'openWithoutAgency'} />
    </section>
  );
}

/** Whether more are late than the city wants to see without an alarm. */
function alarms({ overdue, overdueLimit }: Parts['board']): boolean {
  return overdueLimit !== null && overdue > overdueLimit;
}

type Given = Parts & { name: Name; large?: boolean; alarms?: boolean; mark?: React.ReactNode };

function Card({ board, settings, name, large, alarms, mark }: Given) {
  const { say, number } = wordsOf(settings);
  const kind = `card ${large ? 'large' : 'small'} ${name}${alarms ? ' alarm' : ''}`;
  return (
    <div className={kind} data-count={name} data-value={board[name]}>
      {mark}
      <h2>
        <span className="word">{say(name === 'openWithoutAgency' ? 'undispatched' : name)}</span>{' '}
        <span className="figure" key={board[name]}>
          {number(board[name])}
        </span>
      </h2>
      {alarms && <p className="yardstick">{say('overLimit', { n: number(board.overdueLimit ?? 0) })}</p>}
      {name === 'dueSoon' && board.dueToday > 0 && (
        <p className="yardstick">{say('dueToday', { n: number(board.dueToday) })}</p>
      )}
    </div>
  );
}
