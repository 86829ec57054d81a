import { useLayoutEffect, useRef, useState } from 'react';
import { Trouble } from './notice.tsx';
import { told, type Page, type Problem } from './page.ts';

type Asked = {
  page: Page;
  title: string;
  /** The word on the button that does it. */
  act: string;
  /** Does it; gives what to tell where it was refused. */
  work: (form: FormData) => Promise<Problem | null>;
  close: (news: null) => void;
  /** Whether it takes something away: then its button is red, and the focus stands on the one that does nothing. */
  destroys?: boolean;
  children: React.ReactNode;
};

/** A question that has to be answered first; Escape and the second button leave everything as it is. */
export function Dialog({ page, title, act, work, close, destroys = false, children }: Asked) {
  const { say } = page;
  const dialog = useRef<HTMLDialogElement>(null);
  const focused = useRef<HTMLButtonElement>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const shown = dialog.current;
    shown?.showModal();
    focused.current?.focus();
    return () => {
      shown?.close(); // nothing behind a modal dialog takes the focus
      before?.focus();
    };
  }, []);

  async function submit(event: React.FormEvent<HTMLFormElement>) {
    event.preventDefault();
    try {
      setProblem(await work(new FormData(event.currentTarget)));
    } catch (error) {
      setProblem(told(error, say));
    }
  }

  /** A browser closes by itself, and tells in a later task: a button that was pressed in between would be lost. */
  function cancel(event: React.SyntheticEvent) {
    event.preventDefault();
    close(null);
  }

  return (
    <dialog ref={dialog} onCancel={cancel} onClose={() => close(null)} aria-labelledby="dialog-title">
      <form onSubmit={(event) => void submit(event)} noValidate>
        <h3 id="dialog-title">{title}</h3>
        <Trouble page={page} problem={problem} />
        {children}
        <div className="buttons">
          <button className={destroys ? 'danger' : 'main'}>{act}</button>
          <button type="button" ref={destroys ? focused : null} onClick={() => close(null)}>
            {say('cancel')}
          </button>
        </div>
      </form>
    </dialog>
  );
}
