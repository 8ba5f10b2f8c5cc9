/** One container's inside: what is to be ranked, what comes of that, and the rows that it makes. */

export interface FlatNode {
  key: string;
  width: number;
  height: number;
}

export interface FlatEdge {
  from: string;
  to: string;
  key: string;
  weight: number;
}

export interface Flat {
  nodes: FlatNode[];
  edges: FlatEdge[];
}

export type Point = readonly [x: number, y: number];

export interface FlatPlaces {
  /** The middle of each node. */
  nodes: Record<string, Point>;
  /** From the source's middle to the target's, with a point wherever it passes between others. */
  edges: Record<string, Point[]>;
  /** Of edges that run on a rail beside all nodes: on which, from 0. */
  rails: Record<string, number>;
}

/** Where lines come into a container and go out of it. */
export const isPort = (key: string): boolean => key.startsWith("in ") || key.startsWith("out ");

/** The ranks: for each height at which nodes lie, how far they reach up and down. */
export function findBands(places: FlatPlaces, heights: Map<string, number>): [number, number][] {
  const bands = new Map<number, number>();
  for (const [key, [, y]] of Object.entries(places.nodes)) {
    const rank = Math.round(y);
    bands.set(rank, Math.max(bands.get(rank) ?? 0, heights.get(key) ?? 0));
  }
  return [...bands].map(([y, height]) => [y - height / 2, y + height / 2]);
}

export function rowAt(rows: [number, number][], y: number): [number, number] | undefined {
  return rows.find(([top, bottom]) => y >= top && y <= bottom);
}

/** Lead a line straight through each row that it passes, so that it touches nothing there. */
export function thread(points: Point[], rows: [number, number][]): Point[] {
  return points.flatMap(([x, y]): Point[] => {
    const row = rowAt(rows, y);
    return row === undefined
      ? []
      : [
          [x, row[0] - 3],
          [x, row[1] + 3],
        ];
  });
}

export function measure(
  flat: Flat,
  places: FlatPlaces,
): Record<"left" | "right" | "top" | "bottom", number> {
  const extent = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  const include = (x: number, y: number, width: number, height: number): void => {
    extent.left = Math.min(extent.left, x - width / 2);
    extent.right = Math.max(extent.right, x + width / 2);
    extent.top = Math.min(extent.top, y - height / 2);
    extent.bottom = Math.max(extent.bottom, y + height / 2);
  };
  // Where lines come in and go out is at the border, however high that is.
  for (const { key, width, height } of flat.nodes) {
    const [x, y] = places.nodes[key];
    if (!isPort(key)) include(x, y, width, height);
    else extent.left = Math.min(extent.left, x);
    if (isPort(key)) extent.right = Math.max(extent.right, x);
  }
  for (const [x] of Object.values(places.edges).flatMap((points) => points.slice(1, -1))) {
    extent.left = Math.min(extent.left, x - 4);
    extent.right = Math.max(extent.right, x + 4);
  }
  if (extent.top > extent.bottom) return { left: 0, right: 0, top: 0, bottom: 0 };
  return extent;
}
