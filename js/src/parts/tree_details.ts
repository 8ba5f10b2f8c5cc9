/** All that is known of the selected module. */

import { grouped, percent } from "../draw/numbers";
import { type Column, prefixed } from "../draw/tree_columns";
import type { TreeTable } from "../draw/tree_table";
import { element, say } from "./elements";

/** What a column shows where nothing was measured. */
const unknown = "–";

type Fact = readonly [name: string, value: string];

function classOf(table: TreeTable, line: number): string {
  const settings = table.text("full_settings", line) || table.text("settings", line);
  const type = table.text("types", line);
  return settings === "" || table.isRepeat(line) ? type : `${type}(${settings})`;
}

function parameters(table: TreeTable, line: number): string {
  const all = table.number("parameters", line);
  if (all === 0) return "none";
  const own = table.number("own_parameters", line);
  const trainable = table.number("trainable", line);
  const total = table.number("parameters", 0);
  return [
    `${grouped(all)} (${percent(all / (total || 1))})`,
    own === all ? "" : own === 0 ? "none of its own" : `${grouped(own)} of its own`,
    trainable === all ? "" : trainable === 0 ? "frozen" : `${grouped(trainable)} trainable`,
  ]
    .filter(Boolean)
    .join(", ");
}

function amount(value: number, unit: string): string {
  return value === 0 ? "" : prefixed(value, unit);
}

function facts(table: TreeTable, line: number, measured: readonly Column[]): Fact[] {
  const buffers = table.number("buffers", line);
  const found: Fact[] = [
    ["input", table.text("inputs", line)],
    ["output", table.text("outputs", line)],
    ["parameters", parameters(table, line)],
    ["buffers", buffers === 0 ? "" : `${grouped(buffers)} numbers`],
    ["FLOPs", amount(table.number("flops", line), "")],
    ["activations", amount(table.number("activation_bytes", line), "B")],
    ["weights", table.text("kinds", line)],
    ["notes", table.text("notes", line)],
    ...measured.map(({ label, write }): Fact => [label, write(line)]),
  ];
  return found.filter(([, value]) => value !== "" && value !== unknown);
}

export class TreeDetails {
  readonly element = element("section", "tl-tree-details", {
    "data-testid": "tl-details",
    "aria-label": "Selected module",
  });
  private readonly code = element("code", "tl-tree-path", { "data-testid": "tl-expression" });
  private readonly copyButton = element("button", "tl-tree-copy", {
    type: "button",
    "data-testid": "tl-copy",
    title: "Copy the Python that leads there (Ctrl+C)",
  });
  private readonly lookButton = element("button", "tl-tree-copy", {
    type: "button",
    "data-testid": "tl-inside",
    title: "Show the module's own parameters",
  });
  private readonly told = element("span", "tl-quiet", { role: "status" });
  private readonly kind = element("div", "tl-tree-class");
  private readonly list = element("dl", "tl-tree-facts");

  constructor(copy: () => void, look: () => void, signal: AbortSignal) {
    const head = element("div", "tl-tree-details-head");
    this.copyButton.textContent = "copy";
    this.copyButton.addEventListener("click", copy, { signal });
    this.lookButton.textContent = "weights";
    this.lookButton.addEventListener("click", look, { signal });
    head.append(this.code, this.copyButton, this.lookButton, this.told);
    this.element.append(head, this.kind, this.list);
  }

  draw(table: TreeTable, line: number, measured: readonly Column[]): void {
    this.element.hidden = line < 0;
    if (line < 0) return;
    const expression = table.expression(line);
    const text = expression || `${table.path(line) || "model"} ${table.text("names", line)}`;
    if (this.code.textContent !== text) say(this.told, "");
    say(this.code, text);
    this.copyButton.hidden = expression === "";
    say(this.kind, classOf(table, line));
    this.list.replaceChildren(
      ...facts(table, line, measured).map(([name, value]) => {
        const pair = element("div", name === "notes" ? "tl-fact tl-wide" : "tl-fact");
        const term = element("dt", "tl-quiet");
        const description = element("dd");
        term.textContent = name;
        description.textContent = value;
        pair.append(term, description);
        return pair;
      }),
    );
  }

  /** Whether one can look into the module, and whether one does. */
  offer(isPossible: boolean, isOpen: boolean): void {
    this.lookButton.hidden = !isPossible;
    this.lookButton.setAttribute("aria-expanded", String(isOpen));
  }

  say(text: string): void {
    say(this.told, text);
  }
}
