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
  const texts = (selector: string) => [...document.querySelectorAll(selector)].map((element) => element.textContent);
  const state = document.querySelector<HTMLElement>('.state');
  const root = document.documentElement;
  // Words that are cut off without an ellipsis, or that lie outside of the screen.
  const cut = [
    ...document.querySelectorAll<HTMLElement>(
      'h1, h2, .figure, .asof, .light, .today, .code, .place, b, em, time, .to, .name, .narrowed',
    ),
  ]
    .filter((element) => {
      const box = element.getBoundingClientRect();
      const panel = element.closest('.panel, .counter')?.getBoundingClientRect();
      return (
        box.right > innerWidth + 1 ||
        box.left < -1 ||
        (element.matches('.to') && element.scrollWidth > element.clientWidth + 1) ||
        (panel !== undefined && (box.right > panel.right + 1 || box.bottom > panel.bottom + 1)) ||
        (panel !== undefined && element.matches('.counter h2') && box.left + element.scrollWidth > panel.right + 1)
      );
    })
    .map((element) => element.textContent);
  return {
    counts: all('count', 'value'),
    statuses: all('status', 'value'),
    agencies: all('agency', 'open'),
    overdue: all('agency', 'overdue'),
    latest: texts('.latest li b'),
    oldest: texts('.oldest li b'),
    asOf: document.querySelector('.asof')?.textContent ?? null,
    light: document.querySelector('.light')?.textContent ?? null,
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
    loadedAt: performance.timeOrigin,
    wide: root.scrollWidth > root.clientWidth,
    tall: root.scrollHeight > root.clientHeight + parseFloat(getComputedStyle(root).fontSize) / 2, // the shift is less
    smallest: Math.min(...words().map((element) => parseFloat(getComputedStyle(element).fontSize))),
    cut,
    chart: [document.querySelector('.plot')?.clientWidth ?? 0, document.querySelector('.plot')?.clientHeight ?? 0],
    moving: document.getAnimations().filter((each) => !(each as CSSAnimation).animationName?.startsWith('shift'))
      .length,
    drift: getComputedStyle(screen).animationName,
    notes: (({ ends: _, ...rest }) => rest)((globalThis as unknown as { notes?: Notes }).notes ?? ({} as Notes)),
  };

  function words(): Element[] {
    return [...document.querySelectorAll('.screen *')].filter(
      (element) =>
        element.children.length === 0 && element.textContent?.trim() && !element.closest('.settings, dialog'),
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

/** As if the chart were still drawn for a screen many times as large, as it is for a moment after a change of size. */
export function swollen(): void {
  const drawn = document.querySelector<HTMLElement>('.plot > *');
  drawn?.style.setProperty('height', '9000px');
  drawn?.style.setProperty('width', '9000px');
}

export type Notes = { totals: number[]; longTasks: number[]; touched: number; gap: number; ends?: () => void };

/**
 * Begin to note every total that is shown, how many places of the page were touched, every task that holds the page up
 * for 50 ms or more, and the longest time between two frames.
 */
export function counted(): void {
  const inside = globalThis as unknown as { notes?: Notes };
  inside.notes?.ends?.();
  const notes: Notes = (inside.notes = { totals: [], longTasks: [], touched: 0, gap: 0 });
  const changes = new MutationObserver((touched) => {
    notes.touched += touched.length;
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
  let last = performance.now();
  let next = requestAnimationFrame(function frame(now) {
    notes.gap = Math.max(notes.gap, Math.round(now - last));
    last = now;
    next = requestAnimationFrame(frame);
  });
  notes.ends = () => (changes.disconnect(), tasks.disconnect(), cancelAnimationFrame(next));
}

/** Whether what is seen has all that is wanted. */
export function holds(seen: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return seen === wanted;
  return Object.entries(wanted).every(([name, value]) => holds((seen as Answer | undefined)?.[name], value));
}
