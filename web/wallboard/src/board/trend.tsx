import { Chart } from './chart.tsx';
import { sameDay, wordsOf, type Parts } from './parts.ts';

/** What came in and was done: whole days as lines, and today, which is not over, beside them. */
export function TrendPanel(parts: Parts) {
  const { board, settings } = parts;
  const { say, minute } = wordsOf(settings);
  const past = board.trend.slice(0, -1);
  const empty = board.trend.every(({ received, resolved }) => received + resolved === 0);
  return (
    <section className="panel trend">
      <h2>
        {say('trend')}
        <small>{say('untilTime', { t: minute(board.asOf) })}</small>
      </h2>
      {empty ? <p className="none">{say('noDays')}</p> : <Chart board={board} settings={settings} />}
      <Today {...parts} />
      {!empty && <Days days={past} settings={settings} />}
    </section>
  );
}

/** A reading of another day is never called today's. */
function Today({ board, settings, now }: Parts) {
  const { say, number, date } = wordsOf(settings);
  const d = sameDay(board.asOf, now) ? null : date(board.asOf);
  const shown = [
    { count: 'receivedToday', word: d === null ? say('receivedToday') : say('receivedOn', { d }) },
    { count: 'resolvedToday', word: d === null ? say('resolvedToday') : say('resolvedOn', { d }) },
  ] as const;
  return (
    <div className="so-far">
      {shown.map(({ count, word }) => (
        <h3 key={count} className={`card small ${count}`} data-count={count} data-value={board[count]}>
          <span className="word">{word}</span>{' '}
          <span className="figure" key={board[count]}>
            {number(board[count])}
          </span>
        </h3>
      ))}
    </div>
  );
}

/** The same for whoever hears the board. */
function Days({ days, settings }: { days: Parts['board']['trend']; settings: Parts['settings'] }) {
  const { say, number, short } = wordsOf(settings);
  const [from, to] = [short(days[0]?.day ?? '1970-01-01'), short(days.at(-1)?.day ?? '1970-01-01')];
  return (
    <div className="heard">
      <table>
        <caption>{say('received30', { from, to })}</caption>
        <thead>
          <tr>
            <th scope="col">{say('dayHead')}</th>
            <th scope="col">{say('received')}</th>
            <th scope="col">{say('resolved')}</th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ day, received, resolved }) => (
            <tr key={day}>
              <th scope="row">{short(day)}</th>
              <td>{number(received)}</td>
              <td>{number(resolved)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
