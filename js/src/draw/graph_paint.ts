/** A graph as SVG elements: boxes, lines and nodes, each with what a person may do with it. */
import { vector } from "../parts/elements";
import { type Metric, signOf } from "./graph_colours";
import { type Graph, holds, type Item } from "./graph_data";
import type { Point } from "./graph_flat";
import type { Visible } from "./graph_fold";
import type { Box, Placement, Segment } from "./graph_place";
import { titleHeight } from "./graph_sheet";
import { type Face, headingSize, quietSize, titleOf } from "./graph_text";

export interface Scene {
  graph: Graph;
  visible: Visible;
  placement: Placement;
  boxes: Map<number, Box>;
  faces: Map<number, Face>;
  /** What is written where the lines of a thing begin. */
  beside: Map<number, string>;
  label(item: Item): string;
}

export interface Colouring {
  paper: string;
  ink: string;
}

export interface Drawn {
  /** Nodes and title bars: what can be pointed at and has the keyboard's focus. */
  handles: Map<number, SVGGElement>;
  /** One for each segment of the placement. */
  lines: SVGPathElement[];
}

const round = (value: number): string => String(Math.round(value * 10) / 10);

/** A line that leaves and arrives upright, and bends only between the ranks. */
export function pathOf(points: readonly Point[]): string {
  return points
    .map(([x, y], at) => {
      if (at === 0) return `M${round(x)} ${round(y)}`;
      const [fromX, fromY] = points[at - 1];
      if (Math.abs(fromX - x) < 0.5 || Math.abs(fromY - y) < 0.5) return `L${round(x)} ${round(y)}`;
      const middle = round((fromY + y) / 2);
      return `C${round(fromX)} ${middle} ${round(x)} ${middle} ${round(x)} ${round(y)}`;
    })
    .join("");
}

function write(x: number, y: number, size: number, className: string, text: string): SVGElement {
  const made = vector("text", {
    x: round(x),
    y: round(y),
    "font-size": String(size),
    class: className,
  });
  made.textContent = text;
  return made;
}

function rectangle(box: Box, radius: number, className: string): SVGElement {
  return vector("rect", {
    ...{ x: round(box.left), y: round(box.top), width: round(box.width) },
    ...{ height: round(box.height), rx: String(radius), class: className },
  });
}

/** A triangle that points at what is hidden, or down at what is open. */
function triangle(x: number, y: number, isOpen: boolean): SVGElement {
  const d = isOpen ? `M${x} ${y - 2}h8l-4 5z` : `M${x + 1} ${y - 4}v8l5-4z`;
  return vector("path", { d, class: "tl-graph-sign" });
}

function cross(x: number, y: number): SVGElement {
  const d = `M${x} ${y - 4}l8 8m0-8l-8 8`;
  return vector("path", { d, class: "tl-graph-cross" });
}

function handleOf(item: Item, label: string, box: Box): SVGGElement {
  const made = vector("g", {
    ...{ class: "tl-graph-handle", "data-place": String(item.place), "data-id": item.id },
    ...{ "data-kind": item.kind, role: "button", tabindex: "-1", "aria-label": label },
    ...{
      "data-testid": "tl-graph-node",
      transform: `translate(${round(box.left)} ${round(box.top)})`,
    },
  });
  if (item.failed !== "") made.classList.add("tl-graph-failed");
  return made;
}

/** How far the sheets beneath a closed thing stick out to the right and below, the lowest first. */
function sheetsOf(item: Item): number[] {
  if (item.kind === "repeat" || item.kind === "stretch") return [6, 3];
  return holds(item) ? [3] : [];
}

