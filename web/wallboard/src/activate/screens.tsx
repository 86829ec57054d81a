import { useLayoutEffect, useRef, useState } from 'react';
import { formats } from '@surga/shared/formats';
import {
  RenameDisplayDocument,
  RevokeDisplayDocument,
  type DisplaysQuery,
  type RenameDisplayInput,
} from '@surga/shared/generated';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { grouped, plainName, type Group } from './groups.ts';
import { News, Trouble } from './notice.tsx';
import { boardNamed, refused, wrong, type Page, type Problem } from './page.ts';

export type Screen = NonNullable<DisplaysQuery['displays']>[number];
type Doing = { what: 'rename' | 'revoke'; screen: Screen };

/** The screens that were let in, those first that somebody should look at; asOf is when the desk told so. */
export function Screens(props: {
  page: Page;
  screens: readonly Screen[] | null;
  asOf: number | null;
  problem: Problem | null;
  now: number;
  changed: () => void;
}) {
  const { page, screens, asOf, problem, now, changed } = props;
  const { say, language } = page;
  const [doing, setDoing] = useState<Doing | null>(null);
  const [news, setNews] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const choose = (chosen: Doing) => {
    setNews(null);
    setDoing(chosen);
  };
  const ended = (text: string | null) => {
    setDoing(null);
    setNews(text);
    changed();
  };
  // The button that was pressed may be gone with what it did.
  useLayoutEffect(() => {
    if (news !== null) heading.current?.focus();
  }, [news]);
  const groups = grouped(screens ?? [], now);
  const hanging = groups.silent.length + groups.alive.length + groups.never.length;
  const shown = { page, now, choose };
  return (
    <section className="card" aria-labelledby="screens-title">
      <h2 id="screens-title" ref={heading} tabIndex={-1}>
        {say('screens')}
      </h2>
      <News page={page} text={news} />
      <Trouble page={page} problem={problem} />
      {screens === null && problem === null && <p>{say('loading')}</p>}
      {hanging > 0 && (
        <p className="count">
          {say('screenCount', { n: String(hanging), silent: String(groups.silent.length) })}
          {asOf !== null && <span className="hint"> · {say('asOfList', { t: formats(language).minute(asOf) })}</span>}
        </p>
      )}
      {screens !== null && hanging === 0 && <p>{say('noScreens')}</p>}
      <Rows {...shown} group="silent" screens={groups.silent} />
      <Rows {...shown} group="alive" screens={groups.alive} />
      <Rows {...shown} group="never" screens={groups.never} />
      {groups.revoked.length > 0 && (
        <details className="revoked">
          <summary>{say('groupRevoked', { n: String(groups.revoked.length) })}</summary>
          <Rows {...shown} group="revoked" screens={groups.revoked} />
        </details>
      )}
      {doing?.what === 'rename' && <Rename page={page} screen={doing.screen} ended={ended} />}
      {doing?.what === 'revoke' && <Revoke page={page} screen={doing.screen} now={now} ended={ended} />}
    </section>
  );
}

type Listed = { page: Page; group: Group; screens: Screen[]; now: number; choose: (doing: Doing) => void };

function Rows({ page, group, screens, now, choose }: Listed) {
  if (screens.length === 0) return null;
  return (
    <ul className={`screens ${group}`}>
      {screens.map((screen) => (
        <Row key={screen.id} page={page} group={group} screen={screen} now={now} choose={choose} />
      ))}
    </ul>
  );
}

type Shown = { page: Page; group: Group; screen: Screen; now: number; choose: (doing: Doing) => void };

function Row({ page: { language, say }, group, screen, now, choose }: Shown) {
  const { date } = formats(language);
  const enrolled = date(screen.createdAt);
  return (
    <li data-screen={screen.name} data-group={group}>
      <div>
        <h3>{plainName(screen)}</h3>
        <p className="heard">
          <span className="dot" aria-hidden="true" /> {heard(screen, group, now, { say, language })}
        </p>
        <p className="hint">
          {say('board')}: {boardNamed(screen.agency, say)} ·{' '}
          {screen.address && `${say('address')}: ${screen.address} · `}
          {say('enrolledBy')}: {screen.approvedBy ? say('by', { t: enrolled, name: screen.approvedBy }) : enrolled}
        </p>
      </div>
      {group === 'revoked' ? null : (
        <div className="buttons">
          <button
            onClick={() => choose({ what: 'rename', screen })}
            aria-label={say('renameOf', { name: screen.name })}
          >
            {say('rename')}
          </button>
          <button
            className="danger"
            onClick={() => choose({ what: 'revoke', screen })}
            aria-label={say('revokeOf', { name: screen.name })}
          >
            {say('revoke')}
          </button>
        </div>
      )}
    </li>
  );
}

/** When a screen was last there, or why it will not be there again. */
function heard(screen: Screen, group: Group, now: number, { say, language }: Pick<Page, 'say' | 'language'>): string {
  const { age, date } = formats(language);
  if (group === 'revoked') {
    const when = date(screen.revokedAt ?? '');
    return say(screen.revokedAsCopied ? 'revokedCopied' : 'revokedAt', { t: when });
  }
  if (screen.lastHeartbeatAt === null) return say('neverHeard');
  return say(group === 'silent' ? 'silent' : 'heard', { t: age(screen.lastHeartbeatAt, now) });
}

type Ending = { page: Page; screen: Screen; ended: (news: string | null) => void };

function Rename({ page, screen, ended }: Ending) {
  const { office, say } = page;
  const [mistake, setMistake] = useState<Problem | null>(null);
  async function rename(form: FormData) {
    const input: RenameDisplayInput = { id: screen.id, name: String(form.get('name')).trim() };
    setMistake(input.name === '' ? wrong(say('nameMissing')) : null);
    if (input.name === '') return null;
    const refusal = refused((await office.change(RenameDisplayDocument, { input })).renameDisplay.errors);
    if (refusal === null) ended(say('renamed', { name: input.name }));
    return refusal;
  }
  return (
    <Dialog page={page} title={say('renameOf', { name: screen.name })} act={say('save')} work={rename} close={ended}>
      <Field
        page={page}
        name="name"
        label={say('name')}
        problem={mistake}
        input={{ defaultValue: screen.name, maxLength: 100, autoComplete: 'off' }}
      />
    </Dialog>
  );
}

function Revoke({ page, screen, now, ended }: Ending & { now: number }) {
  const { office, language, say } = page;
  const last = screen.lastHeartbeatAt;
  async function revoke() {
    const input = { id: screen.id };
    const refusal = refused((await office.change(RevokeDisplayDocument, { input })).revokeDisplay.errors);
    if (refusal === null) ended(say('revoked', { name: screen.name }));
    return refusal;
  }
  return (
    <Dialog
      page={page}
      title={say('revokeOf', { name: screen.name })}
      act={say('revoke')}
      work={revoke}
      close={ended}
      destroys
    >
      <dl className="facts">
        <dt>{say('board')}</dt>
        <dd>{boardNamed(screen.agency, say)}</dd>
        {screen.address && <dt>{say('address')}</dt>}
        {screen.address && <dd>{screen.address}</dd>}
        <dt>{say('lastHeard')}</dt>
        <dd>{last === null ? say('neverHeard') : formats(language).age(last, now)}</dd>
      </dl>
      <p>{say('revokeAsk', { name: screen.name })}</p>
    </Dialog>
  );
}
