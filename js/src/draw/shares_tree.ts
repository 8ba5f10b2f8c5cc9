/** What each module holds, as the kernel sends it: rows of a tree, parents first. */
import { type Packed, type TypedValues, unpackOptional } from "../wire";

const columns = ["depths", "names", "types", "counts", "sections"] as const;
type Column = (typeof columns)[number];
export type ShareColumns = Record<Column | "values", Packed | null> & { texts: string[] };

/** A module; what it holds itself, beside its children; or several modules together. */
export interface Share {
  kind: "module" | "own" | "rest";
  /** The row of the module; of several, of the one that they are in. */
  row: number;
  /** Tells it from others of its kind: the row itself, or the first of several. */
  first: number;
  value: number;
  /** How many modules; 1 unless there are several. */
  count: number;
}

export class SharesTree {
  readonly count: number;
  readonly parents: Int32Array;
  readonly #texts: readonly string[];
  readonly #columns: Record<Column, TypedValues>;
  readonly #values: TypedValues;
  readonly #children: number[][] = [];

  constructor(traits: ShareColumns) {
    const read = (name: Column | "values"): TypedValues =>
      unpackOptional(traits[name])?.data ?? new Uint8Array(0);
    const all = columns.map((name) => [name, read(name)] as const);
    this.#columns = Object.fromEntries(all) as Record<Column, TypedValues>;
    this.#texts = traits.texts;
    this.#values = read("values");
    const { depths } = this.#columns;
    this.count = depths.length;
    this.parents = new Int32Array(this.count).fill(-1);
    const open: number[] = [];
    for (let row = 0; row < this.count; row++) {
      open.length = Math.min(open.length, depths[row]);
      this.#children.push([]);
      if (open.length > 0) {
        this.parents[row] = open[open.length - 1];
        this.#children[this.parents[row]].push(row);
      }
      open.push(row);
    }
  }

  depth(row: number): number {
    return this.#columns.depths[row];
  }

  /** What a row and all below it hold of one of the measures. */
  value(measure: number, row: number): number {
    return this.#values[measure * this.count + row] ?? 0;
  }

  /** Which part of the model a row belongs to; parts alike beside each other have one number. */
  section(row: number): number {
    return this.#columns.sections[row];
  }

  /** Whether a part of the model begins at this row. */
  isPart(row: number): boolean {
    return row > 0 && this.section(row) > 0 && this.section(this.parents[row]) === 0;
  }

  /** The model, and what is in it from there to this row. */
  line(row: number): number[] {
    const found: number[] = [];
    for (let at = row; at >= 0; at = this.parents[at]) found.push(at);
    return found.reverse();
  }

  /** How many modules a row stands for together; 0 if it is one. */
  merged(row: number): number {
    return this.#columns.counts[row];
  }

  children(row: number): readonly number[] {
    return this.#children[row] ?? [];
  }

  type(row: number): string {
    return this.#texts[this.#columns.types[row]] ?? "";
  }

  /** The last part of the path; of the model its class. */
  name(row: number): string {
    if (this.merged(row) > 0) return `${this.merged(row).toLocaleString("en-US")} more`;
    return row === 0 ? this.type(0) : (this.#texts[this.#columns.names[row]] ?? "");
  }

  /** As in `named_modules`; of the model its class. */
  path(row: number): string {
    if (row === 0) return this.type(0);
    const names = this.line(row).slice(1);
    return names.map((each) => this.name(each)).join(".");
  }

  share(measure: number, row: number): Share {
    const merged = this.merged(row);
    const value = this.value(measure, row);
    if (merged === 0) return { kind: "module", row, first: row, value, count: 1 };
    return { kind: "rest", row: this.parents[row], first: row, value, count: merged };
  }

  /** What there is in a module: its children in order, and last what it holds itself. */
  within(measure: number, row: number): Share[] {
    const found = this.children(row).map((child) => this.share(measure, child));
    const held = found.reduce((sum, each) => sum + each.value, 0);
    if (held <= 0) return [];
    const value = this.value(measure, row) - held;
    found.push({ kind: "own", row, first: row, value, count: 1 });
    return found.filter((each) => each.value > 0);
  }
}
