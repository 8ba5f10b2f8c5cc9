/** A graph that is laid out in one column, and may be moved into several. */
import type { Point } from "./graph_flat";

export interface Sheet {
  width: number;
  height: number;
  /** The middle of each thing. */
  children: Map<number, Point>;
  edges: Map<string, Point[]>;
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
  from: number;
  to: number;
}

export interface Cut {
  y: number;
  crossing: Line[];
}

export const gutter = 44;
export const margin = 12;

export const sourcesOf = (lines: Line[]): number => new Set(lines.map((line) => line.source)).size;
