/** Bars, boxes or slices that are hovered over, focused with the arrow keys and chosen. */

import { grouped, percent } from "../draw/numbers";
import type { Share, SharesTree } from "../draw/shares_tree";
import { prefixed } from "../draw/tree_columns";
import type { Tooltip } from "./tooltip";

export type Measure = "parameters" | "flops" | "memory";
export const measureNames: readonly Measure[] = ["parameters", "flops", "memory"];

/** What a form draws: a tree, by one of the measures. */
export interface Shown {
  tree: SharesTree;
  measure: Measure;
  /** The same as a number: its row among the values. */
  at: number;
}

export interface Mark {
  element: HTMLElement | SVGElement;
  share: Share;
}

export interface Steering {
  /** The mark that a key leads to from another; null if the key does nothing. */
  steer(key: string, from: number): number | null;
  /** A mark was clicked, or Enter pressed on it. */
  choose?(share: Share): void;
}

const units = { parameters: "", flops: "FLOPs", memory: "B" } as const;

export function amount(value: number, measure: Measure): string {
  if (measure === "parameters" && value < 1000) return grouped(value);
  if (measure === "memory" && value < 1000) return `${grouped(value)} B`;
  return prefixed(value, units[measure]);
}

/** A part in percent; one that is there is never "0.0 %". */
export function partOf(value: number, whole: number): string {
  const share = value / whole;
  return share > 0 && share < 0.0005 ? "< 0.1 %" : percent(share);
}

/** A share in one short text: its path, or what it is beside that. */
export function nameOf(tree: SharesTree, { kind, row, first, count }: Share): string {
  const path = tree.path(row);
  if (kind === "module") return path;
  if (kind === "own") return `${path} itself`;
  if (first < 0) return `${grouped(count)} others`;
  return `${grouped(count)} more in ${path}`;
}

function exact(value: number, measure: Measure): string {
  const short = amount(value, measure);
  if (measure === "parameters") return `${grouped(value)} parameters`;
  return value < 1000 ? short : `${short} (${grouped(value)})`;
}

/** A share in words, a line each: what, its class, how much, and of how much that is which part. */
export function wordsOf({ tree, measure, at }: Shown, share: Share): string[] {
  const { kind, row, value } = share;
  const above = kind === "module" ? tree.parents[row] : row;
  const lines = [nameOf(tree, share)];
  if (kind === "module" && row > 0) lines.push(tree.type(row));
  lines.push(exact(value, measure));
  if (kind === "module" && row === 0) return lines;
  const ofAll = `${partOf(value, tree.value(at, 0))} of all`;
  const ofParent = `${partOf(value, tree.value(at, above))} of ${tree.path(above)}`;
  lines.push(above > 0 ? `${ofAll} · ${ofParent}` : ofAll);
  return lines;
}

export function keyOf({ kind, first }: Share): string {
  return `${kind} ${first}`;
}

/** A group of marks of which one is reached by Tab and the others from it. */
export class Marks {
  #marks: readonly Mark[] = [];
  #words: string[][] = [];
  #current = "";
  readonly #tooltip: Tooltip;
  readonly #outer: HTMLElement;
  readonly #steering: Steering;

  constructor(
    root: HTMLElement | SVGElement,
    place: { tooltip: Tooltip; outer: HTMLElement; signal: AbortSignal },
    steering: Steering,
  ) {
    this.#tooltip = place.tooltip;
    this.#outer = place.outer;
    this.#steering = steering;
    const { signal } = place;
    const listen = (name: string, act: (event: Event) => void): void =>
      root.addEventListener(name, act, { signal });
    listen("pointermove", (event) => event instanceof PointerEvent && this.#point(event));
    listen("pointerleave", () => this.#tooltip.hide());
    listen("focusin", (event) => this.#focused(this.#find(event.target)));
    listen("focusout", () => this.#tooltip.hide());
    listen("click", (event) => this.#choose(this.#find(event.target)));
    listen("keydown", (event) => event instanceof KeyboardEvent && this.#press(event));
  }

  /** Take what was drawn; the one that had the keyboard's focus keeps it, if it is still there. */
  set(shown: Shown, marks: readonly Mark[]): void {
    this.#marks = marks;
    this.#words = marks.map(({ share }) => wordsOf(shown, share));
    const known = marks.some(({ share }) => keyOf(share) === this.#current);
    if (!known) this.#current = marks.length > 0 ? keyOf(marks[0].share) : "";
    marks.forEach(({ element, share }, index) => {
      element.setAttribute("data-mark", String(index));
      element.setAttribute("aria-label", this.#words[index].join(", "));
      element.setAttribute("tabindex", keyOf(share) === this.#current ? "0" : "-1");
    });
  }

  focus(index: number): void {
    const mark = this.#marks[index];
    if (mark === undefined) return;
    for (const { element } of this.#marks) element.setAttribute("tabindex", "-1");
    this.#current = keyOf(mark.share);
    mark.element.setAttribute("tabindex", "0");
    mark.element.focus();
  }

  #find(target: EventTarget | null): number {
    const found = target instanceof Element ? target.closest("[data-mark]") : null;
    return found === null ? -1 : Number(found.getAttribute("data-mark"));
  }

  #point(event: PointerEvent): void {
    const index = this.#find(event.target);
    if (index < 0) {
      this.#tooltip.hide();
      return;
    }
    const outer = this.#outer.getBoundingClientRect();
    const [x, y] = [event.clientX - outer.left, event.clientY - outer.top];
    this.#tooltip.show(this.#words[index], x, y);
  }

  #focused(index: number): void {
    const mark = this.#marks[index];
    if (mark === undefined) return;
    this.#current = keyOf(mark.share);
    if (!mark.element.matches(":focus-visible")) return;
    const [outer, own] = [this.#outer, mark.element].map((each) => each.getBoundingClientRect());
    const x = own.left - outer.left + Math.min(own.width / 2, 80);
    this.#tooltip.show(this.#words[index], x, own.bottom - outer.top - 8);
  }

  #choose(index: number): void {
    const mark = this.#marks[index];
    if (mark === undefined || this.#steering.choose === undefined) return;
    this.#tooltip.hide();
    this.#steering.choose(mark.share);
  }

  #press(event: KeyboardEvent): void {
    const index = this.#find(event.target);
    if (index < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const isChoice = event.key === "Enter" || event.key === " ";
    const next = isChoice ? null : this.#steering.steer(event.key, index);
    if (!isChoice && next === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (next === null) this.#choose(index);
    else this.focus(next);
  }
}

/** Along a list of marks with the arrow keys, Home and End. */
export function alongList(key: string, from: number, count: number): number | null {
  if (key === "ArrowDown" || key === "ArrowRight") return Math.min(count - 1, from + 1);
  if (key === "ArrowUp" || key === "ArrowLeft") return Math.max(0, from - 1);
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}
