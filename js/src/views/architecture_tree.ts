/** The modules of a model as a tree that folds, is searched and sorted. */

import { readTheme } from "../draw/colours";
import { type Column, columnsOf, fitting, type Metric } from "../draw/tree_columns";
import { TreeState } from "../draw/tree_state";
import { columnsFrom, numberColumns, TreeTable, textColumns } from "../draw/tree_table";
import { defineView, type Stage, type View, type ViewTraits } from "../model";
import { Child } from "../parts/child";
import { element, say } from "../parts/elements";
import { mountShell, type Shell } from "../parts/shell";
import { copyText } from "../parts/tree_copy";
import { TreeDetails } from "../parts/tree_details";
import { TreeKeys } from "../parts/tree_keys";
import { lineAt, TreeList } from "../parts/tree_list";
import { TreeMetrics } from "../parts/tree_metrics";
import { TreeTools } from "../parts/tree_tools";
import { TreeWalker } from "../parts/tree_walker";
import { type Packed, unpackOptional } from "../wire";

export interface Traits extends ViewTraits {
  texts: string[];
  depths: Packed | null;
  flags: Packed | null;
  names: Packed | null;
  types: Packed | null;
  settings: Packed | null;
  full_settings: Packed | null;
  steps: Packed | null;
  inputs: Packed | null;
  outputs: Packed | null;
  kinds: Packed | null;
  notes: Packed | null;
  parameters: Packed | null;
  own_parameters: Packed | null;
  trainable: Packed | null;
  buffers: Packed | null;
  flops: Packed | null;
  activation_bytes: Packed | null;
  metrics: Metric[];
  metric_values: Packed | null;
  measured: string;
  expanded_depth: number;
  failed: string;
  failed_line: number;
  chosen: number;
  chooser: string;
  has_model: boolean;
  inside: string | null;
  shown_asks: number;
}

const columnNames = ["texts", ...textColumns, ...numberColumns] as const;
/** A line counts as selected by hand once the keyboard has rested on it, in milliseconds. */
const rest = 150;
/** Before there is a layout, so much room is taken to be there. */
const guess = 960;
/** How long it is said that something was copied, in milliseconds. */
const told = 2000;

class ArchitectureTree implements View {
  private readonly shell: Shell;
  private readonly failed = element("div", "tl-note tl-tree-failure", {
    "data-testid": "tl-failed",
  });
  private readonly list: TreeList;
  private readonly details: TreeDetails;
  private readonly tools: TreeTools;
  private readonly inside: Child<Traits>;
  private readonly metrics: TreeMetrics;
  private readonly walker = this.makeWalker();
  private readonly keys = new TreeKeys(this.walker);
  private table = new TreeTable(
    [""],
    columnsFrom(() => null),
  );
  private state = this.makeState();
  private columns: Column[] = [];
  /** What the page shows was made of this; another one, and it is made anew. */
  private made: unknown[] = [];
  private measured: unknown[] = [];
  private shownAs = "";
  private isStale = true;
  private choice: readonly unknown[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly stage: Stage<Traits>) {
    this.shell = mountShell(stage);
    const { signal } = stage;
    const searching = {
      changed: (query: string) => this.update(() => this.state.find(query)),
      next: () => this.go(this.state.nextMatch()),
      leave: () => void this.leave(),
    };
    this.tools = new TreeTools(this.shell.tools, searching, (key) => this.look(key), signal);
    this.shell.body.append(this.failed);
    this.metrics = new TreeMetrics(this.shell.body, (line) => this.state.endOf(line));
    const sort = (key: string): void => this.update(() => this.state.sort(key));
    this.list = new TreeList(this.shell.body, sort, () => stage.redraw(), signal);
    this.inside = new Child(stage, "inside");
    const look = (): void => {
      this.inside.toggle();
      this.drawDetails();
    };
    this.details = new TreeDetails(() => this.copy(), look, signal);
    this.shell.body.append(this.details.element, this.inside.element);
    this.listen(this.list.grid, signal);
  }

