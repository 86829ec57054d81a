import type { Page, Problem } from './page.ts';

type Shown = {
  page: Page;
  name: string;
  label: string;
  /** What is wrong with what was typed; null: nothing so far. */
  problem: Problem | null;
  hint?: string;
  input: React.ComponentProps<'input'>;
};

/** One field with its label, what it is for, and below it what is wrong with it, each tied to it. */
export function Field({ page: { say }, name, label, problem, hint, input }: Shown) {
  const [hintId, problemId] = [`${name}-hint`, `${name}-problem`];
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      {hint && (
        <p className="hint" id={hintId}>
          {hint}
        </p>
      )}
      <input
        {...input}
        id={name}
        name={name}
        aria-invalid={problem !== null}
        aria-describedby={[hint && hintId, problem && problemId].filter(Boolean).join(' ') || undefined}
      />
      <div role="alert" className="notices" id={problemId}>
        {problem && (
          <p className="problem">
            <b aria-hidden="true">!</b> <strong>{say('failed')}</strong> {problem.text}
          </p>
        )}
      </div>
    </div>
  );
}
