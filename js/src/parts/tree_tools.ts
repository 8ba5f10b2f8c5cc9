/** Above the tree: the search, and which metric colours the lines. */

import type { Metric } from "../draw/tree_columns";
import { element, say } from "./elements";

export interface Searching {
  changed(query: string): void;
  /** Go to the first match, or to the next one. */
  next(): void;
  leave(): void;
}

export class TreeTools {
  private readonly input = element("input", "tl-search", {
    type: "search",
    placeholder: "search",
    "aria-label": "Search modules by path, class or settings",
    "data-testid": "tl-tree-search",
  });
  private readonly count = element("span", "tl-quiet", {
    role: "status",
    "data-testid": "tl-tree-found",
  });
  private readonly label = element("label", "tl-tree-colour");
  private readonly choice = element("select", "tl-tree-choice", {
    "data-testid": "tl-tree-metric",
  });
  private offered = "";

  constructor(
    parent: HTMLElement,
    searching: Searching,
    chosen: (key: string) => void,
    signal: AbortSignal,
  ) {
    this.label.append("colour ", this.choice);
    this.label.hidden = true;
    parent.append(this.label, this.count, this.input);
    this.choice.addEventListener("change", () => chosen(this.choice.value), { signal });
    this.input.addEventListener("input", () => searching.changed(this.input.value), { signal });
    const press = (event: KeyboardEvent): void => {
      const actions: Record<string, () => void> = {
        Escape: () => searching.leave(),
        Enter: () => searching.next(),
        ArrowDown: () => searching.next(),
      };
      event.stopPropagation();
      if (!Object.hasOwn(actions, event.key)) return;
      event.preventDefault();
      actions[event.key]();
    };
    this.input.addEventListener("keydown", press, { signal });
  }

  offer(metrics: readonly Metric[], chosen: string): void {
    const offered = JSON.stringify(metrics);
    this.label.hidden = metrics.length === 0;
    if (offered !== this.offered) {
      this.offered = offered;
      const names = [["", "none"], ...metrics.map(({ key, label }) => [key, label])];
      this.choice.replaceChildren(
        ...names.map(([key, label]) => {
          const option = element("option", "", { value: key });
          option.textContent = label;
          return option;
        }),
      );
    }
    if (this.choice.value !== chosen) this.choice.value = chosen;
  }

  /** Say how many modules match; null while nothing is searched for. */
  tell(found: number | null, all: number): void {
    if (found === null) say(this.count, "");
    else if (found === 0) say(this.count, "no module matches");
    else say(this.count, `${found.toLocaleString("en-US")} of ${all.toLocaleString("en-US")}`);
  }

  focus(): void {
    this.input.focus();
    this.input.select();
  }

  clear(): void {
    this.input.value = "";
  }
}
