import { useEffect, useRef, useState } from 'react';
import type { Language } from '@surga/shared/formats';
import { texts } from '@surga/shared/texts';
import type { Theme } from '@surga/shared/theme';
import { wantedBoard } from './address.ts';
import { Filters } from './filters.tsx';
import { narrowingOf, type Choices, type Narrowing } from './narrowing.ts';

export type Settings = { theme: Theme; language: Language; narrowing: Narrowing };

const KEPT = 'surga.settings';

/** The address first (a screen has no hands), then what was chosen here before. */
export function firstSettings(query: URLSearchParams): Settings {
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Partial<Settings>;
  const theme = query.get('theme') ?? kept.theme;
  const language = query.get('lang') ?? kept.language;
  return {
    theme: theme === 'dark' || theme === 'light' ? theme : 'auto',
    language: language === 'en' ? 'en' : 'id',
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

export function SettingsButton({ settings, change, choices, asked }: Given) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  // The board changes once the choice is made, not with every line that the arrows pass.
  const [narrowing, setNarrowing] = useState(settings.narrowing);
  const say = texts(settings.language);
  useEffect(() => {
    if (!open) return dialog.current?.close();
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLInputElement>('input:checked')?.focus();
  }, [open]);
  const opened = () => {
    asked?.();
    setNarrowing(settings.narrowing);
    setOpen(true);
  };
  const closed = () => {
    setOpen(false);
    change({ ...settings, narrowing });
  };
  return (
    <>
      <button className="settings" onClick={opened}>
        {say('settings')}
      </button>
      <dialog ref={dialog} onClose={closed} aria-label={say('settings')}>
        <fieldset>
          <legend>{say('theme')}</legend>
          {(['auto', 'dark', 'light'] as const).map((theme) => (
            <label key={theme}>
              <input
                type="radio"
                name="theme"
                checked={settings.theme === theme}
                onChange={() => change({ ...settings, theme })}
              />
              {say(theme)}
            </label>
          ))}
        </fieldset>
        <fieldset>
          <legend>{say('language')}</legend>
          {(['id', 'en'] as const).map((language) => (
            <label key={language}>
              <input
                type="radio"
                name="language"
                checked={settings.language === language}
                onChange={() => change({ ...settings, language })}
              />
              {texts(language)('languageName')}
            </label>
          ))}
        </fieldset>
        {choices && <Filters chosen={narrowing} choose={setNarrowing} choices={choices} language={settings.language} />}
        <button onClick={() => setOpen(false)}>{say('close')}</button>
      </dialog>
    </>
  );
}
