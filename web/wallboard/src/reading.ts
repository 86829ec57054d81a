/** How a board is read on this screen: from afar in pages, or all of it at once. */
import { useEffect, useState } from 'react';
import { isFar, isTall, USUAL_ROOM, type Layout, type Room } from '@surga/shared/reading';

export type Reading = {
  far: boolean;
  /** Letters of a title that leave the clock its room. */ letters: number;
  /** How long each page stands. */ seconds: number;
};

/** Our choice: six lines of a page are read twice in it. */
const USUAL_SECONDS = 15;
const [FEWEST_SECONDS, MOST_SECONDS] = [5, 600];

/** By the address (?inches=75&metres=4, ?turn=20), what was chosen here, and the size of the window; the style sheets are told, too. */
export function useReading(query: URLSearchParams, layout: Layout): Reading {
  const [reading, read] = useState(() => readingOf(query, layout));
  useEffect(() => {
    const look = () => read(readingOf(query, layout));
    look();
    addEventListener('resize', look);
    return () => removeEventListener('resize', look);
  }, [query, layout]);
  useEffect(() => {
    document.documentElement.dataset['reading'] = reading.far ? 'far' : 'near';
    return () => void delete document.documentElement.dataset['reading'];
  }, [reading.far]);
  return reading;
}

function readingOf(query: URLSearchParams, layout: Layout): Reading {
  const size = { width: innerWidth, height: innerHeight };
  const seconds = positive(query.get('turn')) ?? USUAL_SECONDS;
  return {
    far: isFar(size, outerWidth, roomOf(query), layout),
    letters: size.height > size.width ? 18 : isTall(size) ? 26 : 30,
    seconds: Math.min(MOST_SECONDS, Math.max(FEWEST_SECONDS, seconds)),
  };
}

/** The room as the address says it; null where it says nothing of it that can be. */
function roomOf(query: URLSearchParams): Room | null {
  const [inches, metres] = [positive(query.get('inches')), positive(query.get('metres'))];
  if (inches === null && metres === null) return null;
  return { inches: inches ?? USUAL_ROOM.inches, metres: metres ?? USUAL_ROOM.metres };
}

function positive(text: string | null): number | null {
  const value = Number((text ?? '').replace(',', '.'));
  return value > 0 && Number.isFinite(value) ? value : null;
}
