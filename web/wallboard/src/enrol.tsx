import { useEffect, useState } from 'react';
import type { Enrolment, News, Step, Trouble } from '@surga/shared/enrolment';
import { formats } from '@surga/shared/formats';
import { texts, type Text } from '@surga/shared/texts';
import type { Settings } from './settings.tsx';

type Shown = {
  enrolment: Enrolment;
  settings: Settings;
  now: number;
  news: News | null;
  /** A code from the address, to be tried first. */
  code: string | null;
  done: () => void;
  children: React.ReactNode;
};
const TROUBLES: Record<Trouble, Text> = {
  offline: 'enrolOffline',
  crowded: 'enrolCrowded',
  unknownBoard: 'enrolUnknownBoard',
};
const NEWS: Record<News, Text> = { revoked: 'newsRevoked', denied: 'newsDenied', spent: 'newsSpent' };

/** The page of a screen that is not let in: a code to be read from across the room, and where to type it. */
export function Enrol({ enrolment, settings, now, news, code, done, children }: Shown) {
  const say = texts(settings.language);
  const [step, setStep] = useState<Step>({ waiting: null, news, trouble: null });
  useEffect(() => {
    const stopped = new AbortController();
    void enter(enrolment, code, news, setStep, stopped.signal).then(() => stopped.signal.aborted || done());
    return () => stopped.abort();
  }, [enrolment, code, news]);
  return (
    <div className="screen">
      <main className="enrol">
        <h1>{say('enrolTitle')}</h1>
        {step.news && step.waiting && <p className="news">{say(NEWS[step.news])}</p>}
        {step.waiting ? <Code waiting={step.waiting} settings={settings} now={now} /> : null}
        {step.trouble && <p className="trouble">{say(TROUBLES[step.trouble])}</p>}
        {!step.waiting && !step.trouble && <p>{say('connecting')}</p>}
        {children}
      </main>
    </div>
  );
}

function Code({ waiting, settings, now }: { waiting: NonNullable<Step['waiting']>; settings: Settings; now: number }) {
  const say = texts(settings.language);
  const { minute, countdown } = formats(settings.language);
  return (
    <>
      <p>{say('enrolHow')}</p>
      <p className="place">{waiting.place.replace(/^https?:\/\//, '')}</p>
      <p className="code" data-code={waiting.userCode} aria-label={[...waiting.userCode].join(' ')}>
        <span>{waiting.userCode.slice(0, 3)}</span>
        <span>{waiting.userCode.slice(3)}</span>
      </p>
      <p role="timer">{say('enrolWait', { t: minute(waiting.expiresAt), left: countdown(waiting.expiresAt - now) })}</p>
    </>
  );
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
