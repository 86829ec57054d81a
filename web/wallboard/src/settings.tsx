import { useEffect, useRef, useState } from 'react';
import type { Language } from '@surga/shared/formats';
import type { Layout } from '@surga/shared/reading';
import { texts } from '@surga/shared/texts';
import type { Theme } from '@surga/shared/theme';
import { wantedBoard } from './address.ts';
import { Filters } from './filters.tsx';
import { narrowingOf, type Choices, type Narrowing } from './narrowing.ts';

export type Settings = { theme: Theme; language: Language; layout: Layout; narrowing: Narrowing };

const KEPT = 'surga.settings';
/** Our choice: long enough to reach the button. */
const HANDS_MS = 8_000;

/** The address first (a screen has no hands), then what was chosen here before. */
export function firstSettings(query: URLSearchParams): Settings {
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Partial<Settings>;
  const theme = query.get('theme') ?? kept.theme;
  const language = query.get('lang') ?? kept.language;
  const layout = query.get('layout') ?? kept.layout;
  return {
    theme: theme === 'dark' || theme === 'light' ? theme : 'auto',
    language: language === 'en' ? 'en' : 'id',
    layout: layout === 'near' || layout === 'far' ? layout : 'auto',
    narrowing: wantedBoard(query) ?? narrowingOf(kept.narrowing),
  };
}

export function keep(settings: Settings): void {
  localStorage.setItem(KEPT, JSON.stringify(settings));
}

type Given = {
  settings: Settings;
  change: (settings: Settings) => void;
  choices: Choices | null;
  /** Called when somebody is about to choose. */
  asked?: () => void;
};

/** Opens on a click or by keyboard; what is chosen takes effect together, once it is applied. */
export function SettingsButton({ settings, change, choices, asked }: Given) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  const [chosen, choose] = useState(settings);
  const say = texts(settings.language);
  useHands();
  useEffect(() => {
    if (!open) return dialog.current?.close();
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLInputElement>('input:checked')?.focus();
  }, [open]);
  const opened = () => {
    asked?.();
    choose(settings);
    setOpen(true);
  };
  const applied = (event: React.FormEvent) => {
    event.preventDefault();
    setOpen(false);
    change(chosen);
  };
  return (
    <>
      <button className="settings" onClick={opened}>
        {say('settings')}
      </button>
      <dialog ref={dialog} onClose={() => setOpen(false)} aria-label={say('settings')}>
        <form onSubmit={applied}>
          <Radios
            name="theme"
            legend={say('theme')}
            values={(['auto', 'dark', 'light'] as const).map((theme) => [theme, say(theme)])}
            chosen={chosen.theme}
            choose={(theme) => choose({ ...chosen, theme })}
          />
          <Radios
            name="language"
            legend={say('language')}
            values={(['id', 'en'] as const).map((language) => [language, texts(language)('languageName')])}
            chosen={chosen.language}
            choose={(language) => choose({ ...chosen, language })}
          />
          {choices && (
            <Filters
              chosen={chosen.narrowing}
              choose={(narrowing) => choose({ ...chosen, narrowing })}
              choices={choices}
              language={settings.language}
            />
          )}
          <Radios
            name="layout"
            legend={say('layout')}
            values={[
              ['auto', say('layoutAuto')],
              ['far', say('layoutFar')],
              ['near', say('layoutNear')],
            ]}
            chosen={chosen.layout}
            choose={(layout) => choose({ ...chosen, layout })}
          />
          <p className="actions">
            <button type="submit">{say('apply')}</button>
            <button type="button" onClick={() => setOpen(false)}>
              {say('cancel')}
            </button>
          </p>
        </form>
      </dialog>
    </>
  );
}

type Several<Value extends string> = {
  name: string;
  legend: string;
  values: [value: Value, words: string][];
  chosen: Value;
  choose: (value: Value) => void;
};

function Radios<Value extends string>({ name, legend, values, chosen, choose }: Several<Value>) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {values.map(([value, words]) => (
        <label key={value}>
          <input type="radio" name={name} checked={chosen === value} onChange={() => choose(value)} />
          {words}
        </label>
      ))}
    </fieldset>
  );
}

/** A wall shows its button only while somebody is there: for a while after a key or a move of the mouse. */
function useHands(): void {
  useEffect(() => {
    const root = document.documentElement;
    let gone: ReturnType<typeof setTimeout> | undefined;
    const here = () => {
      root.dataset['hands'] = 'here';
      clearTimeout(gone);
      gone = setTimeout(() => delete root.dataset['hands'], HANDS_MS);
    };
    const events = ['pointermove', 'pointerdown', 'keydown'] as const;
    for (const event of events) addEventListener(event, here);
    return () => {
      clearTimeout(gone);
      for (const event of events) removeEventListener(event, here);
    };
  }, []);
}
