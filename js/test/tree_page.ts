/** What tests of the architecture tree have in common. */
import { afterEach, beforeEach } from "vitest";
import type { Traits } from "../src/views/architecture_tree";
import { common, installBrowser, press, type Rendered, removeBrowser, settle } from "./fake_model";
import { columnsOf, network } from "./tree_traits";

/** Every test of the file that calls this begins on a page of its own. */
export function onAPage(): void {
  beforeEach(installBrowser);
  afterEach(removeBrowser);
}

export const rest = {
  ...common,
  metrics: [],
  metric_values: null,
  measured: "",
  expanded_depth: 1,
  failed: "",
  failed_line: -1,
  chosen: -1,
  chooser: "",
  has_model: true,
  inside: null,
  shown_asks: 0,
};
export const model: Traits = { ...rest, ...columnsOf(network) };

export type View = Rendered<Traits>;

export function rows(view: View): HTMLElement[] {
  return [...view.el.querySelectorAll<HTMLElement>(".tl-tree-row")];
}
export const names = (view: View): (string | undefined)[] =>
  rows(view).map((row) => row.querySelector(".tl-module-name")?.textContent ?? "");
export const paths = (view: View): (string | undefined)[] =>
  rows(view).map((row) => row.dataset.path);

export function rowAt(view: View, line: number): HTMLElement {
  const found = rows(view).find((row) => row.dataset.line === String(line));
  if (found === undefined) throw new Error(`no line ${line} among ${names(view)}`);
  return found;
}

export function focused(): HTMLElement {
  if (document.activeElement instanceof HTMLElement) return document.activeElement;
  throw new Error("no focus");
}

export function keys(...pressed: string[]): (string | undefined)[] {
  return pressed.map((key) => {
    press(focused(), key);
    return focused().dataset.line;
  });
}

export async function type(view: View, text: string): Promise<void> {
  const input = view.find("tl-tree-search") as HTMLInputElement;
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  await settle();
}
