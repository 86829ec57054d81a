import './locale.ts';
import { StrictMode, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { Enrolment, type Waiting } from '@surga/shared/enrolment';
import { formats } from '@surga/shared/formats';
import { freshness } from '@surga/shared/freshness';
import type { BoardFilter } from '@surga/shared/generated';
import { Board, Head } from './board.tsx';
import { Feed } from './feed.ts';
import { firstSettings, keep, SettingsButton, themeOf, type Settings } from './settings.tsx';
import { texts } from './texts.ts';
import './style.css';

const query = new URLSearchParams(location.search);
const handed = new URLSearchParams(location.hash.slice(1));
// A code or a token is used once, and must not stay where a photograph of the screen shows it.
if (location.hash) history.replaceState(null, '', location.pathname + location.search);

function App({ enrolment }: { enrolment: Enrolment }) {
  const [settings, setSettings] = useState(() => firstSettings(query));
  const [enrolled, setEnrolled] = useState(enrolment.enrolled && !handed.has('code'));
  const now = useNow();
  const theme = themeOf(settings.theme, now);
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    document.documentElement.lang = settings.language;
  }, [theme, settings.language]);
  const change = (chosen: Settings) => {
    keep(chosen);
    setSettings(chosen);
  };
  const buttons = <SettingsButton settings={settings} change={change} />;
  if (!enrolled)
    return <Enrol enrolment={enrolment} settings={settings} done={() => setEnrolled(true)} buttons={buttons} />;
  return (
    <Watching
      enrolment={enrolment}
      settings={settings}
      theme={theme}
      now={now}
      lost={() => setEnrolled(false)}
      buttons={buttons}
    />
  );
}

type Shown = { enrolment: Enrolment; settings: Settings; buttons: React.ReactNode };

function Watching({
  enrolment,
  settings,
  theme,
  now,
  lost,
  buttons,
}: Shown & { theme: string; now: number; lost: () => void }) {
  const feed = useMemo(() => new Feed(enrolment, wanted(query), lost), [enrolment]);
  useEffect(() => feed.start(), [feed]);
  const seen = useSyncExternalStore(feed.listen, feed.now);
  const state = freshness(
    Math.max(now, seen.heardAt ?? 0),
    seen.heardAt,
    seen.line,
    seen.lineSince,
    seen.board?.links ?? [],
  );
  return (
    <div className={state.stale ? 'screen stale' : 'screen'}>
      <Head board={seen.board} settings={settings} now={now} freshness={state}>
        {buttons}
      </Head>
      {seen.board ? (
        <Board board={seen.board} settings={settings} now={now} theme={theme} />
      ) : (
        <p className="wait">{seen.refusal ?? texts(settings.language)('connecting')}</p>
      )}
    </div>
  );
}

function Enrol({ enrolment, settings, done, buttons }: Shown & { done: () => void }) {
  const say = texts(settings.language);
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  const [spent, setSpent] = useState(false);
  useEffect(() => {
    const stopped = new AbortController();
    void (async () => {
      const code = handed.get('code');
      handed.delete('code');
      if (code !== null && (await enrolment.useCode(code).catch(() => false))) return done();
      setSpent(code !== null);
      while (!stopped.signal.aborted) {
        await enrolment
          .enrol(setWaiting, stopped.signal)
          .catch(() => new Promise((resolve) => setTimeout(resolve, 3_000)));
        if (enrolment.enrolled) return done();
      }
    })();
    return () => stopped.abort();
  }, [enrolment]);
  return (
    <div className="screen">
      <main className="enrol">
        <h1>{say('enrolTitle')}</h1>
        {spent && <p>{say('codeSpent')}</p>}
        {waiting ? (
          <>
            <p>{say('enrolHow')}</p>
            <p className="place">{waiting.place.replace(/^https?:\/\//, '')}</p>
            <p className="code" data-code={waiting.userCode}>
              {waiting.userCode}
            </p>
            <p>{say('enrolWait', { t: formats(settings.language).minute(waiting.expiresAt) })}</p>
          </>
        ) : (
          <p>{say('connecting')}</p>
        )}
        {buttons}
      </main>
    </div>
  );
}

/** The moment, once a second; a screen shows minutes, and silence is measured in seconds. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(tick);
  }, []);
  return now;
}

/** What this screen shows, by its address: ?agency=PUPR&category=JALAN&channel=PHONE&kecamatan=35.71.01, each more than once. */
function wanted(given: URLSearchParams): BoardFilter | null {
  const names = {
    agency: 'agencyCode',
    category: 'categoryCode',
    channel: 'channel',
    kecamatan: 'kecamatanCode',
  } as const;
  const found = Object.entries(names).flatMap(([short, name]) =>
    given.has(short) ? [[name, given.getAll(short)]] : [],
  );
  return found.length ? (Object.fromEntries(found) as BoardFilter) : null;
}

const enrolment = new Enrolment(location.origin);
const token = handed.get('token');
if (token !== null) enrolment.take(token);
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App enrolment={enrolment} />
  </StrictMode>,
);
