import { useLayoutEffect, useRef, useState } from 'react';
import { Notice } from './notice.tsx';
import { told, type Page } from './page.ts';

type Asked = {
  page: Page;
  title: string;
  /** The word on the button that does it. */
  act: string;
  /** Does it; gives what to tell where it was refused. */
  work: (form: FormData) => Promise<string | null>;
  close: (news: null) => void;
  children: React.ReactNode;
};

/** A question that has to be answered first; Escape and the second button leave everything as it is. */
export function Dialog({ page: { say }, title, act, work, close, children }: Asked) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const shown = dialog.current;
    shown?.showModal();
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
        <Notice kind="problem" text={problem} />
        {children}
        <div className="buttons">
          <button className="main">{act}</button>
          <button type="button" onClick={() => close(null)}>
            {say('cancel')}
          </button>
        </div>
      </form>
    </dialog>
  );
}
