import { shortOf, wordsOf, type Parts } from './parts.ts';

const SHOWN = 6;

/** What waits longest, and whose it is. */
export function Oldest({ board, settings, now, ofAgency }: Parts) {
  const { say, waited } = wordsOf(settings);
  return (
    <section className="panel oldest">
      <h2>{say('oldest')}</h2>
      {board.oldestOpen.length === 0 && <p className="none">{say('nothing')}</p>}
      <ul>
        {board.oldestOpen.slice(0, SHOWN).map((ticket) => (
          <li key={ticket.number}>
            <em>{waited(ticket.receivedAt, now)}</em>
            <b>{ticket.number}</b>
            <span className="what">{ticket.category?.name ?? '–'}</span>
            {!ofAgency && (
              <abbr className="whose" title={ticket.agency?.name ?? say('noAgency')}>
                {ticket.agency ? shortOf(ticket.agency) : '–'}
              </abbr>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
