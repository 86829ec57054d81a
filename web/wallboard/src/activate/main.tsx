import { StrictMode, useCallback, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { Language } from '@surga/shared/formats';
import { DisplaysDocument, OfficeDocument, SignOutDocument, type OfficeQuery } from '@surga/shared/generated';
import { Office } from '@surga/shared/office';
import { texts } from '@surga/shared/texts';
import { Trouble } from './notice.tsx';
import { told, type Page, type Problem } from './page.ts';
import { Request } from './request.tsx';
import { Screens, type Screen } from './screens.tsx';
import { SignIn } from './signin.tsx';
import '../theme.css';
import './activate.css';

type Viewer = NonNullable<OfficeQuery['viewer']>;
type State = { viewer: Viewer | 'unknown' | null; news: string | null; problem: Problem | null };

const LOOK_EVERY_MS = 10_000;
const MAY = ['ADMIN', 'COORDINATOR'];
/** The code in an address that was scanned from a screen; it stays there, as signing in loads nothing anew. */
const SCANNED = (new URLSearchParams(location.hash.slice(1)).get('code') ?? '').replace(/\D/g, '').slice(0, 6);

function App({ language }: { language: Language }) {
  const say = useMemo(() => texts(language), [language]);
  const [{ viewer, news, problem }, setState] = useState<State>({ viewer: 'unknown', news: null, problem: null });
  const office = useMemo(
    () => new Office(language, () => setState({ viewer: null, news: say('sessionEnded'), problem: null })),
    [language],
  );
  const page = { office, language, say };
  const other = language === 'id' ? 'en' : 'id';
  const recognise = useCallback(async () => {
    try {
      const found = (await office.ask(OfficeDocument, {})).viewer!; // null only beside an error, which is thrown
      office.signed(found.csrfToken);
      setState({ viewer: found.kind === 'STAFF' ? found : null, news: null, problem: null });
    } catch (error) {
      setState((before) => ({ ...before, problem: told(error, say) ?? before.problem }));
    }
  }, [office]);
  useEffect(() => void recognise(), [recognise]);

  async function signOut() {
    await office.change(SignOutDocument, {}).catch(() => null);
    office.signed(null);
    setState({ viewer: null, news: say('signedOut'), problem: null });
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
          <a href={`?lang=${other}${location.hash}`} lang={other} hrefLang={other}>
            {texts(other)('languageName')}
          </a>
        </nav>
      </header>
      <main>
        {viewer === 'unknown' && <Unknown page={page} problem={problem} again={() => void recognise()} />}
        {viewer === null && <SignIn page={page} news={news} done={() => void recognise()} />}
        {known && (mayEnrol(viewer) ? <Desk page={page} ahead={ahead} /> : <p className="card">{say('notAllowed')}</p>)}
      </main>
    </>
  );
}

type Unrecognised = { page: Page; problem: Problem | null; again: () => void };

function Unknown({ page, problem, again }: Unrecognised) {
  return (
    <section className="card">
      {problem === null && <p>{page.say('loading')}</p>}
      <Trouble page={page} problem={problem} />
      {problem !== null && <button onClick={again}>{page.say('tryAgain')}</button>}
    </section>
  );
}

type List = { screens: readonly Screen[] | null; asOf: number | null; problem: Problem | null };

function Desk({ page, ahead }: { page: Page; ahead: number }) {
  const [list, setList] = useState<List>({ screens: null, asOf: null, problem: null });
  const now = useNow() + ahead;
  const look = useCallback(async () => {
    try {
      const { displays } = await page.office.ask(DisplaysDocument, {});
      setList({ screens: displays ?? [], asOf: Date.now() + ahead, problem: null });
    } catch (error) {
      const problem = told(error, page.say);
      setList((before) => ({ ...before, problem }));
    }
  }, [page.office, ahead]);
  useEffect(() => {
    void look();
    const timer = setInterval(() => void look(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [look]);
  return (
    <>
      <Request page={page} now={now} code={SCANNED} changed={() => void look()} />
      <Screens page={page} {...list} now={now} changed={() => void look()} />
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
