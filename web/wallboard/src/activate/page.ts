/** What every part of the page is given. */
import type { Language } from '@surga/shared/formats';
import { NoAnswer, type Office } from '@surga/shared/office';
import type { Say } from '@surga/shared/texts';

export type Page = { office: Office; language: Language; say: Say };
export type Refusals = readonly { message: string }[];

/** What to tell somebody whose action failed; null where the page goes back to signing in anyway. */
export function told(problem: unknown, say: Say): string | null {
  if (!(problem instanceof NoAnswer)) throw problem;
  if (problem.code === 'UNAUTHENTICATED') return null;
  return problem.code === 'NETWORK' ? say('network') : problem.message;
}

/** What a board shows: the whole city, or one agency by its code. */
export function boardNamed(board: string, say: Say): string {
  return board === 'kota' ? say('wholeCity') : say('ofAgency', { code: board });
}

/** The refusals of a payload in one sentence; null where there are none. */
export function refused(errors: Refusals): string | null {
  return errors.length ? errors.map(({ message }) => message).join(' ') : null;
}
