/** Lines of whole days, drawn by the style sheet's own colours: they follow theme, print and forced colours by themselves. */
import { memo } from 'react';
import { wordsOf, type Parts } from './parts.ts';
import { marksUpTo } from '@surga/shared/scale';

type Given = Pick<Parts, 'board' | 'settings'>;
type Day = Parts['board']['trend'][number];
const HIGH = 100;

export const Chart = memo(Drawn, (one, other) => likeness(one) === likeness(other));

function likeness({ board, settings }: Given): string {
  return JSON.stringify([settings.language, board.trend]);
}

function Drawn({ board, settings }: Given) {
  const { rounded, short } = wordsOf(settings);
  const past = board.trend.slice(0, -1);
  const today = board.trend.at(-1);
  const marks = marksUpTo(Math.max(...board.trend.flatMap(({ received, resolved }) => [received, resolved])));
  const most = marks.at(-1) ?? 1;
  const wide = Math.max(1, past.length - 1);
  return (
    <div className="chart" aria-hidden="true">
      <ol className="marks">
        {marks.toReversed().map((mark) => (
          <li key={mark}>{rounded(mark)}</li>
        ))}
      </ol>
      <div className="plot">
        <svg viewBox={`0 0 ${wide} ${HIGH}`} preserveAspectRatio="none">
          {marks.map((mark) => (
            <path key={mark} className="rule" d={`M0 ${HIGH - (mark / most) * HIGH}h${wide}`} />
          ))}
          <path className="line received" d={line(past, 'received', most)} />
          <path className="line resolved" d={line(past, 'resolved', most)} />
        </svg>
      </div>
      {today && (
        <div className="strip">
          <i className="received" style={at(today.received / most)} />
          <i className="resolved" style={at(today.resolved / most)} />
        </div>
      )}
      <ol className="mondays">
        {mondays(past).map(({ day, place }, index) => (
          <li key={day} style={{ '--at': place / wide } as React.CSSProperties}>
            {index === 0 || dayOfMonth(day) <= 7 ? short(day) : dayOfMonth(day)}
          </li>
        ))}
      </ol>
    </div>
  );
}

function at(part: number): React.CSSProperties {
  return { '--part': part } as React.CSSProperties;
}

function line(days: Day[], of: 'received' | 'resolved', most: number): string {
  return days.map((day, place) => `${place ? 'L' : 'M'}${place} ${HIGH - (day[of] / most) * HIGH}`).join('');
}

function mondays(days: Day[]): { day: string; place: number }[] {
  return days
    .map(({ day }, place) => ({ day, place }))
    .filter(({ day }) => new Date(`${day}T00:00:00Z`).getUTCDay() === 1);
}

function dayOfMonth(day: string): number {
  return Number(day.slice(8));
}