  private listen(grid: HTMLElement, signal: AbortSignal): void {
    const click = (event: MouseEvent): void => {
      const line = lineAt(event);
      const onToggle = event.target instanceof Element && event.target.matches(".tl-fold");
      if (line >= 0) this.walker.click(line, onToggle);
    };
    const press = (event: KeyboardEvent): void => {
      // A heading's button has Enter and Space for itself.
      if (lineAt(event) < 0 || !this.keys.press(event)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    grid.addEventListener("click", click, { signal });
    grid.addEventListener("keydown", press, { signal });
    grid.addEventListener("focusin", (event) => this.enter(lineAt(event)), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.timer), { once: true });
  }

  draw(): void {
    const { model } = this.stage;
    this.take();
    this.shell.draw(this.table.count === 0 ? "No modules yet" : "");
    this.list.grid.setAttribute("aria-label", `${model.get("title")}: ${model.get("summary")}`);
    say(this.failed, model.get("failed"));
    this.adopt();
    this.inside.show(model.get("inside"));
    const { looked } = this.metrics;
    const columns = fitting(this.columns, this.list.width || guess, looked);
    const dark = looked !== "" && readTheme(this.stage.root).dark;
    const shownAs = JSON.stringify([columns.map(({ key }) => key), looked, dark]);
    if (this.isStale || shownAs !== this.shownAs) this.show(columns, dark);
    else this.list.fill();
    this.shownAs = shownAs;
  }

  fail(reason: string): void {
    this.shell.fail(reason);
  }

  /** Read the columns, if other ones came. */
  private take(): void {
    const { model } = this.stage;
    const made = columnNames.map((name) => model.get(name));
    const measured = [model.get("metrics"), model.get("metric_values"), model.get("measured")];
    const isFirst = this.made.length === 0;
    const isNew = made.some((each, at) => each !== this.made[at]);
    if (!isNew && measured.every((each, at) => each === this.measured[at])) return;
    [this.made, this.measured] = [made, measured];
    if (isNew) {
      this.table = new TreeTable(
        model.get("texts"),
        columnsFrom((name) => model.get(name)),
      );
      this.state.take(this.table, model.get("expanded_depth"));
      if (isFirst) this.openAt(model.get("failed_line"));
    }
    const values = unpackOptional(model.get("metric_values"))?.data;
    this.metrics.take(model.get("metrics"), values, this.table.count, model.get("measured"));
    const { metrics } = this.metrics;
    this.columns = columnsOf(this.table, metrics, values ?? [], (line) => this.state.endOf(line));
    this.isStale = true;
  }

  private makeState(): TreeState {
    const value = (key: string, line: number): number | string => {
      const column = this.columns.find((each) => each.key === key);
      return column?.value(line) ?? this.table.path(line).toLowerCase();
    };
    return new TreeState(this.table, value);
  }

  private makeWalker(): TreeWalker {
    return new TreeWalker({
      table: () => this.table,
      state: () => this.state,
      page: () => this.list.page,
      go: (line) => this.go(line),
      change: (change, line) => {
        this.update(change);
        this.list.focus(line);
      },
      search: () => this.tools.focus(),
      copy: () => this.copy(),
      leave: () => this.leave(),
    });
  }

  private openAt(line: number): void {
    if (line < 0 || line >= this.table.count) return;
    this.state.reveal(line);
    this.state.current = line;
    this.state.selected = line;
    this.list.want(line);
  }

  /** Select what was selected in Python or on another page, and show it if Python asked. */
  private adopt(): void {
    const { model, client } = this.stage;
    const [line, asks] = [model.get("chosen"), model.get("shown_asks")];
    const choice = [line, model.get("chooser"), asks];
    if (choice.every((each, at) => each === this.choice[at])) return;
    const isAsked = asks !== (this.choice[2] ?? 0);
    this.choice = choice;
    if (line < 0 || line >= this.table.count || model.get("chooser") === client) return;
    clearTimeout(this.timer);
    this.isStale = true;
    if (!isAsked) {
      this.state.selected = line;
      return;
    }
    this.tools.clear();
    this.openAt(line);
  }

  private show(columns: Column[], dark: boolean): void {
    const { state, table, metrics } = this;
    this.isStale = false;
    metrics.draw();
    this.list.show({
      table,
      columns,
      words: state.found?.words ?? [],
      isFlat: state.isFlat,
      lines: state.lines,
      order: state.order,
      colour: (line) => metrics.colour(line, dark),
      flagged: (line) => metrics.flagged(line),
      current: () => state.current,
      standing: (line) => ({
        isOpen: state.isOpen(line),
        hasBelow: !table.isLeaf(line),
        isCurrent: line === state.current,
        isSelected: line === state.selected,
      }),
    });
    this.tools.offer(metrics.metrics, metrics.looked);
    this.tools.tell(state.found?.count ?? null, table.moduleCount);
    this.drawDetails();
  }

  private drawDetails(): void {
    const keys = this.metrics.metrics.map(({ key }) => key);
    const measured = this.columns.filter(({ key }) => keys.includes(key));
    this.details.draw(this.table, this.state.selected, measured);
    const { model, connection } = this.stage;
    const mayLook = model.get("has_model") && connection() === "connected";
    this.details.offer(mayLook, this.inside.isOpen);
  }

  private update(change: () => void): void {
    change();
    this.isStale = true;
    this.draw();
  }

  private look(key: string): void {
    this.update(() => this.metrics.look(key));
  }

  /** The focus came to a line: the next Tab comes back there. */
  private enter(line: number): void {
    if (line < 0 || line === this.state.current) return;
    const before = this.state.current;
    this.state.current = line;
    this.list.mark(before);
    this.list.mark(line);
  }

  /** Go to a line and select it. */
  private go(line: number): void {
    if (line < 0) return;
    const { state } = this;
    const before = new Set([state.current, state.selected, line]);
    state.current = line;
    state.selected = line;
    for (const each of before) this.list.mark(each);
    this.list.focus(line);
    this.drawDetails();
    clearTimeout(this.timer);
    if (this.table.isRepeat(line)) return;
    const path = this.table.path(line);
    this.timer = setTimeout(() => this.stage.send("select", { path }), rest);
  }

  /** End a search; whether there was one. */
  private leave(): boolean {
    const wasSearching = this.state.found !== null;
    this.tools.clear();
    if (wasSearching) this.update(() => this.state.find(""));
    this.list.focus(this.state.current);
    return wasSearching;
  }

  private copy(): void {
    const { selected, current } = this.state;
    const expression = this.table.expression(selected < 0 ? current : selected);
    if (expression === "") return;
    void copyText(expression, this.details.element).then((isCopied) => {
      this.details.say(isCopied ? "copied" : "cannot be copied here; select the text");
      setTimeout(() => this.details.say(""), told);
    });
  }
}

export default defineView<Traits>("architecture-tree", (stage) => new ArchitectureTree(stage));
