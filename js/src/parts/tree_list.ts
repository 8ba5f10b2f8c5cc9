/** Very many lines of which only those in sight are in the page. */

import type { Column } from "../draw/tree_columns";
import type { Order } from "../draw/tree_lines";
import { lineHeight, scrollFor, spanOf } from "../draw/tree_window";
import { element } from "./elements";
import { type Drawing, makeHeading, makeRow, type Standing } from "./tree_row";

const headingHeight = 26;

/** What stands where, asked for line by line. */
export interface Shown extends Drawing {
  lines: Int32Array;
  order: Order;
  /** The line that the keyboard stands on; -1 if on none. */
  current(): number;
  standing(line: number): Omit<Standing, "line" | "index">;
}

export class TreeList {
  readonly grid = element("div", "tl-tree", { role: "treegrid" });
  private readonly head = element("div", "tl-tree-head", { role: "row", "aria-rowindex": "1" });
  private readonly body = element("div", "tl-tree-lines", { role: "rowgroup" });
  private readonly drawn = new Map<number, HTMLElement>();
  private shown: Shown | null = null;
  private indices = new Map<number, number>();
  private wanted = -1;

  constructor(
    parent: HTMLElement,
    private readonly sort: (key: string) => void,
    scrolled: () => void,
    signal: AbortSignal,
  ) {
    const top = element("div", "tl-tree-top", { role: "rowgroup" });
    top.append(this.head);
    this.grid.append(top, this.body);
    parent.append(this.grid);
    this.grid.addEventListener("scroll", scrolled, { signal, passive: true });
  }

  get width(): number {
    return this.grid.clientWidth;
  }

  /** How many lines there are room for. */
  get page(): number {
    return Math.max(1, Math.floor((this.grid.clientHeight - headingHeight) / lineHeight) - 1);
  }

  indexOf(line: number): number {
    return this.indices.get(line) ?? -1;
  }

  /** Draw other lines, or the same ones differently. */
  show(shown: Shown): void {
    const hadFocus = this.body.contains(document.activeElement);
    const inHead = this.focusedKey();
    this.shown = shown;
    this.indices = new Map(Array.from(shown.lines, (line, index) => [line, index]));
    this.grid.setAttribute("aria-rowcount", String(shown.lines.length + 1));
    this.grid.style.setProperty("--tl-columns", template(shown.columns));
    this.head.replaceChildren(...makeHeading(shown.columns, shown.order, this.sort));
    this.body.style.height = `${shown.lines.length * lineHeight}px`;
    this.drawn.clear();
    this.body.replaceChildren();
    this.fill();
    if (hadFocus) this.drawn.get(this.current())?.focus({ preventScroll: true });
    if (inHead !== "") this.head.querySelector<HTMLElement>(`[data-key="${inHead}"]`)?.focus();
  }

  /** Draw the lines that came into sight, and drop those that left it. */
  fill(): void {
    const { shown } = this;
    if (shown === null) return;
    this.reveal();
    const { first, last } = spanOf(this.grid.scrollTop, this.grid.clientHeight, shown.lines.length);
    const wanted = new Set(shown.lines.slice(first, last));
    // The line that the keyboard stands on stays, wherever it is: else the focus would be lost.
    wanted.add(this.current());
    for (const [line, row] of this.drawn) {
      if (wanted.has(line)) continue;
      row.remove();
      this.drawn.delete(line);
    }
    const missing = [...wanted].filter((line) => !this.drawn.has(line) && this.indexOf(line) >= 0);
    for (const line of missing) this.insert(line, shown);
  }

  /** Rows stay in the order of their lines, for those who read the page and do not see it. */
  private insert(line: number, shown: Shown): void {
    const index = this.indexOf(line);
    const row = makeRow(shown, { line, index, ...shown.standing(line) });
    const next = [...this.drawn]
      .filter(([other]) => this.indexOf(other) > index)
      .sort(([one], [other]) => this.indexOf(one) - this.indexOf(other))[0];
    this.body.insertBefore(row, next?.[1] ?? null);
    this.drawn.set(line, row);
  }

  /**
   * Say of a line whether it is selected and whether Tab comes to it. Its element stays: a click
   * would be lost whose first half has it replaced.
   */
  mark(line: number): void {
    const row = this.drawn.get(line);
    const standing = this.shown?.standing(line);
    if (row === undefined || standing === undefined) return;
    row.tabIndex = standing.isCurrent ? 0 : -1;
    row.setAttribute("aria-selected", String(standing.isSelected));
  }

  /** Scroll to a line in the middle, as soon as there is a layout. */
  want(line: number): void {
    this.wanted = line;
  }

  private reveal(): void {
    const index = this.indexOf(this.wanted);
    if (index < 0 || this.grid.clientHeight === 0) return;
    this.wanted = -1;
    this.scrollTo(index, true);
  }

  private scrollTo(index: number, isCentred: boolean): void {
    const { scrollTop, clientHeight } = this.grid;
    const top = scrollFor(index, scrollTop, clientHeight, headingHeight, isCentred);
    if (top !== scrollTop) this.grid.scrollTop = top;
  }

  /** Give a line the keyboard's focus, scrolling no more than it takes. */
  focus(line: number): void {
    const index = this.indexOf(line);
    if (index < 0) return;
    this.scrollTo(index, false);
    this.fill();
    this.drawn.get(line)?.focus({ preventScroll: true });
  }

  private current(): number {
    return this.shown?.current() ?? -1;
  }

  private focusedKey(): string {
    const { activeElement } = document;
    const isOurs = activeElement instanceof HTMLElement && this.head.contains(activeElement);
    return isOurs ? (activeElement.dataset.key ?? "") : "";
  }
}

function template(columns: readonly Column[]): string {
  return ["minmax(0, 1fr)", ...columns.map((column) => `${column.width}px`)].join(" ");
}

/** The line that something happened on; -1 if on none. */
export function lineAt(event: Event): number {
  const row = event.target instanceof Element ? event.target.closest(".tl-tree-row") : null;
  return row instanceof HTMLElement ? Number(row.dataset.line ?? -1) : -1;
}
