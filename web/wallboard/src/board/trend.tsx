import { Chart } from './chart.tsx';
import type { Text } from '@surga/shared/texts';
import { sameDay, wordsOf, type Parts } from './parts.ts';

/** What came in and was done: whole days as lines, and today, which is not over, beside them. */
export function TrendPanel(parts: Parts) {
  const { board, settings } = parts;
  const { say, minute, number } = wordsOf(settings);
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
      {board.usualReceived !== null && <p className="yardstick">{say('usual', { n: number(board.usualReceived) })}</p>}
      {!empty && <Days days={past} settings={settings} />}
    </section>
  );
}

/** A reading of another day is never called today's. */
function Today({ board, settings, now }: Parts) {
  const { say, number, date } = wordsOf(settings);
  const d = sameDay(board.asOf, now) ? null : date(board.asOf);
  const words = <Word extends Text>(today: Word, on: Word) => (d === null ? say(today) : say(on, { d }));
  const came =
    board.dispatchedToday === null
      ? { count: 'receivedToday', value: board.receivedToday, word: words('receivedToday', 'receivedOn') }
      : { count: 'dispatchedToday', value: board.dispatchedToday, word: words('fromDeskToday', 'fromDeskOn') };
  const went = { count: 'resolvedToday', value: board.resolvedToday, word: words('resolvedToday', 'resolvedOn') };
  return (
    <div className="so-far">
      {[came, went].map(({ count, value, word }) => (
        <h3 key={count} className={`card small ${count}`} data-count={count} data-value={value}>
          <span className="word">{word}</span>{' '}
          <span className="figure" key={value}>
            {number(value)}
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
  const came = days[0]?.dispatched == null ? 'received' : 'fromDesk';
  return (
    <div className="heard">
      <table>
        <caption>{say('received30', { from, to })}</caption>
        <thead>
          <tr>
            {[say('dayHead'), say(came), say('resolved'), say('dayOff')].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map(({ day, received, dispatched, resolved, workingDay, dayOff }) => (
            <tr key={day}>
              <th scope="row">{short(day)}</th>
              <td>{number(dispatched ?? received)}</td>
              <td>{number(resolved)}</td>
              <td>{workingDay ? '' : (dayOff ?? say('noWork'))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
