/** The parts that a model falls into as a pie, each slice with its name and percent beside it. */
import type { Parts } from "../draw/shares_parts";
import { layPie, type Slice } from "../draw/shares_pie";
import type { Share } from "../draw/shares_tree";
import { vector } from "./elements";
import { tint } from "./shares_colours";
import { alongList, type Mark, Marks, nameOf, partOf, type Shown } from "./shares_marks";
import type { Tooltip } from "./tooltip";

const character = 6.6;
/** What a percentage takes beside a name, in characters. */
const percentRoom = 7;
const leastHeight = 260;
/** Where a name and its percentage do not fit beside the pie in one line, they take two. */
const leastRoom = 8;
const twoLines = 31;

export class SharesPie {
  readonly root = vector("svg", { class: "tl-share-pie", role: "list", "aria-label": "parts" });
  readonly #marks: Marks;
  #count = 0;

  constructor(place: { tooltip: Tooltip; outer: HTMLElement; signal: AbortSignal }) {
    this.#marks = new Marks(this.root, place, {
      steer: (key, from) => alongList(key, from, this.#count),
    });
  }

  draw(shown: Shown, { parts, others }: Parts, width: number): void {
    const shares = others === null ? parts : [...parts, others];
    const [across, radius] = [Math.min(width, 640), Math.min(108, width / 6)];
    const wholeRoom = (across / 2 - radius - 28) / character;
    const isStacked = wholeRoom - percentRoom < leastRoom;
    const height = isStacked ? Math.max(leastHeight, shares.length * twoLines) : leastHeight;
    this.root.setAttribute("viewBox", `${-across / 2} ${-height / 2} ${across} ${height}`);
    this.root.setAttribute("width", String(across));
    this.root.setAttribute("height", String(height));
    const values = shares.map((each) => each.value);
    const slices = layPie(values, radius, height, isStacked ? twoLines : undefined);
    const room = isStacked ? wholeRoom : wholeRoom - percentRoom;
    const focused = this.root.contains(document.activeElement) ? document.activeElement : null;
    const index = Number(focused?.getAttribute("data-mark") ?? -1);
    const marks = shares.map(
      (share, at): Mark => ({ share, element: sliceOf(shown, share, slices[at], room, isStacked) }),
    );
    this.root.replaceChildren(...marks.map((mark) => mark.element));
    this.#count = marks.length;
    this.#marks.set(shown, marks);
    if (index >= 0) this.#marks.focus(Math.min(index, marks.length - 1));
  }
}

function sliceOf(
  { tree, at }: Shown,
  share: Share,
  slice: Slice,
  room: number,
  isStacked: boolean,
): SVGElement {
  const group = vector("g", {
    role: "listitem",
    class: "tl-share-slice",
    "data-testid": "tl-share",
  });
  const [x, y] = slice.to;
  const line = [slice.from, [x > 0 ? x - 5 : x + 5, y]].map((each) => each.join(","));
  const outline = vector("path", { d: slice.outline, class: "tl-share-outline" });
  if (share.kind === "rest") outline.classList.add("tl-share-rest");
  tint(group, tree, share);
  const anchor = slice.side === "left" ? "end" : "start";
  const dy = isStacked ? "-0.2em" : "0.35em";
  const label = vector("text", { x: String(x), y: String(y), dy, "text-anchor": anchor });
  const place: Record<string, string> = isStacked ? { x: String(x), dy: "1.15em" } : { dx: "6" };
  const [name, part] = [vector("tspan"), vector("tspan", { class: "tl-share-quiet", ...place })];
  name.textContent = shortened(nameOf(tree, share), room);
  part.textContent = partOf(share.value, tree.value(at, 0));
  label.append(name, part);
  group.append(outline, vector("polyline", { points: line.join(" ") }), label);
  return group;
}

function shortened(name: string, room: number): string {
  const most = Math.max(6, Math.floor(room));
  const parts = name.split(".");
  while (parts.length > 1 && parts.join(".").length > most) parts.shift();
  const left = parts.join(".");
  return left.length <= most ? left : `${left.slice(0, most - 1)}…`;
}
