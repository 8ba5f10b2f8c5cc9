/** The names of the lines: press one to hide or show it; groups and a search where there are many. */
import { element, say } from "./elements";
import { lineSample } from "./line_sample";

export interface Series {
  key: number;
  name: string;
  run: string;
  group: number;
  color: string;
  dash: string;
  shown: boolean;
  drawn: boolean;
  last: string;
  note: string;
  minimum: string;
  maximum: string;
  count: string;
  best: string;
  best_x?: number;
  best_y?: number;
  raw?: [string, number] | null;
  smooth?: [string, number] | null;
}

export interface Group {
  key: number;
  name: string;
  count: number;
  open: boolean;
}

export interface LegendActions {
  toggle(series: number, only: boolean): void;
  fold(group: number, open: boolean): void;
  search(text: string): void;
}

/** How a series is called here: with its run where there are several. */
export function titleOf(series: Series): string {
  return series.run === "" ? series.name : `${series.run} · ${series.name}`;
}

class Item {
  readonly root = element("li", "tl-series-item");
  private readonly button = element("button", "tl-series", {
    type: "button",
    "data-testid": "tl-series",
  });
  private readonly quiet = element("span", "tl-quiet");
  private drawn = "";

  /** Its listeners go with its elements, which come and go more often than the view. */
  constructor(key: number, actions: LegendActions) {
    const { button } = this;
    const press = (event: MouseEvent): void => actions.toggle(key, event.altKey);
    button.addEventListener("click", press);
    button.addEventListener("dblclick", () => actions.toggle(key, true));
    const type = (event: KeyboardEvent): void => {
      if (event.key !== "Enter" || !event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      actions.toggle(key, true);
    };
    button.addEventListener("keydown", type);
    this.root.append(button, this.quiet);
  }

  /** Within a group its words need not be said again. */
  draw(series: Series, grouped: boolean): void {
    const best = series.best_x === undefined ? "" : `best ${series.best}`;
    const now = JSON.stringify([series, best, grouped]);
    if (now === this.drawn) return;
    this.drawn = now;
    const { button } = this;
    button.setAttribute("aria-pressed", String(series.shown));
    button.classList.toggle("tl-undrawn", !series.drawn);
    const hint = series.shown ? "press to hide" : "press to show";
    button.title = `${titleOf(series)} — ${hint}, Alt: only this one`;
    const name = element("span", "tl-series-name");
    const title = titleOf(series);
    name.textContent = grouped ? title.slice(title.lastIndexOf("/") + 1) : title;
    const last = element("span", "tl-number");
    last.textContent = series.last;
    button.replaceChildren(lineSample(series.color, series.dash), name, last);
    say(this.quiet, [series.note, best].filter((text) => text !== "").join(" · "));
  }
}

export class CurvesLegend {
  readonly root = element("div", "tl-legend-box");
  private readonly search = element("input", "tl-search", {
    type: "search",
    placeholder: "search series",
    "aria-label": "search series",
    "data-testid": "tl-search",
    maxlength: "100",
  });
  private readonly list = element("ul", "tl-legend", { "aria-label": "series" });
  private readonly more = element("span", "tl-quiet");
  private readonly items = new Map<number, Item>();
  private readonly folds = new Map<number, HTMLButtonElement>();
  private open = new Map<number, boolean>();

  constructor(
    private readonly actions: LegendActions,
    signal: AbortSignal,
  ) {
    this.search.addEventListener("input", () => actions.search(this.search.value), { signal });
    // Jupyter has shortcuts on letters.
    this.search.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    this.root.append(this.search, this.list, this.more);
  }

  draw(series: readonly Series[], groups: readonly Group[], left: number, search: string): void {
    this.search.hidden = groups.length === 0 && search === "";
    if (document.activeElement !== this.search) this.search.value = search;
    const wanted = groups.length === 0 ? series.map((each) => this.item(each, false)) : [];
    for (const group of groups) {
      wanted.push(this.heading(group));
      const own = group.open ? series.filter((each) => each.group === group.key) : [];
      wanted.push(...own.map((each) => this.item(each, true)));
    }
    this.arrange(wanted);
    for (const key of this.items.keys()) {
      if (!series.some((each) => each.key === key)) this.items.delete(key);
    }
    say(this.more, left > 0 ? `${left.toLocaleString("en-US")} more: search for them` : "");
    this.list.tabIndex = this.list.scrollHeight > this.list.clientHeight + 1 ? 0 : -1;
  }

  /** Put the rows in order; those that stand where they should keep the keyboard's focus. */
  private arrange(wanted: HTMLElement[]): void {
    wanted.forEach((row, index) => {
      if (this.list.children[index] !== row) {
        this.list.insertBefore(row, this.list.children[index] ?? null);
      }
    });
    while (this.list.children.length > wanted.length) this.list.lastElementChild?.remove();
  }

  private item(series: Series, grouped: boolean): HTMLElement {
    const found = this.items.get(series.key) ?? new Item(series.key, this.actions);
    this.items.set(series.key, found);
    found.draw(series, grouped);
    return found.root;
  }

  private heading(group: Group): HTMLElement {
    let button = this.folds.get(group.key);
    if (button === undefined) {
      button = element("button", "tl-group", { type: "button", "data-testid": "tl-group" });
      const press = (): void => this.actions.fold(group.key, !this.open.get(group.key));
      button.addEventListener("click", press);
      element("li", "tl-group-item").append(button);
      this.folds.set(group.key, button);
    }
    this.open.set(group.key, group.open);
    button.setAttribute("aria-expanded", String(group.open));
    const name = group.name === "" ? "(no group)" : group.name;
    const text = `${group.open ? "▾" : "▸"} ${name} ${group.count.toLocaleString("en-US")}`;
    if (button.textContent !== text) button.textContent = text;
    return button.parentElement ?? button;
  }
}
