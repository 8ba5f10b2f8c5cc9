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
 * An image of `side` pixels stands on its point, or as near as it can without leaving the cell.
 */
export function spreadThumbnails(
  count: number,
  spotOf: (row: number) => readonly [number, number],
  { width, height }: Room,
  { cell, side, most }: { cell: number; side: number; most: number },
  isHidden: (row: number) => boolean,
): Standing[] {
  const size = Math.max(cell, Math.ceil(Math.sqrt((width * height) / most)));
  const [across, down] = [Math.floor(width / size), Math.floor(height / size)];
  const best = new Map<number, Standing & { away: number }>();
  for (let row = 0; row < count; row++) {
    const [left, top] = spotOf(row);
    const [column, line] = [Math.floor(left / size), Math.floor(top / size)];
    if (column < 0 || line < 0 || column >= across || line >= down || isHidden(row)) continue;
    const away = Math.hypot(left - (column + 0.5) * size, top - (line + 0.5) * size);
    const key = line * across + column;
    const found = best.get(key);
    if (found === undefined || away < found.away) best.set(key, { row, left, top, away });
  }
  const inside = (spot: number): number => {
    const start = Math.floor(spot / size) * size + side / 2;
    return Math.min(start + size - side, Math.max(start, spot));
  };
  return [...best.values()].map(({ row, left, top }) => {
    return { row, left: inside(left), top: inside(top) };
  });
}
