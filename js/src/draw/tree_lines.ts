/** Which lines of a tree are shown, and in which order. */
import type { TreeTable } from "./tree_table";

export interface Order {
  /** The key of the column; empty for the order of the tree. */
  by: string;
  descending: boolean;
}

export const treeOrder: Order = { by: "", descending: false };

/** What pressing a heading does: sort, turn round, and go back to the order of the tree. */
export function nextOrder(order: Order, by: string): Order {
  const first = by !== "module";
  if (order.by !== by) return { by, descending: first };
  return order.descending === first ? { by, descending: !first } : treeOrder;
}

/** The lines that no closed line hides. */
export function openLines(table: TreeTable, isOpen: (line: number) => boolean): Int32Array {
  const lines = new Int32Array(table.count);
  let count = 0;
  for (let line = 0; line < table.count; ) {
    lines[count++] = line;
    line = isOpen(line) ? line + 1 : table.ends[line];
  }
  return lines.slice(0, count);
}

/** Modules without their tree, by a value each; those without a value last. */
export function sortedLines(
  table: TreeTable,
  lines: Int32Array,
  value: (line: number) => number | string,
  descending: boolean,
): Int32Array {
  const sign = descending ? -1 : 1;
  const values = new Map<number, number | string>();
  for (const line of lines) if (!table.isRepeat(line)) values.set(line, value(line));
  const rank = (a: number | string, b: number | string): number => {
    if (Number.isNaN(a) || Number.isNaN(b))
      return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    if (a === b) return 0;
    return a < b ? -sign : sign;
  };
  const order = [...values].sort(([one, a], [other, b]) => rank(a, b) || one - other);
  return Int32Array.from(order, ([line]) => line);
}

export function allLines(table: TreeTable): Int32Array {
  return Int32Array.from({ length: table.count }, (_, line) => line);
}

/** Siblings of a line, itself included. */
export function siblings(table: TreeTable, line: number): number[] {
  const parent = table.parents[line];
  if (parent < 0) return [line];
  const found: number[] = [];
  for (let at = parent + 1; at < table.ends[parent]; at = table.ends[at]) found.push(at);
  return found;
}
