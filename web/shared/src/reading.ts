/** How far away a wall is read, and whether letters are large enough for all of the board to stand there at once. */

/** auto: by the screen and its room. */
export type Layout = 'auto' | 'near' | 'far';
/** The diagonal of a screen, and how far away its readers stand. */
export type Room = { inches: number; metres: number };
export type Size = { width: number; height: number };

/** Where nobody says: what a meeting room has (our choice), which is what the far layout is drawn for. */
export const USUAL_ROOM: Room = { inches: 55, metres: 5 };

/** Of arc: ISO 9241-303 has 16 as the least for reading at ease. */
const LEAST_MINUTES = 16;
const MINUTE = Math.PI / 180 / 60;
/** Height of a capital of DejaVu Sans, in ems. */
const CAPITAL = 0.729;
const INCH = 0.0254;
/** Of the layout that shows everything at once (looks/walls.css). */
const SMALLEST_REM = 1.8;
/** Our choice: below it a window is that of a laptop, which somebody sits in front of. */
const WALL_WIDTH = 1_900;
/** Neither lower nor narrower than a projector: below it the board is one column that scrolls (looks/narrow.css). */
const LEAST_SIZES = [
  { width: 1_000, height: 700 },
  { width: 1_080, height: 607 },
];

/** Minutes of arc of a capital that is so many pixels of an em, on a screen of this size in this room. */
export function minutesOf(pixels: number, { width, height }: Size, { inches, metres }: Room): number {
  const pixel = (inches * INCH) / Math.hypot(width, height);
  return (pixels * CAPITAL * pixel) / metres / MINUTE;
}

/** Whether a board is read from afar. window: its width on the screen, which the reader's zoom does not change. */
export function isFar(size: Size, window: number, room: Room | null, layout: Layout): boolean {
  const holds = LEAST_SIZES.some(({ width, height }) => size.width >= width && size.height >= height);
  if (!holds || layout === 'near') return false;
  if (layout === 'far') return true;
  const hangs = room !== null || window >= WALL_WIDTH || isTall(size);
  return hangs && minutesOf(SMALLEST_REM * remOf(size), size, room ?? USUAL_ROOM) < LEAST_MINUTES;
}

/** Upright, or a projector: higher than a screen of 3:2. */
export function isTall({ width, height }: Size): boolean {
  return width / height <= 3 / 2;
}

/** The em of the root where everything stands at once, in pixels, as looks/walls.css has it. */
function remOf({ width, height }: Size): number {
  if (!isTall({ width, height })) return Math.min(width / 120, height / 67.5);
  return width >= height ? Math.min(width / 112, height / 86) : Math.min(width / 67.5, height / 141.5);
}
