import { useState } from 'react';
import { SignInDocument } from '@surga/shared/generated';
import { Notice } from './notice.tsx';
import { refused, told, type Page } from './page.ts';

/** The form that opens a session. The password goes nowhere but into the request. */
export function SignIn({ page, news, done }: { page: Page; news: string | null; done: () => void }) {
  const { office, say } = page;
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: React.FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const input = { email: String(form.get('email')), password: String(form.get('password')), cookie: true };
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
    <form className="card" onSubmit={(event) => void submit(event)}>
      <h2>{say('signIn')}</h2>
      <Notice kind="news" text={news} />
      <Notice kind="problem" text={problem} />
      <label>
        {say('email')}
        <input name="email" type="email" autoComplete="username" required autoFocus />
      </label>
      <label>
        {say('password')}
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <div className="buttons">
        <button className="main" disabled={busy}>
          {busy ? say('working') : say('signIn')}
        </button>
      </div>
    </form>
  );
}
