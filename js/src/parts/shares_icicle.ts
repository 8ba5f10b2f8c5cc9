/** The whole tree as boxes below each other, as wide as what they hold, in which one zooms. */
import { type Box, layIcicle, neighbour } from "../draw/shares_icicle";
import type { Share, SharesTree } from "../draw/shares_tree";
import { element } from "./elements";
import { tint } from "./shares_colours";
import { amount, keyOf, type Mark, Marks, partOf, type Shown } from "./shares_marks";
import type { Tooltip } from "./tooltip";

const rowHeight = 27;
const levels = 12;
/** Narrower boxes have no words. */
const leastName = 30;
const leastShare = 110;
const character = 8;

export class SharesIcicle {
  readonly root = element("div", "tl-share-icicle");
  readonly #crumbs = element("nav", "tl-share-crumbs", { "aria-label": "zoomed in on" });
  readonly #tree = element("div", "tl-share-boxes", {
    role: "tree",
    "aria-label": "modules; Enter zooms in, Escape out",
  });
  readonly #marks: Marks;
  readonly #redraw: () => void;
  #elements = new Map<string, HTMLElement>();
  #boxes: Box[] = [];
  #shown: Shown | null = null;
  #zoom = 0;
  /** Where the focus goes with the next drawing, by key. */
  #wanted: string | null = null;

  constructor(
    place: { tooltip: Tooltip; outer: HTMLElement; signal: AbortSignal },
    redraw: () => void,
  ) {
    this.#redraw = redraw;
    this.root.append(this.#crumbs, this.#tree);
    this.#marks = new Marks(this.#tree, place, {
      steer: (key, from) => this.#steer(key, from),
      choose: (share) => this.#choose(share),
    });
  }

  draw(shown: Shown, width: number): void {
    const { tree, at } = shown;
    if (tree !== this.#shown?.tree || tree.value(at, this.#zoom) <= 0) this.#zoom = 0;
    this.#shown = shown;
    this.#boxes = layIcicle(tree, at, this.#zoom, width, levels);
    const deepest = Math.max(0, ...this.#boxes.map((each) => each.level));
    this.#tree.style.height = `${(deepest + 1) * rowHeight}px`;
    const old = this.#elements;
    this.#elements = new Map();
    const marks = this.#boxes.map((box): Mark => {
      const key = keyOf(box.share);
      const made = old.get(key) ?? element("div", "tl-share-box", { role: "treeitem" });
      this.#elements.set(key, made);
      this.#place(made, box, shown);
      return { element: made, share: box.share };
    });
    for (const [key, each] of old) if (!this.#elements.has(key)) each.remove();
    for (const { element: each } of marks) if (each.parentNode === null) this.#tree.append(each);
    this.#drawCrumbs(tree);
    this.#marks.set(shown, marks);
    this.#followFocus();
  }

  #followFocus(): void {
    if (this.#wanted === null) return;
    const found = this.#boxes.findIndex((box) => keyOf(box.share) === this.#wanted);
    this.#wanted = null;
    this.#marks.focus(Math.max(0, found));
  }

  #place(made: HTMLElement, { share, left, width, level }: Box, shown: Shown): void {
    const { tree } = shown;
    // Half a pixel stays free on each side, so that neighbours of one colour are told apart.
    made.style.left = `${left.toFixed(2)}px`;
    made.style.width = `${Math.max(1, width - 1).toFixed(2)}px`;
    made.style.top = `${level * rowHeight}px`;
    made.dataset.path = share.kind === "module" ? tree.path(share.row) : "";
    made.dataset.testid = "tl-share";
    made.dataset.kind = share.kind;
    made.setAttribute("aria-level", String(level + 1));
    const canOpen = share.kind !== "own" && tree.children(share.row).length > 0;
    made.classList.toggle("tl-share-open", canOpen);
    tint(made, tree, share);
    made.replaceChildren(...wordsIn({ share, left, width, level }, shown));
  }

  #drawCrumbs(tree: SharesTree): void {
    const line = tree.line(this.#zoom);
    const items = line.map((row) => {
      const button = element("button", "tl-share-crumb", {
        type: "button",
        "data-testid": "tl-share-crumb",
      });
      button.textContent = tree.name(row);
      if (row === this.#zoom) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => this.#zoomTo(row, this.#zoom));
      return button;
    });
    const hint = element("span", "tl-quiet tl-share-hint");
    hint.textContent = this.#zoom === 0 ? "click a box to zoom in" : "Escape zooms out";
    this.#crumbs.replaceChildren(...items, hint);
  }

  #zoomTo(row: number, focused: number): void {
    if (row === this.#zoom || this.#shown === null) return;
    this.#zoom = row;
    this.#wanted = keyOf({ kind: "module", row: focused, first: focused, value: 0, count: 1 });
    this.#redraw();
  }

  #zoomOut(): void {
    const above = this.#shown?.tree.parents[this.#zoom] ?? -1;
    if (above >= 0) this.#zoomTo(above, this.#zoom);
  }

  /** Zoom in on a module, or, on the one that is zoomed in on already, out. */
  #choose({ kind, row }: Share): void {
    const tree = this.#shown?.tree;
    if (tree === undefined) return;
    if (row === this.#zoom && kind === "module") this.#zoomOut();
    else if (tree.children(row).length > 0) this.#zoomTo(row, row);
    else if (kind === "module") this.#zoomTo(tree.parents[row], row);
  }

  #steer(key: string, from: number): number | null {
    if (key === "Escape") {
      if (this.#zoom === 0) return null;
      this.#zoomOut();
      return from;
    }
    if (key === "Home") return 0;
    if (key === "ArrowUp" && from === 0) this.#zoomOut();
    return key.startsWith("Arrow") ? neighbour(this.#boxes, from, key) : null;
  }
}

/** What stands in a box, as far as there is room: the name and its percent; at the top the amount. */
function wordsIn({ share, width, level }: Box, { tree, measure, at }: Shown): HTMLElement[] {
  if (width < leastName) return [];
  const words = [fitted(shortName(tree, share), width - 12)];
  if (level === 0) words.push(amount(share.value, measure));
  else if (width >= leastShare) words.push(partOf(share.value, tree.value(at, 0)));
  return words.map(word);
}

/** Of numbered blocks the number is what tells them apart, so it stays longest. */
function fitted(name: string, room: number): string {
  const number = /\d+$/.exec(name)?.[0] ?? "";
  const isLong = name.length * character > room && number !== "" && number !== name;
  if (!isLong) return name;
  return (number.length + 1) * character > room ? number : `…${number}`;
}

function shortName(tree: SharesTree, { kind, row, count }: Share): string {
  if (kind === "own") return "itself";
  return kind === "module" ? tree.name(row) : `${count.toLocaleString("en-US")} more`;
}

function word(words: string, index: number): HTMLElement {
  const made = element("span", index === 0 ? "tl-share-word" : "tl-share-part");
  made.textContent = words;
  return made;
}
