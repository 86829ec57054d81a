/** Pages of a board whose letters are large: which panels stand there now, and when the next ones do. */
import { useEffect, useRef, useState } from 'react';

/** The panels of each page. */
export const PAGES = ['whose', 'urgent', 'trend latest', 'statuses'] as const;

/** Our choice: somebody who pointed at the board or pressed a key reads on, and may go away without a word. */
const HELD_MS = 30_000;

export type Turning = {
  page: number;
  paused: boolean;
  turn: (page: number) => void;
  pause: (paused: boolean) => void;
  /** For the board: while somebody points at it, or has gone to it by keyboard, it stands still. */
  hands: {
    onPointerMove: () => void;
    onPointerLeave: () => void;
    onKeyDown: () => void;
    onFocus: () => void;
    onBlur: () => void;
  };
};

/** The page that stands there, each for so many seconds unless somebody holds it; arrows turn it, too. */
export function useTurning(pages: number, seconds: number): Turning {
  const [turned, turn] = useState(0);
  const [paused, pause] = useState(false);
  const [held, hands] = useHold();
  const page = turned % pages;
  useEffect(() => {
    if (paused || held || pages < 2) return;
    const next = setTimeout(() => turn((page + 1) % pages), seconds * 1_000);
    return () => clearTimeout(next);
  }, [page, pages, seconds, paused, held]);
  useArrows((by) => pages > 1 && turn((page + by + pages) % pages));
  return { page, paused, turn, pause, hands };
}

function useHold(): [boolean, Turning['hands']] {
  const [held, hold] = useState(false);
  const end = useRef<ReturnType<typeof setTimeout>>(undefined);
  const leave = () => {
    clearTimeout(end.current);
    hold(false);
  };
  const touch = () => {
    clearTimeout(end.current);
    hold(true);
    end.current = setTimeout(leave, HELD_MS);
  };
  useEffect(() => () => clearTimeout(end.current), []);
  return [held, { onPointerMove: touch, onPointerLeave: leave, onKeyDown: touch, onFocus: touch, onBlur: leave }];
}

/** A remote control of a television has arrows; those in the settings are not meant for the board. */
function useArrows(turned: (by: 1 | -1) => void): void {
  const newest = useRef(turned);
  newest.current = turned;
  useEffect(() => {
    const pressed = ({ key, target }: KeyboardEvent) => {
      if ((target as Element).closest?.('dialog')) return;
      if (key === 'ArrowRight') newest.current(1);
      if (key === 'ArrowLeft') newest.current(-1);
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}