function nodeOf(item: Item, label: string, box: Box, face: Face): SVGGElement {
  const made = handleOf(item, label, box);
  const { width, height } = face;
  const isPill = item.kind !== "module" && !holds(item);
  const outline = { left: 0, top: 0, width, height };
  const radius = isPill ? height / 2 : 5;
  if (holds(item)) made.setAttribute("aria-expanded", "false");
  for (const by of sheetsOf(item)) {
    made.append(rectangle({ ...outline, left: by, top: by }, radius, "tl-graph-sheet"));
  }
  made.append(rectangle(outline, radius, "tl-graph-face"));
  const sign = holds(item) || item.failed !== "";
  const middle = face.below === "" ? height / 2 : 14;
  const heading = write(0, middle + 4, headingSize, "tl-graph-heading", face.heading);
  if (face.beside !== "") {
    const beside = vector("tspan", {
      dx: "6",
      "font-size": String(quietSize),
      class: "tl-graph-quiet",
    });
    beside.textContent = face.beside;
    heading.append(beside);
  }
  heading.setAttribute("x", round(sign ? 10 + 14 : 10));
  if (item.failed !== "") made.append(cross(10, middle));
  else if (sign) made.append(triangle(9, middle, false));
  made.append(heading);
  if (face.below !== "") {
    made.append(write(10, 31, quietSize, "tl-graph-quiet", face.below));
  }
  return made;
}

function titleBarOf(item: Item, label: string, box: Box): SVGGElement {
  const made = handleOf(item, label, box);
  made.classList.add("tl-graph-title");
  made.setAttribute("aria-expanded", "true");
  const bar = { left: 0, top: 0, width: box.width, height: titleHeight };
  made.append(rectangle(bar, 6, "tl-graph-bar"));
  made.append(
    item.failed === "" ? triangle(10, titleHeight / 2, true) : cross(10, titleHeight / 2),
  );
  const [heading, beside] = titleOf(item);
  const text = write(24, titleHeight / 2 + 4, headingSize, "tl-graph-heading", heading);
  if (beside !== "") {
    const quiet = vector("tspan", {
      dx: "6",
      "font-size": String(quietSize),
      class: "tl-graph-quiet",
    });
    quiet.textContent = beside;
    text.append(quiet);
  }
  made.append(text);
  return made;
}

function lineOf({ points }: Segment): SVGPathElement {
  return vector("path", { d: pathOf(points), class: "tl-graph-line" });
}

/** At the end of a line, the way that it goes; from below it ends at the lowest sheet. */
function arrowOf({ points, target }: Segment, { graph, visible }: Scene): SVGElement[] {
  if (target < 0 || points.length < 2) return [];
  const [x, end] = points[points.length - 1];
  const [fromX, fromY] = points[points.length - 2];
  const isLevel = Math.abs(fromY - end) < 0.5;
  const isUnder = !isLevel && fromY > end && !visible.inside.has(target);
  const y = end + (isUnder ? (sheetsOf(graph.items[target])[0] ?? 0) : 0);
  const way = isLevel ? Math.sign(x - fromX) : Math.sign(y - fromY);
  const at = (along: number, aside: number): string =>
    isLevel
      ? `${round(x + along * way)} ${round(y + aside)}`
      : `${round(x + aside)} ${round(y + along * way)}`;
  const d = `M${at(-6, -3.5)}L${at(-0.5, 0)}L${at(-6, 3.5)}z`;
  return [vector("path", { d, class: "tl-graph-arrow" })];
}

/** How far a text beside a line reaches at most. */
const reach = (text: string): number => 10 + 6 * text.length;

/** Whether a text that stands right (1) or left (-1) of where a line begins would lie on it. */
function isCrossed([[x, y], ...rest]: readonly Point[], text: string, side: 1 | -1): boolean {
  const at = rest.findIndex(([across]) => Math.abs(across - x) > 1);
  if (at < 0 || Math.abs(rest[at][1] - y) > 40) return false;
  const [across, level] = rest[at];
  const by = (across - x) * side;
  // A corner passes beneath the text, and turns up beyond it or through it.
  const isCorner = at > 0 && rest[at - 1][1] === level;
  return isCorner ? by > 0 && by < reach(text) : by > 20;
}

