/** Shapes beside colours: whoever sees no difference of red and amber sees a triangle and a clock. */

export function LateMark() {
  return (
    <svg className="mark late" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M12 2 23 21.5H1Z" fill="currentColor" />
      <path d="M12 9v6.2M12 17.2v2" stroke="var(--hole)" strokeWidth="2.2" />
    </svg>
  );
}

export function ClockMark() {
  return (
    <svg className="mark soon" viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="12" r="10.5" fill="currentColor" />
      <path d="M12 5.5V12l4.2 3.2" fill="none" stroke="var(--hole)" strokeWidth="2.2" />
    </svg>
  );
}

export function HoldMark() {
  return (
    <svg className="mark hold" viewBox="0 0 24 24" aria-hidden="true">
      <rect x="1.5" y="1.5" width="21" height="21" fill="currentColor" />
      <path d="M9 7v10M15 7v10" stroke="var(--hole)" strokeWidth="2.6" />
    </svg>
  );
}
