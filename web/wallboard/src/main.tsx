import { StrictMode, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { shortOf } from '@surga/shared/about';
import { Enrolment, type News } from '@surga/shared/enrolment';
import type { Language } from '@surga/shared/formats';
import { freshness } from '@surga/shared/freshness';
import type { BoardFragment } from '@surga/shared/generated';
import { texts } from '@surga/shared/texts';
import { themeOf } from '@surga/shared/theme';
import { boardName } from './address.ts';
import { Board } from './board/board.tsx';
import { Head } from './board/head.tsx';
import { wordsOf } from './board/parts.ts';
import { Enrol } from './enrol.tsx';
import { Feed, type Refusal } from './feed.ts';
import { useHandedCode } from './handed.ts';
import { agencyOf, choicesOf, described, filterOf, unknownWords, type Choices } from './narrowing.ts';
import { firstSettings, keep, SettingsButton, type Settings } from './settings.tsx';
import { useReading } from './reading.ts';
import { keepWaitingPage } from './waiting-page.ts';
import './theme.css';
import './style.css';
import './looks/head.css';
import './looks/board.css';
import './looks/trend.css';
import './looks/tables.css';
import './looks/walls.css';
import './looks/far.css';
import './looks/far-shapes.css';
import './looks/narrow.css';
import './looks/print.css';

const DAY_MS = 86_400_000;
/** Letters of what a board is narrowed to, while what broke stands beside it. */
const BRIEF = 30;
/** Letters of a title that leave room for what broke, in the same line. */
const SHORT = 18;
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
    document.title = texts(settings.language)('boardTitle');
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
  if (enrolled) return <Watching {...shown} change={change} lost={lost} />;
  const button = <SettingsButton settings={settings} change={change} choices={null} />;
  return (
    <Enrol
      {...shown}
      board={boardName(query)}
      news={news}
      code={code}
      done={() => setEnrolled(true)}
      children={button}
    />
  );
}

type Watched = {
  enrolment: Enrolment;
  settings: Settings;
  change: (settings: Settings) => void;
  now: number;
  lost: () => void;
};

function Watching({ enrolment, settings, change, now, lost }: Watched) {
  const wanted = JSON.stringify(settings.narrowing);
  const { language } = settings;
  const feed = useMemo(() => new Feed(enrolment, filterOf(settings.narrowing), language, lost), [enrolment, wanted]);
  useEffect(() => feed.start(), [feed]);
  useEffect(() => feed.speak(language), [feed, language]);
  const seen = useSyncExternalStore(feed.listen, feed.now);
  const { board, heardAt, wordAt, refusal, ahead } = seen;
  const [choices, ask] = useChoices(feed, board !== null || refusal !== null, now);
  const moment = Math.max(now, heardAt ?? 0, wordAt ?? 0);
  const state = freshness(moment, seen, board?.links ?? []);
  const agency = board ? board.agency : agencyOf(settings.narrowing, choices);
  const whose = agency?.name ?? board?.city ?? null;
  const shown = { settings, now: moment + ahead, freshness: state };
  const reading = useReading(query, settings.layout);
  useTitle(board, state.stale, whose, language);
  return (
    <div className={state.stale ? 'screen stale' : 'screen'}>
      <Head
        {...shown}
        board={board}
        silence={heardAt === null ? null : moment - Math.max(heardAt, wordAt ?? 0)}
        refused={board === null && refusal !== null}
        whose={reading.far && board?.agency ? titleOf(board.agency, state.stale ? SHORT : reading.letters) : whose}
        narrowed={described(settings.narrowing, agency !== null, choices, language, state.stale ? BRIEF : undefined)}
      />
      <SettingsButton settings={settings} change={change} choices={choices} asked={ask} />
      {board ? (
        <Board {...shown} board={board} reading={reading} />
      ) : (
        <p className="wait">{waitingFor(refusal, settings, choices)}</p>
      )}
    </div>
  );
}

/** The desk's own words speak of its contract, where somebody in front of a screen has to correct an address. */
function waitingFor(refusal: Refusal | null, { narrowing, language }: Settings, choices: Choices | null): string {
  const say = texts(language);
  if (refusal === null) return say('connecting');
  if (refusal.code !== 'BAD_INPUT') return refusal.message;
  return [unknownWords(narrowing, choices, language), say('unknownPart')].filter(Boolean).join(' ');
}

/** A long name takes the line of what is late: then the one that everybody in town says. */
function titleOf(agency: NonNullable<BoardFragment['agency']>, letters: number): string {
  return agency.name.length <= letters ? agency.name : shortOf(agency);
}

/** What the task bar and the list of tabs say of a board. */
function useTitle(board: BoardFragment | null, stale: boolean, whose: string | null, language: Language): void {
  const say = texts(language);
  const late = board?.overdue ? say('lateTitle', { n: wordsOf({ language }).number(board.overdue) }) : null;
  const title = [stale ? say('cutTitle') : late, whose ?? say('boardTitle')].filter(Boolean).join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}

/** What there is to choose from, asked for after the first picture, once a day, and at will: names change. */
function useChoices(feed: Feed, ready: boolean, now: number): [Choices | null, () => void] {
  const [choices, setChoices] = useState<Choices | null>(null);
  const day = Math.floor(now / DAY_MS);
  const ask = () => void feed.choices().then((found) => found && setChoices(choicesOf(found)));
  useEffect(() => {
    if (ready) ask();
  }, [feed, ready, day]);
  return [choices, ask];
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

keepWaitingPage();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App enrolment={new Enrolment(boardName(query))} />
  </StrictMode>,
);
