import { useEffect, useState } from 'react';
import { formats } from '@surga/shared/formats';
import type { Page, Problem } from './page.ts';

type Told = { page: Page; id?: string };

/** Good news, read out when it appears; its place stays, so that screen readers notice the change. */
export function News({ page: { say }, text, id }: Told & { text: string | null }) {
  return (
    <div role="status" className="notices" id={id}>
      {text === null ? null : (
        <p className="news">
          <b aria-hidden="true">✓</b> <span className="unseen">{say('done')}</span> {text}
        </p>
      )}
    </div>
  );
}

/** Why something failed, in a word, a sign and a colour; read out at once. */
export function Trouble({ page, problem, id }: Told & { problem: Problem | null }) {
  return (
    <div role="alert" className="notices" id={id}>
      {problem === null ? null : (
        <p className="problem">
          <b aria-hidden="true">!</b> <strong>{page.say('failed')}</strong> <Words page={page} problem={problem} />
        </p>
      )}
    </div>
  );
}

/** When it may be tried again stands there as a time: a number of seconds would be wrong a second later. */
function Words({ page: { language, say }, problem }: { page: Page; problem: Problem }) {
  if (problem.until === null) return <>{problem.text}</>;
  return <>{say('throttled', { t: formats(language).time(problem.until) })}</>;
}

/** How long a button has to stay off, counted down; 0 where it may be pressed. Outside of live regions. */
export function useHeldOff(problem: Problem | null): number {
  const [now, setNow] = useState(Date.now);
  const until = problem?.until ?? 0;
  useEffect(() => {
    setNow(Date.now());
    if (until <= Date.now()) return;
    const tick = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(tick);
  }, [until]);
  return Math.max(0, until - now);
}
