/** What stands on a wallboard; the functions that run inside the page name nothing outside of themselves. */
import type { Answer } from './launch.ts';

/** The whole page as values; null where there is none yet. */
export function look(): Answer | null {
  const screen = document.querySelector('.screen');
  if (screen === null) return null;
  const all = (name: string, value: string) =>
    Object.fromEntries(
      [...document.querySelectorAll<HTMLElement>(`[data-${name}]`)].map((element) => [
        element.dataset[name],
        Number(element.dataset[value]),
      ]),
    );
  const state = document.querySelector<HTMLElement>('.state');
  const root = document.documentElement;
  return {
    counts: all('count', 'value'),
    statuses: Object.fromEntries(Object.entries(all('status', 'value')).filter(([, count]) => Number(count) > 0)),
    rows: Object.keys(all('status', 'value')),
    agencies: all('agency', 'open'),
    overdue: all('agency', 'overdue'),
    latest: [...document.querySelectorAll<HTMLElement>('.latest li')].map((each) => each.dataset['number']),
    urgent: [...document.querySelectorAll<HTMLElement>('.urgent li')].map((each) => each.dataset['number']),
    asOf: document.querySelector('.asof')?.textContent ?? null,
    light: document.querySelector('.light')?.textContent ?? null,
    ago: document.querySelector('.ago')?.textContent ?? null,
    band: document.querySelector('.band')?.textContent ?? null,
    title: document.title,
    whose: document.querySelector('h1')?.textContent ?? null,
    slow: state?.dataset['slow'] === 'true',
    words: Object.fromEntries(
      [...document.querySelectorAll<HTMLElement>('[data-count]')].map((each) => [
        each.dataset['count'],
        each.querySelector('.word')?.textContent ?? null,
      ]),
    ),
    figures: [...new Set([...document.querySelectorAll('.figure')].map((each) => getComputedStyle(each).fontSize))],
    clocks: [...document.querySelectorAll('.urgent em')].map((each) => each.textContent),
    lines: [...document.querySelectorAll('.line')].map((each) => each.getAttribute('d')?.match(/[ML]/g)?.length ?? 0),
    daysOff: document.querySelectorAll('.off').length,
    status: document.querySelector('[role=status]')?.textContent ?? null,
    stale: state?.dataset['stale'] === 'true',
    broken: state?.dataset['broken'] ?? null,
    code: document.querySelector<HTMLElement>('.code')?.dataset['code'] ?? null,
    coded: document.querySelector('.code') !== null,
    enrolling: document.querySelector('.enrol') !== null,
    news: document.querySelector('.news')?.textContent ?? null,
    trouble: document.querySelector('.trouble')?.textContent ?? null,
    kept: { ...localStorage },
    theme: root.dataset['theme'] ?? null,
    language: root.lang,
    focus: document.activeElement?.textContent ?? null,
    dialog: document.querySelector('dialog[open]') !== null,
    waiting: document.querySelector('.wait')?.textContent ?? null,
    narrowed: document.querySelector('.narrowed')?.textContent ?? null,
    selects: Object.fromEntries(
      [...document.querySelectorAll('select')].map((each) => [
        each.name,
        { chosen: each.selectedOptions[0]?.textContent, offered: [...each.options].map(({ text }) => text) },
      ]),
    ),
    page: document.querySelector<HTMLElement>('.board')?.dataset['page'] ?? null,
    panels: [...document.querySelectorAll('.board > .panel')].filter((each) => each.checkVisibility()).length,
    held: document.querySelector('.hold')?.ariaPressed ?? null,
    clock: Date.now(),
    loadedAt: performance.timeOrigin,
    wide: root.scrollWidth > root.clientWidth,
    tall: root.scrollHeight > root.clientHeight + parseFloat(getComputedStyle(root).fontSize) / 2, // the shift is less
    smallest: Math.min(...words().map((element) => parseFloat(getComputedStyle(element).fontSize))),
    sizes: Object.fromEntries(
      ['.large .word', '.clock'].map((each) => [
        each,
        parseFloat(getComputedStyle(document.querySelector(each) ?? root).fontSize),
      ]),
    ),
    chart: [document.querySelector('.plot')?.clientWidth ?? 0, document.querySelector('.plot')?.clientHeight ?? 0],
    moving: document.getAnimations().filter((each) => !(each as CSSAnimation).animationName?.startsWith('shift'))
      .length,
    drift: getComputedStyle(screen).animationName,
    notes: (({ ends: _, ...rest }) => rest)((globalThis as unknown as { notes?: Notes }).notes ?? ({} as Notes)),
  };

  function words(): Element[] {
    return [...document.querySelectorAll('.screen *')].filter(
      (element) =>
        element.children.length === 0 &&
        element.textContent?.trim() &&
        element.checkVisibility() &&
        !element.closest('.settings, dialog, .heard, .asof'),
    );
  }
}

