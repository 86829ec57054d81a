/** What every part of the page is given. */
import type { Language } from '@surga/shared/formats';
import { NoAnswer, type Office } from '@surga/shared/office';
import type { Say } from '@surga/shared/texts';

export type Page = { office: Office; language: Language; say: Say };
/** Why something failed; until is when it may be tried again, in milliseconds of this computer's clock. */
export type Problem = { text: string; until: number | null };
type Refusals = readonly { message: string; retryAfterSeconds?: number }[];

/** What to tell somebody whose action failed; null where the page goes back to signing in anyway. */
export function told(problem: unknown, say: Say): Problem | null {
  if (!(problem instanceof NoAnswer)) throw problem;
  if (problem.code === 'UNAUTHENTICATED') return null;
  if (problem.code === 'NETWORK') return { text: say('network'), until: null };
  return { text: problem.message, until: later(problem.retryAfterSeconds) };
}

/** What a board shows: the whole city, or the agency's own name. */
export function boardNamed(agency: { name: string } | null, say: Say): string {
  return agency?.name ?? say('wholeCity');
}

/** The refusals of a payload in one sentence; null where there are none. */
export function refused(errors: Refusals): Problem | null {
  const text = errors.map(({ message }) => message).join(' ');
  const after = errors.find(({ retryAfterSeconds }) => retryAfterSeconds !== undefined)?.retryAfterSeconds;
  return errors.length ? { text, until: later(after ?? null) } : null;
}

/** Something that this page itself has to say of a field. */
export function wrong(text: string): Problem {
  return { text, until: null };
}

function later(seconds: number | null): number | null {
  return seconds === null ? null : Date.now() + seconds * 1000;
}
