/** The points of the lines that are on the screen, as the plot that draws them holds them. */

export interface DrawnLine {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  if (Array.isArray(value)) return typeof value[0] === "number";
  return value instanceof Float64Array || value instanceof Float32Array;
}

/** One row of an array that is a single row when its rows are numbers. */
function rowOf(values: unknown, row: number): ArrayLike<number> | null {
  if (isNumbers(values)) return row === 0 ? values : null;
  if (!Array.isArray(values)) return null;
  const found: unknown = values[row];
  return isNumbers(found) ? found : null;
}

export function readLine(x: unknown, y: unknown, row: number): DrawnLine | null {
  const [across, up] = [rowOf(x, row), rowOf(y, row)];
  return across === null || up === null || across.length !== up.length
    ? null
    : { x: across, y: up };
}

/** The index of the point with a value that lies nearest to a place, -1 if there is none. */
export function nearest({ x, y }: DrawnLine, place: number): number {
  let found = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < x.length; index++) {
    const away = Math.abs(x[index] - place);
    if (away < least && Number.isFinite(y[index])) {
      least = away;
      found = index;
    }
  }
  return found;
}

/** The next place with a point beyond this one, forwards (1) or backwards (-1). */
export function neighbour(lines: readonly DrawnLine[], place: number, way: number): number {
  let found = place;
  let least = Number.POSITIVE_INFINITY;
  for (const { x, y } of lines) {
    for (let index = 0; index < x.length; index++) {
      const away = (x[index] - place) * way;
      if (away > 0 && away < least && Number.isFinite(y[index])) {
        least = away;
        found = x[index];
      }
    }
  }
  return found;
}

/** The points with a value; null of more than `most`. */
export function fewPoints({ x, y }: DrawnLine, most: number): [number, number][] | null {
  const found: [number, number][] = [];
  for (let index = 0; index < x.length; index++) {
    if (!Number.isFinite(y[index])) continue;
    if (found.length === most) return null;
    found.push([x[index], y[index]]);
  }
  return found;
}
