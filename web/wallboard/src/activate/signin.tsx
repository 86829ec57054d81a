import { useRef, useState } from 'react';
import { formats } from '@surga/shared/formats';
import { SignInDocument } from '@surga/shared/generated';
import { Field } from './field.tsx';
import { News, Trouble, useHeldOff } from './notice.tsx';
import { refused, told, wrong, type Page, type Problem } from './page.ts';

type Missing = { email: Problem | null; password: Problem | null };
const NOTHING: Missing = { email: null, password: null };

/** The form that opens a session. The password goes nowhere but into the request. */
export function SignIn({ page, news, done }: { page: Page; news: string | null; done: () => void }) {
  const { office, language, say } = page;
  const [old, setOld] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [missing, setMissing] = useState(NOTHING);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const held = useHeldOff(problem);

  async function submit(event: React.FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy || held > 0) return;
    const given = new FormData(event.currentTarget);
    const input = { email: String(given.get('email')), password: String(given.get('password')), cookie: true };
    const lacking = {
      email: input.email.trim() === '' ? wrong(say('emailMissing')) : null,
      password: input.password === '' ? wrong(say('passwordMissing')) : null,
    };
    setOld(news);
    setProblem(null);
    setMissing(lacking);
    const first = (['email', 'password'] as const).find((name) => lacking[name]);
    if (first) return form.current?.querySelector<HTMLInputElement>(`#${first}`)?.focus();
    setBusy(true);
    try {
      const { signIn } = await office.change(SignInDocument, { input });
      setProblem(refused(signIn.errors));
      if (signIn.errors.length === 0) {
        office.signed(signIn.csrfToken);
        done();
      }
    } catch (error) {
      setProblem(told(error, say));
    }
    setBusy(false);
  }

  return (
    <form className="card" ref={form} onSubmit={(event) => void submit(event)} noValidate>
      <h2>{say('signIn')}</h2>
      <News page={page} text={news === old ? null : news} />
      <Trouble page={page} problem={problem} />
      <Field
        page={page}
        name="email"
        label={say('email')}
        problem={missing.email}
        input={{ type: 'email', autoComplete: 'username', required: true, autoFocus: true }}
      />
      <Field
        page={page}
        name="password"
        label={say('password')}
        problem={missing.password}
        input={{ type: 'password', autoComplete: 'current-password', required: true }}
      />
      <div className="buttons">
        <button className="main" aria-disabled={busy || held > 0}>
          {held > 0
            ? say('waitFor', { left: formats(language).countdown(held + 999) })
            : say(busy ? 'working' : 'signIn')}
        </button>
      </div>
      <p className="hint">{say('forgotten')}</p>
    </form>
  );
}
