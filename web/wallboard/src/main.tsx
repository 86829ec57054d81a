import './locale.ts';
import { StrictMode, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { Enrolment, type News } from '@surga/shared/enrolment';
import { freshness } from '@surga/shared/freshness';
import { themeOf } from '@surga/shared/theme';
import { boardName, wantedBoard } from './address.ts';
import { Board, Head } from './board.tsx';
import { Enrol } from './enrol.tsx';
import { Feed } from './feed.ts';
import { useHandedCode } from './handed.ts';
import { firstSettings, keep, SettingsButton, type Settings } from './settings.tsx';
import { texts } from './texts.ts';
import './theme.css';
import './style.css';

const query = new URLSearchParams(location.search);

function App({ enrolment }: { enrolment: Enrolment }) {
  const [settings, setSettings] = useState(() => firstSettings(query));
  const [enrolled, setEnrolled] = useState(enrolment.enrolled);
  const [news, setNews] = useState<News | null>(null);
  const code = useHandedCode();
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
  const lost = () => {
    setNews('revoked');
    setEnrolled(false);
  };
  const shown = { enrolment, settings, now };
  const button = <SettingsButton settings={settings} change={change} />;
  if (enrolled) return <Watching {...shown} theme={theme} lost={lost} children={button} />;
  return <Enrol {...shown} news={news} code={code} done={() => setEnrolled(true)} children={button} />;
}

type Watched = { enrolment: Enrolment; settings: Settings; now: number; theme: string; lost: () => void };

function Watching({ enrolment, settings, now, theme, lost, children }: Watched & { children: React.ReactNode }) {
  const feed = useMemo(() => new Feed(enrolment, wantedBoard(query), lost), [enrolment]);
  useEffect(() => feed.start(), [feed]);
  const { board, heardAt, line, lineSince, refusal, ahead } = useSyncExternalStore(feed.listen, feed.now);
  const state = freshness(Math.max(now, heardAt ?? 0), heardAt, line, lineSince, board?.links ?? []);
  return (
    <div className={state.stale ? 'screen stale' : 'screen'}>
      <Head board={board} settings={settings} now={now + ahead} freshness={state}>
        {children}
      </Head>
      {board ? (
        <Board board={board} settings={settings} now={now + ahead} theme={theme} />
      ) : (
        <p className="wait">{refusal ?? texts(settings.language)('connecting')}</p>
      )}
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

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App enrolment={new Enrolment(boardName(query))} />
  </StrictMode>,
);