/** Let the clock and the timers of a page run faster, so that a minute of it takes less. */
export function hurried(pace: number): void {
  const { setTimeout: once, setInterval: again } = globalThis;
  const now = Date.now;
  const begun = now();
  Date.now = () => begun + (now() - begun) * pace;
  Object.assign(globalThis, {
    setTimeout: (run: () => void, wait = 0) => once(run, wait / pace),
    setInterval: (run: () => void, wait = 0) => again(run, wait / pace),
  });
}

/** Let the clock of a page go forward, as if it had hung there for so long. */
export function later(hours: number): void {
  const now = Date.now;
  Date.now = () => now() + hours * 3_600_000;
}

export type Notes = {
  totals: number[];
  longTasks: number[];
  touched: number;
  gap: number;
  shift: number;
  slow: boolean;
  moves: number[];
  turns: number;
  ends?: () => void;
};

/**
 * Begin to note every total that is shown, when the latest changes moved, how often its page turned, how many places of the
 * page were touched, every task that holds the page up for 50 ms or more, the longest time between two frames, and the largest shift of what stands there (as browsers
 * reckon it: 0.1 is seen by everybody).
 */
export function counted(): void {
  const inside = globalThis as unknown as { notes?: Notes };
  inside.notes?.ends?.();
  const notes: Notes = (inside.notes = {
    totals: [],
    longTasks: [],
    touched: 0,
    gap: 0,
    shift: 0,
    slow: false,
    moves: [],
    turns: 0,
  });
  const numbers = () =>
    [...document.querySelectorAll<HTMLElement>('.latest li')].map((each) => each.dataset['number']).join();
  let latest = numbers();
  const page = () => document.querySelector<HTMLElement>('.board')?.dataset['page'];
  let shown = page();
  const changes = new MutationObserver((touched) => {
    if (numbers() !== latest) notes.moves.push(performance.now());
    latest = numbers();
    notes.touched += touched.length;
    if (page() !== shown) notes.turns += 1;
    shown = page();
    notes.slow ||= document.querySelector('[data-slow=true]') !== null;
    const total = Number(document.querySelector<HTMLElement>('[data-count=total]')?.dataset['value']);
    if (notes.totals.at(-1) !== total) notes.totals.push(total);
  });
  changes.observe(document.getElementById('root')!, {
    subtree: true,
    childList: true,
    attributes: true,
    characterData: true,
  });
  const tasks = new PerformanceObserver((list) => {
    for (const task of list.getEntries()) notes.longTasks.push(Math.round(task.duration));
  });
  tasks.observe({ entryTypes: ['longtask'] });
  const shifts = new PerformanceObserver((list) => {
    for (const shift of list.getEntries() as (PerformanceEntry & { value: number })[])
      notes.shift = Math.max(notes.shift, shift.value);
  });
  shifts.observe({ entryTypes: ['layout-shift'] });
  let last = performance.now();
  let next = requestAnimationFrame(function frame(now) {
    notes.gap = Math.max(notes.gap, Math.round(now - last));
    last = now;
    next = requestAnimationFrame(frame);
  });
  notes.ends = () => (changes.disconnect(), tasks.disconnect(), shifts.disconnect(), cancelAnimationFrame(next));
}

/** Whether what is seen has all that is wanted. */
export function holds(seen: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return seen === wanted;
  return Object.entries(wanted).every(([name, value]) => holds((seen as Answer | undefined)?.[name], value));
}
