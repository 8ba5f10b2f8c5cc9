/** How large a heat map is drawn, and which cell lies under the pointer. */

const wanted = 320;
const tallest = 192;
/** A vector is one row, and still to be seen. */
const lowest = 10;
const largestCell = 14;

export interface HeatSize {
  width: number;
  height: number;
}

/** Square cells of whole device pixels where they fit, in CSS pixels. */
export function heatSize(rows: number, columns: number, room: number, ratio: number): HeatSize {
  const width = Math.min(wanted, room);
  const side = Math.min(width / columns, tallest / rows, largestCell);
  const crisp = Math.max(1, Math.floor(side * ratio)) / ratio;
  const fits = crisp * columns <= room;
  const cell = fits ? crisp : room / columns;
  return { width: cell * columns, height: Math.max(lowest, crisp * rows) };
}

export interface HeatCell {
  row: number;
  column: number;
  /** How many numbers it stands for. */
  count: number;
  words: string;
}

/** Cells of a map that is smaller than its matrix stand for blocks of it. */
function stretch(cell: number, cells: number, all: number): [number, number] {
  if (all <= cells) return [cell, cell + 1];
  return [Math.floor((cell * all) / cells), Math.floor(((cell + 1) * all) / cells)];
}

function worded(name: string, [from, to]: [number, number]): string {
  return to - from === 1 ? `${name} ${from}` : `${name}s ${from}–${to - 1}`;
}

export function cellAt(
  left: number,
  top: number,
  { width, height }: HeatSize,
  rows: number,
  columns: number,
  [allRows, allColumns]: readonly [number, number],
): HeatCell | null {
  const row = Math.floor((top / height) * rows);
  const column = Math.floor((left / width) * columns);
  if (!(row >= 0 && row < rows && column >= 0 && column < columns)) return null;
  const down = stretch(row, rows, allRows);
  const across = stretch(column, columns, allColumns);
  const count = (down[1] - down[0]) * (across[1] - across[0]);
  return { row, column, count, words: `${worded("row", down)}, ${worded("column", across)}` };
}
