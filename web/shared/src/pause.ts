const LONGEST_PAUSE_MS = 15_000;

/** How long to wait before the next try: twice as long each time, and spread, so that a city's screens do not come at once. */
export function pause(tries: number, random: () => number = Math.random): number {
  const most = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** tries);
  return most / 2 + (random() * most) / 2;
}
