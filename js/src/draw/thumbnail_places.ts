/** Which points may wear their images, so that no two images touch: one a cell of a grid. */

export interface Room {
  width: number;
  height: number;
}

export interface Standing {
  row: number;
  left: number;
  top: number;
}

/**
 * Choose at most `most` rows, each the one nearest to the middle of its cell of `cell` by `cell` pixels.
 * Its image stands in the middle of the cell, so images never overlap.
 */
export function spreadThumbnails(
  count: number,
  spotOf: (row: number) => readonly [number, number],
  { width, height }: Room,
  cell: number,
  most: number,
  isHidden: (row: number) => boolean,
): Standing[] {
  const size = Math.max(cell, Math.ceil(Math.sqrt((width * height) / most)));
  const [across, down] = [Math.floor(width / size), Math.floor(height / size)];
  const best = new Map<number, { row: number; away: number }>();
  for (let row = 0; row < count; row++) {
    const [left, top] = spotOf(row);
    const [column, line] = [Math.floor(left / size), Math.floor(top / size)];
    if (column < 0 || line < 0 || column >= across || line >= down || isHidden(row)) continue;
    const away = Math.hypot(left - (column + 0.5) * size, top - (line + 0.5) * size);
    const found = best.get(line * across + column);
    if (found === undefined || away < found.away) best.set(line * across + column, { row, away });
  }
  const standings = [...best].map(([key, { row }]) => ({
    row,
    left: ((key % across) + 0.5) * size,
    top: (Math.floor(key / across) + 0.5) * size,
  }));
  return standings.slice(0, most);
}