/** Beside the beginning of the first line that leaves a thing; no line turns to that side. */
function besideOf({ beside, placement }: Scene): SVGElement[] {
  const { segments, width } = placement;
  return [...beside].flatMap(([place, text]) => {
    const own = segments.filter(({ source, points }) => source === place && points.length > 1);
    if (own.length === 0) return [];
    const [[x, y], [, nextY]] = own[0].points;
    const isLevel = Math.abs(nextY - y) < 0.5;
    const down = isLevel ? -4 : nextY < y ? -6 : 13;
    const isBeside = ({ points: [[left, top]] }: Segment): boolean => left === x && top === y;
    const lines = own.filter(isBeside).map((each) => each.points);
    const onSide = (side: 1 | -1): boolean =>
      !isLevel && lines.some((points) => isCrossed(points, text, side));
    const isBetter = onSide(1) ? !onSide(-1) : x + reach(text) > width;
    const isLeft = isBetter && x > reach(text);
    const made = write(isLeft ? x - 6 : x + 6, y + down, 9.5, "tl-graph-shape", text);
    if (isLeft) made.setAttribute("text-anchor", "end");
    return [made];
  });
}

/** Draw a scene into an element that is empty then. */
export function drawScene(world: SVGGElement, scene: Scene): Drawn {
  const { graph, visible, placement, boxes, faces } = scene;
  const frames = vector("g", { class: "tl-graph-frames", "aria-hidden": "true" });
  const flow = vector("g", { class: "tl-graph-flow", "aria-hidden": "true" });
  const shapes = vector("g", { class: "tl-graph-shapes", "aria-hidden": "true" });
  const nodes = vector("g", { class: "tl-graph-nodes" });
  const handles = new Map<number, SVGGElement>();
  for (const [place, box] of placement.boxes) {
    const item = graph.items[place];
    const face = faces.get(place);
    if (visible.inside.has(place)) {
      const frame = rectangle(box, 6, "tl-graph-frame");
      frame.setAttribute("data-kind", item.kind);
      frames.append(frame);
      handles.set(place, titleBarOf(item, scene.label(item), box));
    } else if (face !== undefined) {
      handles.set(place, nodeOf(item, scene.label(item), boxes.get(place) ?? box, face));
    }
  }
  const lines = placement.segments.map(lineOf);
  flow.append(...lines, ...placement.segments.flatMap((each) => arrowOf(each, scene)));
  shapes.append(...besideOf(scene));
  nodes.append(...handles.values());
  world.replaceChildren(frames, flow, shapes, nodes);
  return { handles, lines };
}

/** Mark a node by a badge for each of these flags. */
export function flag(handle: SVGGElement, flags: readonly Metric[], width: number): void {
  const raised = flags.map(({ key }) => key).join(" ");
  if ((handle.dataset.flags ?? "") === raised) return;
  handle.dataset.flags = raised;
  for (const badge of handle.querySelectorAll(".tl-graph-flag")) badge.remove();
  flags.forEach((metric, at) => {
    const x = width - 4 - 17 * at;
    const badge = vector("g", { class: "tl-graph-flag", "data-flag": metric.key });
    badge.append(vector("circle", { cx: String(x), cy: "1", r: "7.5", class: "tl-graph-badge" }));
    const sign = write(x, 4.8, 11, "tl-graph-badge-sign", signOf(metric));
    sign.setAttribute("text-anchor", "middle");
    badge.append(sign);
    handle.append(badge);
  });
}

/** Give a node its colours, or its own back. */
export function colour(handle: SVGGElement, colouring: Colouring | null): void {
  handle.classList.toggle("tl-graph-coloured", colouring !== null);
  handle.style.setProperty("--tl-node-paper", colouring?.paper ?? "");
  handle.style.setProperty("--tl-node-ink", colouring?.ink ?? "");
}
