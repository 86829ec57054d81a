/** How wide figures are, for letters that have to be as large as the longest of them allows. */

/** Ems of a digit and of what stands between digits, in the widest bold face that a screen is likely to have (DejaVu). */
const DIGIT = 0.7;
const BETWEEN = 0.4;

/** Ems that a figure is wide, at least three digits: small numbers are no reason for giant letters. */
export function widthOf(figure: string): number {
  const digits = figure.replaceAll(/\D/g, '').length;
  return Math.max(3 * DIGIT, digits * DIGIT + (figure.length - digits) * BETWEEN);
}

/** Ems of a letter, and of the room between two columns, likewise. */
const LETTER = 0.6;
const COLUMN = 0.9;

/** Ems that the rows of a table are wide whose first column has words, and the others figures. */
export function emsOf(rows: string[][]): number {
  const widths = rows.map(([words = '', ...figures]) => [words.length * LETTER, ...figures.map(widthOf)]);
  const columns = (widths[0] ?? []).map((_, column) => Math.max(...widths.map((row) => row[column] ?? 0)));
  return columns.reduce((sum, width) => sum + width + COLUMN, 0);
}
