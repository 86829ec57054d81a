/** What moves by itself stands still long enough to be read: what came meanwhile is shown together. */
import { useEffect, useRef, useState } from 'react';

export const HELD_MS = 5_000;

/** The last value, changed at most once in so many milliseconds. */
export function useHeld<Value>(value: Value, key: string, heldMs = HELD_MS): Value {
  const [shown, show] = useState(value);
  const shownKey = useRef(key);
  const changedAt = useRef(Date.now());
  const newest = useRef(value);
  newest.current = value;
  useEffect(() => {
    if (key === shownKey.current) return;
    const move = () => {
      shownKey.current = key;
      changedAt.current = Date.now();
      show(newest.current);
    };
    const wait = setTimeout(move, Math.max(0, changedAt.current + heldMs - Date.now()));
    return () => clearTimeout(wait);
  }, [key, heldMs]);
  return shown;
}
