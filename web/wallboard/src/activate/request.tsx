import { useEffect, useRef, useState } from 'react';
import { formats } from '@surga/shared/formats';
import {
  ApproveDisplayDocument,
  DenyDisplayDocument,
  DisplayRequestDocument,
  type DisplayRequestQuery,
} from '@surga/shared/generated';
import { Notice } from './notice.tsx';
import { boardNamed, refused, told, type Page } from './page.ts';

type Found = NonNullable<DisplayRequestQuery['displayRequest']>;

/** From the code on a screen to a screen that is let in, or turned away. */
export function Request({ page, now, changed }: { page: Page; now: number; changed: () => void }) {
  const [found, setFound] = useState<Found | null>(null);
  const [news, setNews] = useState<string | null>(null);
  const ended = (text: string | null) => {
    setFound(null);
    setNews(text);
    changed();
  };
  return (
    <section className="card" aria-labelledby="code-title">
      <h2 id="code-title">{page.say('codeTitle')}</h2>
      <Notice kind="news" text={news} />
      {found === null ? (
        <CodeForm page={page} found={(request) => (setNews(null), setFound(request))} />
      ) : (
        <Decision page={page} request={found} now={now} ended={ended} />
      )}
    </section>
  );
}

function CodeForm({ page: { office, say }, found }: { page: Page; found: (request: Found) => void }) {
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    if (code.length !== 6) return setProblem(say('codeShort'));
    setBusy(true);
    try {
      const { displayRequest } = await office.ask(DisplayRequestDocument, { userCode: code });
      if (displayRequest) return found(displayRequest);
      setProblem(say('codeUnknown'));
    } catch (error) {
      setProblem(told(error, say));
    }
    setBusy(false);
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Notice kind="problem" text={problem} />
      <label htmlFor="code">{say('codeLabel')}</label>
      <p className="hint" id="code-hint">
        {say('codeHint')}
      </p>
      <div className="buttons">
        <input
          id="code"
          className="code"
          value={code}
          onChange={(event) => setCode(event.target.value.replace(/\D/g, '').slice(0, 6))}
          inputMode="numeric"
          autoComplete="off"
          aria-describedby="code-hint"
          autoFocus
        />
        <button className="main" disabled={busy}>
          {busy ? say('working') : say('find')}
        </button>
      </div>
    </form>
  );
}

type Deciding = { page: Page; request: Found; now: number; ended: (news: string | null) => void };

function Decision({ page: { office, language, say }, request, now, ended }: Deciding) {
  const { age, minute } = formats(language);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const name = useRef<HTMLInputElement>(null);
  useEffect(() => name.current?.focus(), []);

  async function decide(work: () => Promise<string | null>, news: string) {
    setBusy(true);
    try {
      const refusal = await work();
      if (refusal === null) return ended(news);
      setProblem(refusal);
    } catch (error) {
      setProblem(told(error, say));
    }
    setBusy(false);
  }

  function approve(event: React.FormEvent) {
    event.preventDefault();
    const chosen = name.current?.value.trim() ?? '';
    if (chosen === '') return setProblem(say('nameMissing'));
    void decide(
      async () => {
        const input = { userCode: request.userCode, name: chosen };
        return refused((await office.change(ApproveDisplayDocument, { input })).approveDisplay.errors);
      },
      say('approved', { name: chosen }),
    );
  }

  function deny() {
    void decide(async () => {
      const input = { userCode: request.userCode };
      return refused((await office.change(DenyDisplayDocument, { input })).denyDisplay.errors);
    }, say('denied'));
  }

  return (
    <form onSubmit={approve} noValidate>
      <h3>
        {say('found')}: <span className="digits">{request.userCode}</span>
      </h3>
      <dl className="facts">
        <dt>{say('board')}</dt>
        <dd>{boardNamed(request.board, say)}</dd>
        <dt>{say('address')}</dt>
        <dd>{request.address}</dd>
        <dt>{say('asked')}</dt>
        <dd>{age(request.requestedAt, now)}</dd>
        <dt>{say('until')}</dt>
        <dd>{say('wib', { t: minute(request.expiresAt) })}</dd>
      </dl>
      <p className="hint">{say('check')}</p>
      <Notice kind="problem" text={problem} />
      <label>
        {say('name')}
        <input ref={name} name="name" maxLength={100} autoComplete="off" placeholder={say('nameHint')} />
      </label>
      <div className="buttons">
        <button className="main" disabled={busy}>
          {say('approve')}
        </button>
        <button type="button" disabled={busy} onClick={deny}>
          {say('deny')}
        </button>
        <button type="button" className="quiet" onClick={() => ended(null)}>
          {say('cancel')}
        </button>
      </div>
    </form>
  );
}
