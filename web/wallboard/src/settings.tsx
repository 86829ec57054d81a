import { useEffect, useRef, useState } from 'react';
import { hourOf, type Language } from '@surga/shared/formats';
import { texts } from './texts.ts';

export type Theme = 'auto' | 'dark' | 'light';
export type Settings = { theme: Theme; language: Language };

const KEPT = 'surga.settings';
const DAY_BEGINS = 6;
const DAY_ENDS = 18;

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

export function themeOf(theme: Theme, now: number): 'dark' | 'light' {
  if (theme !== 'auto') return theme;
  const hour = hourOf(now);
  return hour >= DAY_BEGINS && hour < DAY_ENDS ? 'light' : 'dark';
}

export function SettingsButton({ settings, change }: { settings: Settings; change: (settings: Settings) => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  const say = texts(settings.language);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
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
