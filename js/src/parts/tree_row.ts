/** One line of a tree, and the heading above all of them. */

import type { Column } from "../draw/tree_columns";
import type { Order } from "../draw/tree_lines";
import { type Piece, pieces } from "../draw/tree_search";
import type { TreeTable } from "../draw/tree_table";
import { lineHeight } from "../draw/tree_window";
import { element } from "./elements";

/** What a line is drawn from. */
export interface Drawing {
  table: TreeTable;
  columns: readonly Column[];
  /** Words that are marked where they occur. */
  words: readonly string[];
  /** Modules without their tree, each with its whole path. */
  isFlat: boolean;
  /** Of the metric that is looked at; empty for none. */
  colour(line: number): string;
  /** What a flag that is raised is called; empty for none. */
  flagged(line: number): string;
}

/** Where a line stands. */
export interface Standing {
  line: number;
  index: number;
  isOpen: boolean;
  hasBelow: boolean;
  isCurrent: boolean;
  isSelected: boolean;
}

/** Deeper than this, lines move no further to the right. */
const deepest = 14;

function marked(parts: readonly Piece[]): (Node | string)[] {
  return parts.map(([text, isMatch]) => {
    if (!isMatch) return text;
    const made = element("mark", "tl-found");
    made.textContent = text;
    return made;
  });
}

function span(className: string, ...content: (Node | string)[]): HTMLElement {
  const made = element("span", className);
  made.append(...content);
  return made;
}

function nameOf(drawing: Drawing, line: number): HTMLElement {
  const { table, words, isFlat } = drawing;
  const name = table.text("names", line);
  if (table.isRepeat(line)) return span("tl-module-name tl-quiet", name);
  const path = table.path(line);
  const parts = pieces(path, words, isFlat ? 0 : path.length - name.length);
  return span("tl-module-name", ...marked(parts));
}

function moduleCell(drawing: Drawing, { line, isOpen, hasBelow }: Standing): HTMLElement {
  const { table, words, isFlat } = drawing;
  const made = element("div", "tl-module", { role: "gridcell" });
  const depth = isFlat ? 0 : Math.min(deepest, table.depths[line]);
  made.style.setProperty("--tl-depth", String(depth));
  if (!isFlat) {
    const toggle = element("span", "tl-fold", { "aria-hidden": "true" });
    toggle.textContent = hasBelow ? (isOpen ? "▾" : "▸") : "";
    made.append(toggle);
  }
  const label = element("span", "tl-module-label");
  const [type, settings] = [table.text("types", line), table.text("settings", line)];
  if (table.parents[line] >= 0) label.append(nameOf(drawing, line));
  const kind = span("tl-module-kind", span("", ...marked(pieces(type, words))));
  if (settings !== "") kind.append(span("tl-quiet", ...marked(pieces(settings, words))));
  label.append(kind);
  label.title = [table.path(line) || type, settings].filter(Boolean).join(" · ");
  made.append(label, ...tags(drawing, line));
  return made;
}

function tags(drawing: Drawing, line: number): HTMLElement[] {
  const notes = drawing.table.text("notes", line);
  const found = [];
  if (notes !== "") found.push(span("tl-tag", notes));
  const flag = drawing.flagged(line);
  if (flag !== "") found.push(span("tl-tag tl-flag", flag));
  for (const each of found) each.title = each.textContent ?? "";
  return found;
}

function valueCell(column: Column, line: number): HTMLElement {
  const made = element("div", `tl-tree-${column.kind}`, { role: "gridcell" });
  const text = column.write(line);
  if (column.kind !== "share") {
    made.textContent = text;
    if (column.kind === "text") made.title = text;
    if (column.isInner?.(line) && text !== "–") {
      made.classList.add("tl-tree-inner");
      made.title = `up to ${text} inside`;
    }
    return made;
  }
  const share = Math.min(1, Math.max(0, Number(column.value(line))));
  made.setAttribute("aria-label", text);
  made.title = text;
  if (!(share > 0)) return made;
  const bar = element("span", "tl-tree-bar");
  bar.style.width = `${(share * 100).toFixed(2)}%`;
  made.append(bar);
  return made;
}

export function makeRow(drawing: Drawing, standing: Standing): HTMLElement {
  const { table, isFlat } = drawing;
  const { line, index, isOpen, hasBelow, isCurrent, isSelected } = standing;
  const isRepeat = table.isRepeat(line);
  const made = element("div", "tl-tree-row", {
    role: "row",
    "aria-level": String(isFlat ? 1 : table.depths[line] + 1),
    "aria-rowindex": String(index + 2),
    "aria-selected": String(isSelected),
    "data-testid": isRepeat ? "tl-repeat" : "tl-module",
    "data-path": table.path(line),
    "data-line": String(line),
  });
  if (hasBelow && !isFlat) made.setAttribute("aria-expanded", String(isOpen));
  made.classList.toggle("tl-frozen", table.isFrozen(line));
  made.classList.toggle("tl-failed", table.isFailed(line));
  made.classList.toggle("tl-flagged", drawing.flagged(line) !== "");
  made.style.top = `${index * lineHeight}px`;
  const colour = drawing.colour(line);
  if (colour !== "") made.style.setProperty("--tl-tint", colour);
  made.classList.toggle("tl-tinted", colour !== "");
  made.tabIndex = isCurrent ? 0 : -1;
  made.append(moduleCell(drawing, standing));
  made.append(...drawing.columns.map((column) => valueCell(column, line)));
  return made;
}

export function makeHeading(
  columns: readonly Column[],
  order: Order,
  choose: (key: string) => void,
): HTMLElement[] {
  const all = [{ key: "module", label: "module", kind: "module", isSortable: true }, ...columns];
  return all.map(({ key, label, kind, isSortable }) => {
    const made = element("div", `tl-tree-${kind}`, { role: "columnheader" });
    const way = order.by !== key ? "none" : order.descending ? "descending" : "ascending";
    if (!isSortable) {
      made.textContent = label;
      return made;
    }
    made.setAttribute("aria-sort", way);
    const attributes = { type: "button", "data-testid": "tl-sort", "data-key": key };
    const button = element("button", "tl-sort", attributes);
    const arrow = way === "none" ? "" : way === "descending" ? " ↓" : " ↑";
    button.textContent = `${label}${arrow}`;
    button.title = `Sort by ${label}`;
    button.addEventListener("click", () => choose(key));
    made.append(button);
    return made;
  });
}
