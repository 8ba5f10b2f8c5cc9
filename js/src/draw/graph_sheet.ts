/** A container's inside that is laid out in one column, and may be moved into several. */
import type { Flat, FlatPlaces, Point } from "./graph_flat";

export interface Sheet {
  width: number;
  height: number;
  /** Above the first row. */
  head: number;
  /** Width of the title bar. */
  title: number;
  /** The middle of each thing. */
  children: Map<number, Point>;
  edges: Map<string, Point[]>;
  /** Across, where lines come in and go out. */
  ports: Map<string, number>;
}

export interface Thing {
  item: number;
  width: number;
  height: number;
  isOpen: boolean;
}

export interface Line {
  key: string;
  source: number;
  /** NaN: it comes from outside, or goes there. */
  from: number;
  to: number;
}

export interface Cut {
  y: number;
  crossing: Line[];
}

/** A sheet that may make better use of the room there is. */
export interface Filling {
  sheet: Sheet;
  things: Thing[];
  lines: Line[];
  room: readonly [width: number, height: number];
  /** What stands in the first column, because it comes in. */
  inputs: number[];
  isRoot: boolean;
}

export interface Filled {
  sheet: Sheet;
  /** What flows upwards now. */
  risen: number[];
}

type Soon<Value> = Value | Promise<Value>;

/** What lays one container's inside out; a worker's answers take a while. */
export interface Layering {
  /** Ranks a flat graph from top to bottom. */
  rank(flat: Flat): Soon<FlatPlaces>;
  /** undefined: it stays in its one column. */
  fill(filling: Filling): Soon<Filled | undefined>;
}

export const gutter = 44;
export const margin = 12;
export const titleHeight = 28;

export const sourcesOf = (lines: Line[]): number => new Set(lines.map((line) => line.source)).size;

/** The same upside down beneath its title: lines come in at the bottom, and go out at the top. */
export function flipped(sheet: Sheet): Sheet {
  const { head, height, title } = sheet;
  const turn = ([x, y]: Point): Point => {
    if (y >= height) return [x, x > title ? 0 : titleHeight];
    return [x, y <= titleHeight ? height : head + height - margin - y];
  };
  return {
    ...sheet,
    children: new Map([...sheet.children].map(([item, point]) => [item, turn(point)])),
    edges: new Map([...sheet.edges].map(([key, points]) => [key, points.map(turn)])),
  };
}
