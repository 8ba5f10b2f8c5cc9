/** The modules of a model as a table that folds. */
import { grouped, percent } from "../draw/numbers";
import { defineView, type Stage, type View, type ViewTraits } from "../model";
import { element, say } from "../parts/elements";
import { mountShell, type Shell } from "../parts/shell";

export interface Row {
  path: string;
  name: string;
  type: string;
  settings: string;
  depth: number;
  output: string;
  parameters: number;
  share: number;
  trainable: boolean;
  note: string;
  leaf: boolean;
}

export interface Traits extends ViewTraits {
  rows: Row[];
  expanded_depth: number;
  failed: string;
}

const headings = [
  ["module", ""],
  ["output", "tl-output"],
  ["parameters", "tl-number"],
  ["share", "tl-share"],
] as const;

function cell(className: string, text = ""): HTMLTableCellElement {
  const made = element("td", className, { role: "gridcell" });
  made.textContent = text;
  return made;
}

function headRow(): HTMLElement {
  const head = element("thead", "", { role: "rowgroup" });
  const row = element("tr", "", { role: "row" });
  for (const [text, className] of headings) {
    const made = element("th", className, { role: "columnheader", scope: "col" });
    made.textContent = text;
    row.append(made);
  }
  head.append(row);
  return head;
}

function moduleCell(row: Row, open: boolean): HTMLTableCellElement {
  const made = cell("tl-module");
  made.style.setProperty("--tl-depth", String(row.depth));
  const toggle = element("span", "tl-fold", { "aria-hidden": "true" });
  toggle.textContent = row.leaf ? "" : open ? "▾" : "▸";
  const label = element("span", "tl-module-label", { title: row.path });
  const name = element("span", "tl-module-name");
  name.textContent = row.name;
  const type = element("span", row.name === "" ? "" : "tl-quiet");
  type.textContent = row.settings === "" ? row.type : `${row.type}(${row.settings})`;
  label.append(...(row.name === "" ? [] : [name]), type);
  if (row.note !== "") {
    const note = element("span", "tl-tag");
    note.textContent = row.note;
    label.append(note);
  }
  made.append(toggle, label);
  return made;
}

function shareCell(row: Row): HTMLTableCellElement {
  const made = cell("tl-share");
  if (row.parameters === 0) return made;
  const share = Math.min(1, Math.max(0, row.share));
  const bar = element("span", "tl-share-bar", { title: percent(share) });
  bar.style.width = `${(share * 100).toFixed(2)}%`;
  made.append(bar);
  return made;
}

class ArchitectureTree implements View {
  private readonly shell: Shell;
  private readonly failed = element("div", "tl-note", { "data-testid": "tl-failed" });
  private readonly table = element("table", "tl-tree", { role: "treegrid" });
  private readonly rowsElement = element("tbody", "", { role: "rowgroup" });
  private readonly folds = new Map<string, boolean>();
  private drawn = "";
  private current = "";

  constructor(private readonly stage: Stage<Traits>) {
    this.shell = mountShell(stage);
    const scroller = element("div", "tl-tree-scroller");
    this.table.append(headRow(), this.rowsElement);
    scroller.append(this.table);
    this.shell.body.append(this.failed, scroller);
    const { signal } = stage;
    this.rowsElement.addEventListener("click", (event) => this.click(event), { signal });
    this.rowsElement.addEventListener("keydown", (event) => this.steer(event), { signal });
    this.rowsElement.addEventListener("focusin", (event) => this.remember(event), { signal });
  }

  draw(): void {
    const { model } = this.stage;
    const rows = model.get("rows");
    this.shell.draw(rows.length === 0 ? "No modules yet" : "");
    this.table.setAttribute("aria-label", `${model.get("title")}: ${model.get("summary")}`);
    say(this.failed, model.get("failed"));
    const content = JSON.stringify([rows, model.get("expanded_depth")]);
    if (content !== this.drawn) this.fill();
    this.drawn = content;
  }

  fail(reason: string): void {
    this.shell.fail(reason);
  }

  private isOpen(row: Row): boolean {
    return this.folds.get(row.path) ?? row.depth < this.stage.model.get("expanded_depth");
  }

