import { useEffect, useRef, useState } from 'react';
import { formats } from '@surga/shared/formats';
import {
  ApproveDisplayDocument,
  DenyDisplayDocument,
  DisplayRequestDocument,
  type DisplayRequestQuery,
} from '@surga/shared/generated';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { News, Trouble, useHeldOff } from './notice.tsx';
import { boardNamed, refused, told, wrong, type Page, type Problem } from './page.ts';

type Found = NonNullable<DisplayRequestQuery['displayRequest']>;

/** From the code on a screen to a screen that is let in, or turned away; code is one that was scanned. */
export function Request({ page, now, code, changed }: { page: Page; now: number; code: string; changed: () => void }) {
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
      <News page={page} text={news} />
      {found === null ? (
        <CodeForm page={page} scanned={code} began={() => setNews(null)} found={setFound} />
      ) : (
        <Decision page={page} request={found} now={now} ended={ended} />
      )}
    </section>
  );
}

type Asking = { page: Page; scanned: string; began: () => void; found: (request: Found) => void };

function CodeForm({ page, scanned, began, found }: Asking) {
  const { office, language, say } = page;
  const [code, setCode] = useState(scanned);
  const [mistake, setMistake] = useState<Problem | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const held = useHeldOff(problem);

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    if (busy || held > 0) return;
    began();
    setProblem(null);
    setMistake(null);
    if (code.length !== 6) return setMistake(wrong(say('codeShort')));
    setBusy(true);
    try {
      const { displayRequest } = await office.ask(DisplayRequestDocument, { userCode: code });
      if (displayRequest) return found(displayRequest);
      setMistake(wrong(say('codeUnknown')));
    } catch (error) {
      setProblem(told(error, say));
    }
    setBusy(false);
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Trouble page={page} problem={problem} />
      <Field
        page={page}
        name="code"
        label={say('codeLabel')}
        hint={say(scanned === '' ? 'codeHint' : 'codeScanned')}
        problem={mistake}
        input={{
          className: 'code',
          value: code,
          onChange: (event) => setCode(event.target.value.replace(/\D/g, '').slice(0, 6)),
          inputMode: 'numeric',
          autoComplete: 'off',
          autoFocus: true,
        }}
      />
      <div className="buttons">
        <button className="main" aria-disabled={busy || held > 0}>
          {held > 0
            ? say('waitFor', { left: formats(language).countdown(held + 999) })
            : say(busy ? 'working' : 'find')}
        </button>
      </div>
    </form>
  );
}

type Deciding = { page: Page; request: Found; now: number; ended: (news: string | null) => void };

function Decision({ page, request, now, ended }: Deciding) {
  const { office, language, say } = page;
  const { age, countdown, minute } = formats(language);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [mistake, setMistake] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [denying, setDenying] = useState(false);
  const held = useHeldOff(problem);
  const name = useRef<HTMLInputElement>(null);
  useEffect(() => name.current?.focus(), []);

  async function decide(work: () => Promise<Problem | null>, news: string) {
    if (busy || held > 0) return;
    setProblem(null);
    setMistake(null);
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
    if (chosen === '') return setMistake(wrong(say('nameMissing')));
    void decide(
      async () => {
        const input = { userCode: request.userCode, name: chosen };
        return refused((await office.change(ApproveDisplayDocument, { input })).approveDisplay.errors);
      },
      say('approved', { name: chosen }),
    );
  }

  return (
    <>
      <form onSubmit={approve} noValidate>
        <h3>
          {say('found')}: <span className="digits">{request.userCode}</span>
        </h3>
        <dl className="facts">
          <dt>{say('board')}</dt>
          <dd>{boardNamed(request.agency, say)}</dd>
          <dt>{say('address')}</dt>
          <dd>{request.address}</dd>
          <dt>{say('asked')}</dt>
          <dd>{age(request.requestedAt, now)}</dd>
          <dt>{say('until')}</dt>
          <dd>{say('wib', { t: minute(request.expiresAt) })}</dd>
        </dl>
        <p className="hint">{say('check')}</p>
        <Trouble page={page} problem={problem} />
        <Field
          page={page}
          name="name"
          label={say('name')}
          hint={say('nameHint')}
          problem={mistake}
          input={{ ref: name, maxLength: 100, autoComplete: 'off' }}
        />
        <div className="buttons">
          <button className="main" aria-disabled={busy || held > 0}>
            {held > 0 ? say('waitFor', { left: countdown(held + 999) }) : say('approve')}
          </button>
          <button
            type="button"
            className="danger"
            aria-disabled={busy || held > 0}
            onClick={() => held > 0 || busy || setDenying(true)}
          >
            {say('deny')}
          </button>
          <button type="button" className="quiet" onClick={() => ended(null)}>
            {say('cancel')}
          </button>
        </div>
      </form>
      {denying && <Deny page={page} request={request} close={() => setDenying(false)} ended={ended} />}
    </>
  );
}

type Denying = Pick<Deciding, 'page' | 'request' | 'ended'> & { close: () => void };

/** A screen that is turned away has to ask anew: that is asked once, as every button that takes something away does. */
function Deny({ page, request, close, ended }: Denying) {
  const { office, say } = page;
  async function deny() {
    const input = { userCode: request.userCode };
    const refusal = refused((await office.change(DenyDisplayDocument, { input })).denyDisplay.errors);
    if (refusal === null) ended(say('denied'));
    return refusal;
  }
  return (
    <Dialog
      page={page}
      title={say('denyOf', { code: request.userCode })}
      act={say('deny')}
      work={deny}
      close={close}
      destroys
    >
      <p>{say('denyAsk', { address: request.address })}</p>
    </Dialog>
  );
}
