/** The scale of a chart: round steps from nothing to above the most. */

const STEPS = [1, 2, 2.5, 5, 10];
const LEAST = 4;

/** Marks from 0 up, the last one at or above most, in two to four equal steps of whole numbers. */
export function marksUpTo(most: number): number[] {
  const wanted = Math.max(LEAST, most);
  const power = 10 ** Math.floor(Math.log10(wanted / 4));
  const step = Math.max(
    1,
    STEPS.map((each) => each * power).find((each) => each * 4 >= wanted && whole(each)) ?? power * 10,
  );
  return Array.from({ length: Math.ceil(wanted / step) + 1 }, (_, place) => place * step);
}

function whole(value: number): boolean {
  return Number.isInteger(value);
}
