import { staleSince, type Freshness } from '@surga/shared/freshness';
import { label } from '@surga/shared/labels';
import { LateMark } from './marks.tsx';
import { sameDay, wordsOf, type Parts } from './parts.ts';

type Given = { board: Parts['board']; settings: Parts['settings']; now: number; freshness: Freshness };

/** While the numbers are not those of now: since when, for how long, and what broke. */
export function Band({ board, settings, now, freshness }: Given) {
  const { say, date, minute, span } = wordsOf(settings);
  const since = staleSince(freshness, board.asOf, board.links, now);
  const at = say('atTime', { t: minute(since) });
  const values = {
    t: sameDay(since, now) ? at : say('onDayAt', { d: date(since), t: minute(since) }),
    age: span(now - since),
  };
  return (
    <p className="band">
      <LateMark />
      <span>{say(isCurrent(freshness) ? 'disturbed' : 'cutOff', values)}</span>
    </p>
  );
}

/** Without Redis the log is still read every second, and only standings wait for the clocks: the numbers are those of now. */
function isCurrent({ broken }: Freshness): boolean {
  return broken.every((part) => part === 'REDIS' || part === 'CLOCKS');
}

/** Parts of a sentence that is read in passing. */
const NAMED = 2;

/** What is broken, in words, e.g. database, Redis, +1; empty for nothing. */
export function brokenWords({ broken }: Freshness, { language }: Parts['settings']): string {
  const { say } = wordsOf({ language });
  const names = broken.map((part) => (part === 'SERVER' ? say('SERVER') : label(language, 'Link', part)));
  const more = names.splice(NAMED).length;
  return [...names, ...(more ? [`+${more}`] : [])].join(', ');
}
