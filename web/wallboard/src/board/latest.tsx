import { aboutOf } from '@surga/shared/about';
import { label } from '@surga/shared/labels';
import { useHeld } from './held.ts';
import { sameDay, wordsOf, type Parts } from './parts.ts';

const SHOWN = 6;
const FRESH_MS = 60_000;
/** Where a report without an agency waits for the desk; after these it went elsewhere. */
const BEFORE_DISPATCH = new Set(['RECEIVED', 'INCOMPLETE', 'VERIFIED']);
type Change = Parts['board']['latest'][number];

/** What just happened: when, what, about what, and whose it is. */
export function Latest({ board, settings, now }: Parts) {
  const { say } = wordsOf(settings);
  const latest = board.latest.slice(0, SHOWN);
  const held = useHeld(latest, JSON.stringify(latest));
  return (
    <section className="panel latest">
      <h2>{say('latest')}</h2>
      {held.length === 0 && <p className="none">{say('nothingHappened')}</p>}
      <ul>
        {held.map((change) => (
          <li
            key={`${change.number} ${change.at} ${change.to}`}
            data-number={change.number}
            className={now - Date.parse(change.at) < FRESH_MS ? 'fresh' : ''}
          >
            <When at={change.at} now={now} settings={settings} />
            <span className={`to ${change.to}`}>{label(settings.language, 'TicketStatus', change.to)}</span>
            <About change={change} board={board} settings={settings} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function About({ change, board, settings }: { change: Change } & Pick<Parts, 'board' | 'settings'>) {
  const nobodys = BEFORE_DISPATCH.has(change.to) ? wordsOf(settings).say('undispatched') : '–';
  const { what, whose } = aboutOf(change, nobodys, board.agency !== null);
  return (
    <>
      {whose && (
        <abbr className="whose" title={whose.long}>
          {whose.short}
        </abbr>
      )}
      <span className="what">{what}</span>
    </>
  );
}

/** The minute today, the day before that. */
function When({ at, now, settings }: { at: string; now: number; settings: Parts['settings'] }) {
  const { minute, short } = wordsOf(settings);
  const day = new Date(Date.parse(at) + 7 * 3_600_000).toISOString().slice(0, 10);
  return <time dateTime={at}>{sameDay(at, now) ? minute(at) : short(day)}</time>;
}
