/** Words and figures that are cut, or lie upon each other. It runs inside the page and names nothing outside of itself. */

/** Every such word with what is wrong; hidden ones and the settings are left out. */
export function misfits(): string[] {
  const found: string[] = [];
  const shown = [...document.querySelectorAll<HTMLElement>('.screen *')].filter(isWord);
  const places = shown.map((element) => ({ element, box: boxOf(element) }));
  for (const { element, box } of places) {
    const holder = element.closest('.panel, .card, header')?.getBoundingClientRect();
    const name = `${element.closest('section, header')?.className ?? ''} ${element.textContent}`.trim();
    const clipped = element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline';
    if (clipped) found.push(`wide: ${name}`);
    if (box.right > innerWidth + 1 || box.left < -1) found.push(`off the screen: ${name}`);
    if (holder && !isInside(box, holder)) found.push(`out of its panel: ${name}`);
  }
  for (const [place, one] of places.entries())
    for (const other of places.slice(place + 1))
      if (!isKin(one.element, other.element) && isUpon(one.box, other.box))
        found.push(`upon each other: ${one.element.textContent} / ${other.element.textContent}`);
  return found;

  function isWord(element: HTMLElement): boolean {
    if (element.closest('svg, .heard, .asof, .settings, dialog')) return false;
    const words = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
    return words && element.checkVisibility() && getComputedStyle(element).clipPath !== 'inset(50%)';
  }

  /** Where its letters are, without the room above capitals and below the line. */
  function boxOf(element: HTMLElement): DOMRect {
    const range = document.createRange();
    range.selectNodeContents(element);
    const { x, y, width, height } = range.getBoundingClientRect();
    const spare = height * 0.22;
    return new DOMRect(x, y + spare, width, Math.max(1, height - 2 * spare));
  }

  function isInside(box: DOMRect, holder: DOMRect): boolean {
    return (
      box.left >= holder.left - 1 &&
      box.right <= holder.right + 1 &&
      box.top >= holder.top - 1 &&
      box.bottom <= holder.bottom + 1
    );
  }

  function isUpon(one: DOMRect, other: DOMRect): boolean {
    const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
    const along = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
    return across > 1 && along > 1;
  }

  function isKin(one: HTMLElement, other: HTMLElement): boolean {
    return one.contains(other) || other.contains(one);
  }
}

/** Wait until the page has drawn itself for a new size of the window. */
export async function drawn(): Promise<void> {
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
}

/** Turn a board that is read from afar to its next page, and say how many it has; one that shows everything has one. */
export async function turned(): Promise<number> {
  const dots = [...document.querySelectorAll<HTMLElement>('.dot')];
  const place = dots.findIndex((dot) => dot.ariaCurrent === 'page');
  dots[(place + 1) % dots.length]?.click();
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  return Math.max(1, dots.length);
}

/** Keep what the server said last, so that it can be said again with other numbers. */
export function overheard(): void {
  const inside = globalThis as unknown as { heard?: Heard };
  const Native = WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(place: string | URL, protocols?: string | string[]) {
      super(place, protocols);
      this.addEventListener('message', ({ data }) => {
        const text = String(data);
        if (text.includes('"next"') && text.includes('"wallboard"')) inside.heard = { line: this, text };
      });
    }
  };
}

export type Heard = { line: WebSocket; text: string };

/** Show the last reading again with figures of so many digits, and wait until they stand there. */
export async function enlarged(digits: number): Promise<void> {
  const { heard } = globalThis as unknown as { heard: Heard };
  const message = JSON.parse(heard.text) as { payload: { data: { wallboard: Record<string, unknown> } } };
  const board = message.payload.data.wallboard;
  const figure = 8 * 10 ** (digits - 1) + Math.floor(10 ** (digits - 1) / 9);
  grow(board);
  for (;;) {
    heard.line.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    if (Number(document.querySelector<HTMLElement>('[data-count=open]')?.dataset['value']) === figure) return;
  }

  function grow(part: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(part)) {
      if (typeof value === 'number') part[name] = figure;
      if (typeof value === 'object' && value !== null) grow(value as Record<string, unknown>);
    }
  }
}
