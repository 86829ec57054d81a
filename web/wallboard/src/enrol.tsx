import { useEffect, useMemo, useState } from 'react';
import { encode } from 'uqr';
import type { Enrolment, News, Step, Trouble } from '@surga/shared/enrolment';
import { formats } from '@surga/shared/formats';
import { texts, type Text } from '@surga/shared/texts';
import { isLoopback } from './address.ts';
import type { Settings } from './settings.tsx';
import './enrol.css';

type Shown = {
  enrolment: Enrolment;
  settings: Settings;
  now: number;
  news: News | null;
  /** The board that the address asks for, as it was typed. */
  board: string;
  /** A code from the address, to be tried first. */
  code: string | null;
  done: () => void;
  children: React.ReactNode;
};
type Waited = { waiting: NonNullable<Step['waiting']>; settings: Settings; now: number };

const TROUBLES: Record<Trouble, Text> = {
  offline: 'enrolOffline',
  crowded: 'enrolCrowded',
  unknownBoard: 'enrolUnknownBoard',
};
const NEWS: Record<News, Text> = { revoked: 'newsRevoked', denied: 'newsDenied', spent: 'newsSpent' };

/** The page of a screen that is not let in: a code to be read from across the room or scanned, and where to type it. */
export function Enrol({ enrolment, settings, now, news, board, code, done, children }: Shown) {
  const say = texts(settings.language);
  const [step, setStep] = useState<Step>({ waiting: null, news, trouble: null });
  useEffect(() => {
    const stopped = new AbortController();
    void enter(enrolment, code, news, setStep, stopped.signal).then(() => stopped.signal.aborted || done());
    return () => stopped.abort();
  }, [enrolment, code, news]);
  const { waiting, trouble } = step;
  const known = (step.boards ?? []).map((each) => `?board=${each.toLowerCase()}`).join(', ');
  return (
    <div className="screen">
      <main className="enrol">
        {waiting?.city && <p className="city">{waiting.city}</p>}
        <h1>{say('enrolTitle')}</h1>
        {step.news && waiting && <p className="news">{say(NEWS[step.news])}</p>}
        {waiting ? <Code waiting={waiting} settings={settings} now={now} /> : null}
        {/* The place stays, so that nothing moves while somebody copies the code, and is heard when it changes. */}
        <div className="kept" role="status">
          {trouble && <p className="trouble">{say(TROUBLES[trouble], { board, known })}</p>}
          {!waiting && !trouble && <p>{say('connecting')}</p>}
        </div>
        {children}
      </main>
    </div>
  );
}

function Code({ waiting, settings, now }: Waited) {
  const say = texts(settings.language);
  const { minute, countdown } = formats(settings.language);
  const { hostname, host, pathname } = new URL(waiting.place);
  const loopback = isLoopback(hostname);
  return (
    <>
      <p>{say('enrolHow')}</p>
      <p className="place">
        {host}
        <wbr />
        {pathname}
      </p>
      <div className="codes">
        <p className="code" data-code={waiting.userCode}>
          <span className="unseen">{say('enrolCode', { digits: [...waiting.userCode].join(' ') })}</span>
          <span aria-hidden="true">{waiting.userCode.slice(0, 3)}</span>
          <span aria-hidden="true">{waiting.userCode.slice(3)}</span>
        </p>
        {!loopback && <Qr text={waiting.whole} label={say('enrolQr')} note={say('enrolScan')} />}
      </div>
      <p className="asked">{say('enrolBoard', { board: waiting.agency ?? say('enrolCity') })}</p>
      <p role="timer">{say('enrolWait', { t: minute(waiting.expiresAt), left: countdown(waiting.expiresAt - now) })}</p>
      {loopback && <p className="loopback">{say('enrolLoopback')}</p>}
    </>
  );
}

/** Dark on white in both themes, with the quiet margin that readers need: some do not find a code that is inverted. */
function Qr({ text, label, note }: { text: string; label: string; note: string }) {
  const { size, path } = useMemo(() => drawn(text), [text]);
  return (
    <figure className="qr">
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} data-qr={text}>
        <path d={path} />
      </svg>
      <figcaption>{note}</figcaption>
    </figure>
  );
}

function drawn(text: string): { size: number; path: string } {
  const { size, data } = encode(text, { ecc: 'M', border: 4 });
  const dots = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { size, path: dots.join('') };
}

async function enter(
  enrolment: Enrolment,
  code: string | null,
  news: News | null,
  show: (step: Step) => void,
  stopped: AbortSignal,
): Promise<void> {
  if (code !== null && (await enrolment.useCode(code, stopped))) return;
  await enrolment.enrol(show, stopped, code === null ? news : 'spent');
}
