import { useEffect, useRef, useState } from 'react';
import type { Language } from '@surga/shared/formats';
import type { Theme } from '@surga/shared/theme';
import { texts } from './texts.ts';

export type Settings = { theme: Theme; language: Language };

const KEPT = 'surga.settings';

/** The address first (a screen has no hands), then what was chosen here before. */
export function firstSettings(query: URLSearchParams): Settings {
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Partial<Settings>;
  const theme = query.get('theme') ?? kept.theme;
  const language = query.get('lang') ?? kept.language;
  return { theme: theme === 'dark' || theme === 'light' ? theme : 'auto', language: language === 'en' ? 'en' : 'id' };
}

export function keep(settings: Settings): void {
  localStorage.setItem(KEPT, JSON.stringify(settings));
}

export function SettingsButton({ settings, change }: { settings: Settings; change: (settings: Settings) => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  const say = texts(settings.language);
  useEffect(() => {
    if (!open) return dialog.current?.close();
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLInputElement>('input:checked')?.focus();
  }, [open]);
  return (
    <>
      <button className="settings" onClick={() => setOpen(true)}>
        {say('settings')}
      </button>
      <dialog ref={dialog} onClose={() => setOpen(false)} aria-label={say('settings')}>
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
              {language === 'id' ? 'Bahasa Indonesia' : 'English'}
            </label>
          ))}
        </fieldset>
        <button onClick={() => setOpen(false)}>{say('close')}</button>
      </dialog>
    </>
  );
}
