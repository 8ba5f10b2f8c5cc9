/** The largest modules or blocks as bars, each with its value and percent. */
import type { Parts } from "../draw/shares_parts";
import type { Share } from "../draw/shares_tree";
import { element } from "./elements";
import { tint } from "./shares_colours";
import { alongList, amount, type Mark, Marks, nameOf, partOf, type Shown } from "./shares_marks";
import type { Tooltip } from "./tooltip";

export class SharesBars {
  readonly root = element("div", "tl-share-bars", { role: "list", "aria-label": "largest parts" });
  readonly #marks: Marks;
  #count = 0;

  constructor(place: { tooltip: Tooltip; outer: HTMLElement; signal: AbortSignal }) {
    this.#marks = new Marks(this.root, place, {
      steer: (key, from) => alongList(key, from, this.#count),
    });
  }

  draw(shown: Shown, { parts, others }: Parts): void {
    const shares = others === null ? parts : [...parts, others];
    const most = Math.max(...shares.map((each) => each.value));
    const marks = shares.map((share): Mark => ({ share, element: barOf(shown, share, most) }));
    const focused = this.root.contains(document.activeElement) ? document.activeElement : null;
    const index = Number(focused?.getAttribute("data-mark") ?? -1);
    this.root.replaceChildren(...marks.map((mark) => mark.element));
    this.#count = marks.length;
    this.#marks.set(shown, marks);
    if (index >= 0) this.#marks.focus(Math.min(index, marks.length - 1));
  }
}

function barOf({ tree, measure, at }: Shown, share: Share, most: number): HTMLElement {
  const row = element("div", "tl-share-row", { role: "listitem", "data-testid": "tl-share" });
  row.dataset.path = share.kind === "module" ? tree.path(share.row) : "";
  const [head, tail] = split(nameOf(tree, share), share);
  const name = element("span", "tl-share-name");
  name.append(text("tl-share-head", head), text("tl-share-tail", tail));
  if (share.kind === "module") name.append(text("tl-share-type", tree.type(share.row)));
  const track = element("span", "tl-share-track");
  const bar = element("span", "tl-share-bar");
  bar.style.width = `${((share.value / most) * 100).toFixed(2)}%`;
  if (share.kind === "rest") bar.classList.add("tl-share-rest");
  tint(bar, tree, share);
  track.append(bar);
  const value = text("tl-number", amount(share.value, measure));
  const part = text("tl-number tl-quiet", partOf(share.value, tree.value(at, 0)));
  row.append(name, track, value, part);
  return row;
}

/** Where room is short the beginning of a path gives way, for its end tells modules apart. */
function split(name: string, share: Share): [string, string] {
  const dot = share.kind === "rest" ? -1 : name.lastIndexOf(".");
  return [name.slice(0, dot + 1), name.slice(dot + 1)];
}

function text(className: string, words: string): HTMLElement {
  const made = element("span", className);
  made.textContent = words;
  return made;
}
