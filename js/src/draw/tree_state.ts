/** What is open, found, sorted and selected in a tree, and so which lines are shown. */
import {
  allLines,
  nextOrder,
  type Order,
  openLines,
  siblings,
  sortedLines,
  treeOrder,
} from "./tree_lines";
import { type Found, search } from "./tree_search";
import type { TreeTable } from "./tree_table";

export type Value = (key: string, line: number) => number | string;

export class TreeState {
  order: Order = treeOrder;
  found: Found | null = null;
  lines: Int32Array = new Int32Array(0);
  /** The line that the keyboard stands on. */
  current = -1;
  selected = -1;
  private query = "";
  private open = new Uint8Array(0);
  /** What was folded by hand among the lines that a search has left. */
  private folds = new Map<number, boolean>();

  constructor(
    private table: TreeTable,
    private readonly value: Value,
  ) {}

  get isFlat(): boolean {
    return this.order.by !== "";
  }

  /** Take another description of the model; what is open and selected stays as far as it is there. */
  take(table: TreeTable, depth: number): void {
    const before = this.table;
    const wasOpen = new Map<string, boolean>();
    for (let line = 0; line < before.count; line++) {
      if (!before.isLeaf(line)) wasOpen.set(before.key(line), this.open[line] === 1);
    }
    const [current, selected] = [this.current, this.selected].map((line) =>
      line < 0 ? null : before.key(line),
    );
    this.table = table;
    this.open = new Uint8Array(table.count);
    [this.current, this.selected] = [-1, -1];
    for (let line = 0; line < table.count; line++) {
      const key = table.key(line);
      if (key === current) this.current = line;
      if (key === selected) this.selected = line;
      this.open[line] = Number(wasOpen.get(key) ?? table.depths[line] < depth);
    }
    this.find(this.query);
  }

  isOpen(line: number): boolean {
    if (this.table.isLeaf(line)) return false;
    if (this.found === null) return this.open[line] === 1;
    return this.folds.get(line) ?? this.found.inner[line] === 1;
  }

  /** Where what a line stands for ends: after itself or, if it is closed, after all that is in it. */
  endOf(line: number): number {
    return this.isFlat || this.table.isLeaf(line) || this.isOpen(line)
      ? line + 1
      : this.table.ends[line];
  }

  fold(line: number, isOpen: boolean): void {
    if (this.found === null) this.open[line] = Number(isOpen);
    else this.folds.set(line, isOpen);
    this.arrange();
  }

  openSiblings(line: number): void {
    for (const each of siblings(this.table, line)) {
      if (this.found === null) this.open[each] = 1;
      else this.folds.set(each, true);
    }
    this.arrange();
  }

  find(query: string): void {
    this.query = query;
    this.folds.clear();
    this.found = search(this.table, query);
    if (this.found === null && this.selected >= 0) this.openAbove(this.selected);
    this.arrange();
  }

  sort(by: string): void {
    this.order = nextOrder(this.order, by);
    this.arrange();
  }

  /** Have a line shown, whatever is searched for and sorted by. */
  reveal(line: number): void {
    this.order = treeOrder;
    this.query = "";
    this.found = null;
    this.openAbove(line);
    this.arrange();
  }

  private openAbove(line: number): void {
    for (const each of this.table.above(line)) this.open[each] = 1;
  }

  private arrange(): void {
    const { table, order } = this;
    if (this.isFlat) {
      const all = allLines(table).filter((line) => this.found?.matches[line] !== 0);
      this.lines = sortedLines(table, all, (line) => this.value(order.by, line), order.descending);
    } else if (this.found === null) {
      this.lines = openLines(table, (line) => this.open[line] === 1);
    } else {
      this.lines = this.foundLines(this.found);
    }
    if (!this.lines.includes(this.current)) this.current = this.nearest();
  }

  /** What matches, with what it is in; and all that is in what was opened by hand. */
  private foundLines({ matches, inner }: Found): Int32Array {
    const lines: number[] = [];
    let freeUntil = 0;
    for (let line = 0; line < this.table.count; ) {
      const end = this.table.ends[line];
      const isShown = line < freeUntil || matches[line] === 1 || inner[line] === 1;
      if (isShown) lines.push(line);
      if (isShown && this.folds.get(line) === true) freeUntil = Math.max(freeUntil, end);
      line = isShown && this.isOpen(line) ? line + 1 : end;
    }
    return Int32Array.from(lines);
  }

  /** Where the keyboard goes if its line is gone: to what that is in, or to the first line. */
  private nearest(): number {
    const above = this.current < 0 ? [] : this.table.above(this.current);
    return above.find((line) => this.lines.includes(line)) ?? this.lines[0] ?? -1;
  }

  /** The next line that matches, after the one that the keyboard stands on; round the end. */
  nextMatch(): number {
    const { found, lines } = this;
    if (found === null) return lines[0] ?? -1;
    const from = lines.indexOf(this.current);
    const order = [...lines.slice(from + 1), ...lines.slice(0, from + 1)];
    return order.find((line) => found.matches[line] === 1) ?? -1;
  }

  /** The next line whose name or class begins so. */
  startingWith(text: string): number {
    const from = this.lines.indexOf(this.current) + (text.length === 1 ? 1 : 0);
    const begins = (column: "names" | "types", line: number): boolean =>
      this.table.text(column, line).toLowerCase().startsWith(text);
    const order = [...this.lines.slice(from), ...this.lines.slice(0, from)];
    return order.find((line) => begins("names", line) || begins("types", line)) ?? -1;
  }

  /** The line so many further on, no further than the ends. */
  step(by: number): number {
    const index = this.lines.indexOf(this.current) + by;
    return this.lines[Math.min(this.lines.length - 1, Math.max(0, index))] ?? -1;
  }
}
