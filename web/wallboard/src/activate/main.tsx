import { StrictMode, useCallback, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { Language } from '@surga/shared/formats';
import { DisplaysDocument, OfficeDocument, SignOutDocument, type OfficeQuery } from '@surga/shared/generated';
import { Office } from '@surga/shared/office';
import { texts } from '@surga/shared/texts';
import { Notice } from './notice.tsx';
import { told, type Page } from './page.ts';
import { Request } from './request.tsx';
import { Screens, type Screen } from './screens.tsx';
import { SignIn } from './signin.tsx';
import '../theme.css';
import './activate.css';

type Viewer = NonNullable<OfficeQuery['viewer']>;
type State = { viewer: Viewer | 'unknown' | null; news: string | null };

const LOOK_EVERY_MS = 10_000;
const MAY = ['ADMIN', 'COORDINATOR'];

function App({ language }: { language: Language }) {
  const say = useMemo(() => texts(language), [language]);
  const [{ viewer, news }, setState] = useState<State>({ viewer: 'unknown', news: null });
  const office = useMemo(
    () => new Office(language, () => setState({ viewer: null, news: say('sessionEnded') })),
    [language],
  );
  const page = { office, language, say };
  const other = language === 'id' ? 'en' : 'id';
  const recognise = useCallback(async () => {
    try {
      const found = (await office.ask(OfficeDocument, {})).viewer!; // null only beside an error, which is thrown
      office.signed(found.csrfToken);
      setState({ viewer: found.kind === 'STAFF' ? found : null, news: null });
    } catch (problem) {
      setState((before) => ({ ...before, news: told(problem, say) ?? before.news }));
    }
  }, [office]);
  useEffect(() => void recognise(), [recognise]);

  async function signOut() {
    await office.change(SignOutDocument, {}).catch(() => null);
    office.signed(null);
    setState({ viewer: null, news: say('signedOut') });
  }

  const ahead = useMemo(() => (typeof viewer === 'string' || !viewer ? 0 : clockAhead(viewer)), [viewer]);
  const known = viewer !== 'unknown' && viewer !== null;
  return (
    <>
      <header>
        <h1>{say('activateTitle')}</h1>
        <p className="hint">{say('intro')}</p>
        <nav>
          {known && <span>{say('signedInAs', { name: viewer.name })}</span>}
          {known && <button onClick={() => void signOut()}>{say('signOut')}</button>}
          <a href={`?lang=${other}`} lang={other} hrefLang={other}>
            {texts(other)('languageName')}
          </a>
        </nav>
      </header>
      <main>
        {viewer === 'unknown' && <Unknown page={page} news={news} again={() => void recognise()} />}
        {viewer === null && <SignIn page={page} news={news} done={() => void recognise()} />}
        {known && (mayEnrol(viewer) ? <Desk page={page} ahead={ahead} /> : <p className="card">{say('notAllowed')}</p>)}
      </main>
    </>
  );
}

function Unknown({ page: { say }, news, again }: { page: Page; news: string | null; again: () => void }) {
  return (
    <section className="card">
      {news === null && <p>{say('loading')}</p>}
      <Notice kind="problem" text={news} />
      {news !== null && <button onClick={again}>{say('tryAgain')}</button>}
    </section>
  );
}

function Desk({ page, ahead }: { page: Page; ahead: number }) {
  const [screens, setScreens] = useState<readonly Screen[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const now = useNow() + ahead;
  const look = useCallback(async () => {
    try {
      setScreens((await page.office.ask(DisplaysDocument, {})).displays);
      setProblem(null);
    } catch (error) {
      setProblem(told(error, page.say));
    }
  }, [page.office]);
  useEffect(() => {
    void look();
    const timer = setInterval(() => void look(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [look]);
  return (
    <>
      <Request page={page} now={now} changed={() => void look()} />
      <Notice kind="problem" text={problem} />
      <Screens page={page} screens={screens} now={now} changed={() => void look()} />
    </>
  );
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(tick);
  }, []);
  return now;
}

/** Milliseconds by which the server's clock is ahead of this computer's. */
function clockAhead(viewer: Viewer): number {
  return Date.parse(viewer.serverTime) - Date.now();
}

function mayEnrol(viewer: Viewer): boolean {
  return viewer.roles.some((role) => MAY.includes(role));
}

/** Light or dark as the officer's own system is. */
const light = matchMedia('(prefers-color-scheme: light)');
const paint = () => (document.documentElement.dataset['theme'] = light.matches ? 'light' : 'dark');
light.addEventListener('change', paint);
paint();

const language: Language = new URLSearchParams(location.search).get('lang') === 'en' ? 'en' : 'id';
document.documentElement.lang = language;
document.title = `Surga: ${texts(language)('activateTitle')}`;
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App language={language} />
  </StrictMode>,
);