  private shown(): Row[] {
    let closedBelow = Number.POSITIVE_INFINITY;
    return this.stage.model.get("rows").filter((row) => {
      if (row.depth > closedBelow) return false;
      closedBelow = row.leaf || this.isOpen(row) ? Number.POSITIVE_INFINITY : row.depth;
      return true;
    });
  }

  private fill(): void {
    const rows = this.shown();
    if (!rows.some((row) => row.path === this.current)) this.current = rows[0]?.path ?? "";
    const held = this.rowsElement.contains(document.activeElement);
    this.rowsElement.replaceChildren(...rows.map((row) => this.makeRow(row)));
    if (held) this.elementOf(this.current)?.focus();
  }

  private makeRow(row: Row): HTMLTableRowElement {
    const open = this.isOpen(row);
    const made = element("tr", "tl-tree-row", {
      role: "row",
      "aria-level": String(row.depth + 1),
      "data-testid": "tl-module",
      "data-path": row.path,
    });
    if (!row.leaf) made.setAttribute("aria-expanded", String(open));
    made.classList.toggle("tl-frozen", !row.trainable && row.parameters > 0);
    made.tabIndex = row.path === this.current ? 0 : -1;
    const parameters = row.parameters === 0 ? "–" : grouped(row.parameters);
    made.append(moduleCell(row, open), cell("tl-output", row.output));
    made.append(cell("tl-number", parameters), shareCell(row));
    return made;
  }

  private elementOf(path: string): HTMLElement | null {
    const rows = Array.from(this.rowsElement.children);
    const found = rows.find((row) => row instanceof HTMLElement && row.dataset.path === path);
    return found instanceof HTMLElement ? found : null;
  }

  private pathAt(event: Event): string | null {
    const target = event.target instanceof Element ? event.target.closest("tr") : null;
    return target?.dataset.path ?? null;
  }

  private remember(event: Event): void {
    const path = this.pathAt(event);
    if (path === null || path === this.current) return;
    const before = this.elementOf(this.current);
    if (before !== null) before.tabIndex = -1;
    this.current = path;
    const now = this.elementOf(path);
    if (now !== null) now.tabIndex = 0;
  }

  private click(event: MouseEvent): void {
    const path = this.pathAt(event);
    const row = this.stage.model.get("rows").find((candidate) => candidate.path === path);
    if (path === null || row === undefined) return;
    this.elementOf(path)?.focus();
    if (!row.leaf) this.fold(row, !this.isOpen(row));
  }

  private fold(row: Row, open: boolean): void {
    this.folds.set(row.path, open);
    this.current = row.path;
    this.fill();
  }

  private steer(event: KeyboardEvent): void {
    const rows = this.shown();
    const index = rows.findIndex((row) => row.path === this.current);
    if (index < 0 || !this.act(event.key, rows, index)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The keys of a file tree. */
  private act(key: string, rows: Row[], index: number): boolean {
    const row = rows[index];
    const open = !row.leaf && this.isOpen(row);
    const inward = (): void => {
      if (!row.leaf && !open) this.fold(row, true);
      else if (open) this.focusRow(rows[index + 1]);
    };
    const outward = (): void => {
      if (open) this.fold(row, false);
      else this.focusRow(rows.slice(0, index).findLast((candidate) => candidate.depth < row.depth));
    };
    const toggle = (): void => {
      if (!row.leaf) this.fold(row, !open);
    };
    const keys: Record<string, () => void> = {
      ArrowDown: () => this.focusRow(rows[index + 1]),
      ArrowUp: () => this.focusRow(rows[index - 1]),
      Home: () => this.focusRow(rows[0]),
      End: () => this.focusRow(rows[rows.length - 1]),
      ArrowRight: inward,
      ArrowLeft: outward,
      Enter: toggle,
      " ": toggle,
    };
    if (!Object.hasOwn(keys, key)) return false;
    keys[key]();
    return true;
  }

  private focusRow(row: Row | undefined): void {
    if (row !== undefined) this.elementOf(row.path)?.focus();
  }
}

export default defineView<Traits>("architecture-tree", (stage) => new ArchitectureTree(stage));
