/** The lines of a tree as the kernel sends them: columns, of which texts are indices into one list. */
import { type Packed, type TypedValues, unpackOptional } from "../wire";

export const textColumns = [
  "names",
  "types",
  "settings",
  "full_settings",
  "steps",
  "inputs",
  "outputs",
  "kinds",
  "notes",
] as const;
export const numberColumns = [
  "depths",
  "flags",
  "parameters",
  "own_parameters",
  "trainable",
  "buffers",
  "flops",
  "activation_bytes",
] as const;

export type TextColumn = (typeof textColumns)[number];
export type NumberColumn = (typeof numberColumns)[number];
export type ColumnTraits = Record<TextColumn | NumberColumn, Packed | null>;

/** Ask for every column by its name. */
export function columnsFrom(get: (name: TextColumn | NumberColumn) => Packed | null): ColumnTraits {
  const names = [...textColumns, ...numberColumns];
  return Object.fromEntries(names.map((name) => [name, get(name)])) as ColumnTraits;
}

const flag = { repeat: 1, frozen: 2, failed: 4, shared: 8 } as const;

/** A module, or several siblings alike, is a line; its children follow it, one deeper. */
export class TreeTable {
  readonly count: number;
  readonly depths: TypedValues;
  /** The line that each stands below; -1 for the model. */
  readonly parents: Int32Array;
  /** Where the lines below each end. */
  readonly ends: Int32Array;
  private readonly columns: Record<TextColumn | NumberColumn, TypedValues>;
  private paths: string[] | null = null;

  constructor(
    private readonly texts: readonly string[],
    packed: ColumnTraits,
  ) {
    const read = (name: TextColumn | NumberColumn): TypedValues =>
      unpackOptional(packed[name])?.data ?? new Uint8Array(0);
    const names = [...textColumns, ...numberColumns];
    const all = names.map((name) => [name, read(name)] as const);
    this.columns = Object.fromEntries(all) as typeof this.columns;
    this.depths = this.columns.depths;
    this.count = this.depths.length;
    this.parents = new Int32Array(this.count).fill(-1);
    this.ends = new Int32Array(this.count);
    this.link();
  }

  private link(): void {
    const open: number[] = [];
    for (let line = 0; line < this.count; line++) {
      while (open.length > 0 && this.depths[open[open.length - 1]] >= this.depths[line]) {
        this.ends[open.pop() ?? 0] = line;
      }
      this.parents[line] = open[open.length - 1] ?? -1;
      open.push(line);
    }
    for (const line of open) this.ends[line] = this.count;
  }

  text(column: TextColumn, line: number): string {
    return this.texts[this.columns[column][line]] ?? "";
  }

  /** Where a text of this line stands in the list; lines with the same text have the same. */
  textIndex(column: TextColumn, line: number): number {
    return this.columns[column][line];
  }

  get textCount(): number {
    return this.texts.length;
  }

  textAt(index: number): string {
    return this.texts[index];
  }

  number(column: NumberColumn, line: number): number {
    return this.columns[column][line] ?? 0;
  }

  numbers(column: NumberColumn): TypedValues {
    return this.columns[column];
  }

  /** How many lines are modules, and not several of them. */
  get moduleCount(): number {
    return this.columns.flags.filter((each) => (each & flag.repeat) === 0).length;
  }

  isRepeat(line: number): boolean {
    return (this.columns.flags[line] & flag.repeat) !== 0;
  }

  isFrozen(line: number): boolean {
    return (this.columns.flags[line] & flag.frozen) !== 0;
  }

  isFailed(line: number): boolean {
    return (this.columns.flags[line] & flag.failed) !== 0;
  }

  isLeaf(line: number): boolean {
    return this.ends[line] === line + 1;
  }

  /** The lines that this one stands below, the nearest first. */
  above(line: number): number[] {
    const found: number[] = [];
    for (let at = this.parents[line]; at >= 0; at = this.parents[at]) found.push(at);
    return found;
  }

  /** As in `named_modules`; several modules alike have the path that they are in. */
  path(line: number): string {
    if (this.paths === null) this.paths = this.makePaths();
    return this.paths[line] ?? "";
  }

  private makePaths(): string[] {
    const paths: string[] = [];
    for (let line = 0; line < this.count; line++) {
      const parent = this.parents[line] < 0 ? "" : paths[this.parents[line]];
      const name = this.isRepeat(line) ? "" : this.text("names", line);
      paths.push(parent === "" || name === "" ? `${parent}${name}` : `${parent}.${name}`);
    }
    return paths;
  }

  /** A line's name and those above it: the same after the tree was described again. */
  key(line: number): string {
    const name = this.text("names", line);
    return this.isRepeat(line) ? `${this.path(line)}${name}` : this.path(line);
  }

  /** Python for the module; empty for several. */
  expression(line: number): string {
    if (this.isRepeat(line)) return "";
    const lines = [line, ...this.above(line)].filter((each) => !this.isRepeat(each)).reverse();
    return `model${lines
      .slice(1)
      .map((each) => this.step(each))
      .join("")}`;
  }

  private step(line: number): string {
    return this.text("steps", line) || `.${this.text("names", line)}`;
  }
}
