import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { BoardFragment } from '@surga/shared/generated';

type Days = BoardFragment['trend'];
type Words = { received: string; resolved: string; short: (day: string) => string };

/** Received and resolved per day. Drawn anew only when a number, the size or the theme has changed. */
export function Trend({ days, words, theme }: { days: Days; words: Words; theme: string }) {
  const place = useRef<HTMLDivElement>(null);
  const numbers = JSON.stringify(days);
  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    let plot = draw(box, days, words);
    const sized = new ResizeObserver(() => {
      plot.destroy();
      plot = draw(box, days, words);
    });
    sized.observe(box);
    return () => {
      sized.disconnect();
      plot.destroy();
    };
  }, [numbers, theme, words.received]);
  const last = days.at(-1);
  return (
    <div
      className="plot"
      ref={place}
      role="img"
      aria-label={`${words.received} ${last?.received ?? 0}, ${words.resolved} ${last?.resolved ?? 0}`}
    />
  );
}

function draw(box: HTMLElement, days: Days, words: Words): uPlot {
  const style = getComputedStyle(box);
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--quiet'),
    font: `${Math.round(1.25 * rem)}px ${style.fontFamily}`, // uPlot scales whole pixels only,
    ticks: { show: false },
    gap: 0.8 * rem,
  };
  const options: uPlot.Options = {
    width: box.clientWidth,
    height: box.clientHeight,
    padding: [0.8 * rem, 2.6 * rem, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(4, Math.ceil(most * 1.1))] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 2.8 * rem,
        splits: () => [0, 7, 14, 21, 29],
        values: (_, at) => at.map((place) => words.short(days[place]?.day ?? '2026-01-01')),
      },
      {
        ...axis,
        grid: { stroke: colour('--line'), width: 1 },
        size: 4 * rem,
        space: 4 * rem,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
      },
    ],
    series: [
      {},
      { stroke: colour('--received'), width: 0.22 * rem, points: { show: false } },
      { stroke: colour('--resolved'), width: 0.22 * rem, dash: [0.6 * rem, 0.35 * rem], points: { show: false } },
    ],
  };
  return new uPlot(
    options,
    [days.map((_, place) => place), days.map((day) => day.received), days.map((day) => day.resolved)],
    box,
  );
}
