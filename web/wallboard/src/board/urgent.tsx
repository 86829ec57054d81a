import { aboutOf } from '@surga/shared/about';
import { label } from '@surga/shared/labels';
import { ClockMark, HoldMark, LateMark } from './marks.tsx';
import { dayOf, wordsOf, type Parts } from './parts.ts';

const SHOWN = 6;
type Ticket = Parts['board']['dueFirst'][number];

/** What has to be asked about today: by the clock, in working days, and whose it is. */
export function Urgent({ board, settings }: Parts) {
  const { say } = wordsOf(settings);
  return (
    <section className="panel urgent">
      <h2>{say('dueFirst')}</h2>
      {board.dueFirst.length === 0 && <p className="none">{say('nothing')}</p>}
      <ul>
        {board.dueFirst.slice(0, SHOWN).map((ticket) => (
          <li key={ticket.number} className={ticket.standing} data-number={ticket.number}>
            <p>
              <em>
                <Mark standing={ticket.standing} />
                {clockOf(ticket, settings, board.asOf)}
              </em>
              <b>{ticket.number}</b>
            </p>
            <About ticket={ticket} board={board} settings={settings} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function About({ ticket, board, settings }: { ticket: Ticket } & Pick<Parts, 'board' | 'settings'>) {
  const { what, whose } = aboutOf(ticket, wordsOf(settings).say('undispatched'), board.agency !== null);
  return (
    <p>
      <span className="what">{what}</span>
      {whose && (
        <abbr className="whose" title={whose.long}>
          {whose.short}
        </abbr>
      )}
    </p>
  );
}

function Mark({ standing }: { standing: string }) {
  if (standing === 'OVERDUE') return <LateMark />;
  if (standing === 'DUE_SOON') return <ClockMark />;
  return standing === 'RESTING' ? <HoldMark /> : null;
}

/** How its clock stands. One that rests says why. */
function clockOf(ticket: Ticket, settings: Parts['settings'], asOf: string): string {
  const { say, short, workingDays } = wordsOf(settings);
  const { standing, dueOn, workingDaysLeft: left, holdUntil, status } = ticket;
  if (standing === 'RESTING') {
    if (!holdUntil) return label(settings.language, 'TicketStatus', status);
    return say(dayOf(holdUntil) <= dayOf(asOf) ? 'holdOver' : 'heldUntil', { d: short(holdUntil) });
  }
  if (left === null || dueOn === null) return say('unbound');
  if (standing === 'OVERDUE')
    return left < 0 ? say('overdueBy', { n: workingDays(-left) }) : say('overdueSince', { d: short(dueOn) });
  return left === 0 ? say('lastDay') : say('daysLeft', { n: workingDays(left) });
}
