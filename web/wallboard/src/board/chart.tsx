/** Lines of whole days, drawn by the style sheet's own colours: they follow theme, print and forced colours by themselves. */
import { memo } from 'react';
import { wordsOf, type Parts } from './parts.ts';
import { marksUpTo } from '@surga/shared/scale';

type Given = Pick<Parts, 'board' | 'settings'>;
type Day = { day: string; came: number; resolved: number; workingDay: boolean };
const HIGH = 100;

export const Chart = memo(Drawn, (one, other) => likeness(one) === likeness(other));

function likeness({ board, settings }: Given): string {
  return JSON.stringify([settings.language, board.trend]);
}

function Drawn({ board, settings }: Given) {
  const { rounded, short } = wordsOf(settings);
  const days = board.trend.map((day) => ({ ...day, came: day.dispatched ?? day.received }));
  const past = days.slice(0, -1);
  const today = days.at(-1);
  const marks = marksUpTo(Math.max(...days.flatMap(({ came, resolved }) => [came, resolved])));
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
          {past.map((day, place) => day.workingDay || <path key={day.day} className="off" d={dayBand(place, wide)} />)}
          {marks.map((mark) => (
            <path key={mark} className="rule" d={`M0 ${HIGH - (mark / most) * HIGH}h${wide}`} />
          ))}
          <path className="line received" d={line(past, 'came', most)} />
          <path className="line resolved" d={line(past, 'resolved', most)} />
        </svg>
      </div>
      {today && (
        <div className="strip">
          <i className="received" style={at(today.came / most)} />
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

/** A day from one noon to the next, as far as the lines go. */
function dayBand(place: number, wide: number): string {
  const [from, to] = [Math.max(0, place - 0.5), Math.min(wide, place + 0.5)];
  return `M${from} 0H${to}V${HIGH}H${from}Z`;
}

function line(days: Day[], of: 'came' | 'resolved', most: number): string {
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
