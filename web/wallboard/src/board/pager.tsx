import type { Text } from '@surga/shared/texts';
import { wordsOf, type Parts } from './parts.ts';
import type { Turning } from './turning.ts';

const NAMES: Record<string, Text> = {
  whose: 'agencies',
  urgent: 'dueFirst',
  trend: 'trend',
  latest: 'latest',
  statuses: 'statuses',
};

type Given = { pages: readonly string[]; turning: Turning; settings: Parts['settings']; ofAgency: boolean };

/** Which page of how many stands there, to be chosen, and to be kept there (WCAG 2.2.2). */
export function Pager({ pages, turning, settings, ofAgency }: Given) {
  const { say } = wordsOf(settings);
  const nameOf = (panel: string) => say(ofAgency && panel === 'whose' ? 'categories' : (NAMES[panel] ?? 'trend'));
  return (
    <nav className="pager" aria-label={say('pages')}>
      <button
        className="hold"
        aria-pressed={turning.paused}
        aria-label={say('holdPage')}
        onClick={() => turning.pause(!turning.paused)}
      >
        <svg viewBox="0 0 10 10" aria-hidden="true">
          <path d={turning.paused ? 'M2 1l7 4-7 4z' : 'M1.5 1h2.4v8H1.5zM6.1 1h2.4v8H6.1z'} />
        </svg>
      </button>
      {pages.map((panels, page) => (
        <button
          key={panels}
          className="dot"
          aria-current={page === turning.page ? 'page' : undefined}
          aria-label={panels.split(' ').map(nameOf).join(', ')}
          onClick={() => turning.turn(page)}
        />
      ))}
    </nav>
  );
}
