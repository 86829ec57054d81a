import type { Freshness } from '@surga/shared/freshness';
import { Band, brokenWords } from './band.tsx';
import { wordsOf, type Parts } from './parts.ts';

/** Letters of what a board is narrowed to, beyond which they are smaller. */
const LONG = 60;
/** Letters of a title beside which there is room for a word more. */
const SHORT = 22;

export type HeadGiven = {
  board: Parts['board'] | null;
  settings: Parts['settings'];
  now: number;
  freshness: Freshness;
  /** Milliseconds since the server was last heard; null where it never was. */
  silence: number | null;
  /** Whose board it is; null while nobody has said it. */
  whose: string | null;
  narrowed: string;
  refused: boolean;
};

/** Whose board it is, the moment, and how far it can be believed. */
export function Head(given: HeadGiven) {
  const { board, settings, now, whose, narrowed, freshness } = given;
  const { say, day, minute, time, number } = wordsOf(settings);
  const title = whose ?? say('boardTitle');
  return (
    <header data-of={board?.agency ? 'agency' : 'city'} data-short={title.length <= SHORT}>
      {board && freshness.stale && <Band {...given} board={board} />}
      <div className="whose-board">
        <h1 style={{ '--letters': title.length } as React.CSSProperties}>{title}</h1>
        <p className="today">
          {whose && <span className="kind">{say('boardTitle')} </span>}
          {board?.agency && board.city ? <span className="city">{board.city} </span> : null}
          <span className="day">{day(now)}</span>
        </p>
      </div>
      {board?.withheld ? <p className="withheld">{say('withheld', { n: number(board.withheld) })}</p> : null}
      {narrowed && (
        <p className={narrowed.length > LONG ? 'narrowed long' : 'narrowed'}>{say('narrowed', { what: narrowed })}</p>
      )}
      <div
        className="state"
        data-stale={freshness.stale}
        data-slow={freshness.slow}
        data-broken={freshness.broken.join(' ')}
        data-refused={given.refused}
        data-waiting={freshness.waiting}
      >
        <time className="clock">{minute(now)}</time>
        <p className="freshness">
          <Light {...given} />
          {board && (
            <time className="asof" dateTime={board.asOf}>
              {say('asOf', { t: time(board.asOf) })}
            </time>
          )}
          <span className="printed">{say('printed', { t: `${day(now)} ${minute(now)}` })}</span>
        </p>
      </div>
    </header>
  );
}

/** The only words that are announced: that the line is there, or what is broken. The seconds are for the eye. */
function Light({ settings, freshness, silence, refused }: HeadGiven) {
  const { say, seconds } = wordsOf(settings);
  const broken = brokenWords(freshness, settings);
  const live = !broken && !refused && !freshness.waiting;
  return (
    <>
      <span className="light" role="status">
        {broken
          ? say('broken', { what: broken })
          : say(refused ? 'refused' : freshness.waiting ? 'connecting' : 'live')}
      </span>
      {live && silence !== null && (
        <span className="ago" aria-hidden="true">
          {say('ago', { s: seconds(silence) })}
        </span>
      )}
    </>
  );
}
