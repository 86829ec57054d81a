import { useLayoutEffect, useRef, useState } from 'react';
import { formats } from '@surga/shared/formats';
import {
  RenameDisplayDocument,
  RevokeDisplayDocument,
  type DisplaysQuery,
  type RenameDisplayInput,
} from '@surga/shared/generated';
import { Dialog } from './dialog.tsx';
import { Notice } from './notice.tsx';
import { boardNamed, refused, type Page } from './page.ts';

export type Screen = NonNullable<DisplaysQuery['displays']>[number];
type Doing = { what: 'rename' | 'revoke'; screen: Screen };

/** The desk notes once a minute who is there; after this long somebody should look at the screen. */
const SILENT_MS = 180_000;

/** All screens that were let in: which of them are alive, and what to do about the others. */
export function Screens(props: { page: Page; screens: readonly Screen[] | null; now: number; changed: () => void }) {
  const { page, screens, now, changed } = props;
  const { say } = page;
  const [doing, setDoing] = useState<Doing | null>(null);
  const [news, setNews] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const ended = (text: string | null) => {
    setDoing(null);
    setNews(text);
    changed();
  };
  // The button that was pressed may be gone with what it did.
  useLayoutEffect(() => {
    if (news !== null) heading.current?.focus();
  }, [news]);
  return (
    <section className="card" aria-labelledby="screens-title">
      <h2 id="screens-title" ref={heading} tabIndex={-1}>
        {say('screens')}
      </h2>
      <Notice kind="news" text={news} />
      {screens === null && <p>{say('loading')}</p>}
      {screens?.length === 0 && <p>{say('noScreens')}</p>}
      <ul className="screens">
        {sorted(screens ?? []).map((screen) => (
          <Row key={screen.id} page={page} screen={screen} now={now} choose={(what) => setDoing({ what, screen })} />
        ))}
      </ul>
      {doing?.what === 'rename' && <Rename page={page} screen={doing.screen} ended={ended} />}
      {doing?.what === 'revoke' && <Revoke page={page} screen={doing.screen} ended={ended} />}
    </section>
  );
}

type Shown = { page: Page; screen: Screen; now: number; choose: (what: Doing['what']) => void };

function Row({ page: { language, say }, screen, now, choose }: Shown) {
  const { date } = formats(language);
  const enrolled = date(screen.createdAt);
  return (
    <li className={screen.revokedAt ? 'revoked' : ''} data-screen={screen.name}>
      <div>
        <h3>{screen.name}</h3>
        <Heard say={say} language={language} screen={screen} now={now} />
        <p className="hint">
          {say('board')}: {boardNamed(screen.board, say)} ·{' '}
          {screen.address && `${say('address')}: ${screen.address} · `}
          {say('enrolledBy')}: {screen.approvedBy ? say('by', { t: enrolled, name: screen.approvedBy }) : enrolled}
        </p>
      </div>
      {screen.revokedAt ? null : (
        <div className="buttons">
          <button onClick={() => choose('rename')} aria-label={say('renameOf', { name: screen.name })}>
            {say('rename')}
          </button>
          <button onClick={() => choose('revoke')} aria-label={say('revokeOf', { name: screen.name })}>
            {say('revoke')}
          </button>
        </div>
      )}
    </li>
  );
}

function Heard({ say, language, screen, now }: Pick<Page, 'say' | 'language'> & { screen: Screen; now: number }) {
  const { age, date } = formats(language);
  const { lastHeartbeatAt: heard, revokedAt } = screen;
  if (revokedAt) return <p className="heard">{say('revokedAt', { t: date(revokedAt) })}</p>;
  if (!heard) return <p className="heard">{say('neverHeard')}</p>;
  const silent = now - Date.parse(heard) > SILENT_MS;
  return (
    <p className={silent ? 'heard silent' : 'heard alive'}>
      {say(silent ? 'silent' : 'heard', { t: age(heard, now) })}
    </p>
  );
}

type Ending = { page: Page; screen: Screen; ended: (news: string | null) => void };

function Rename({ page, screen, ended }: Ending) {
  const { office, say } = page;
  async function rename(form: FormData) {
    const input: RenameDisplayInput = { id: screen.id, name: String(form.get('name')).trim() };
    if (input.name === '') return say('nameMissing');
    const refusal = refused((await office.change(RenameDisplayDocument, { input })).renameDisplay.errors);
    if (refusal === null) ended(say('renamed', { name: input.name }));
    return refusal;
  }
  return (
    <Dialog page={page} title={say('renameOf', { name: screen.name })} act={say('save')} work={rename} close={ended}>
      <label>
        {say('name')}
        <input name="name" defaultValue={screen.name} maxLength={100} autoComplete="off" />
      </label>
    </Dialog>
  );
}

function Revoke({ page, screen, ended }: Ending) {
  const { office, say } = page;
  async function revoke() {
    const input = { id: screen.id };
    const refusal = refused((await office.change(RevokeDisplayDocument, { input })).revokeDisplay.errors);
    if (refusal === null) ended(say('revoked', { name: screen.name }));
    return refusal;
  }
  return (
    <Dialog page={page} title={say('revokeOf', { name: screen.name })} act={say('revoke')} work={revoke} close={ended}>
      <p>{say('revokeAsk', { name: screen.name })}</p>
    </Dialog>
  );
}

function sorted(screens: readonly Screen[]): Screen[] {
  const place = (screen: Screen) => (screen.revokedAt ? 1 : 0);
  return [...screens].sort((one, other) => place(one) - place(other) || one.name.localeCompare(other.name));
}
