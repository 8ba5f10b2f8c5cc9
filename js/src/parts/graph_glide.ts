/** Moves nodes from where they were to where they are, for those who do not mind movement. */
import type { Sight } from "../draw/graph_camera";
import type { Box } from "../draw/graph_place";

/** What stays in its place on the screen while all around it moves. */
export interface Anchor {
  place: number;
  x: number;
  y: number;
  /** Where the pointer is, across. */
  pointer: number;
}

const duration = 240;
/** More than this are not moved one by one. */
const most = 300;

function isCalm(): boolean {
  const query = "(prefers-reduced-motion: reduce)";
  return typeof window.matchMedia === "function" && window.matchMedia(query).matches;
}

export function glide(
  handles: Map<number, SVGGElement>,
  world: SVGGElement,
  boxes: Map<number, Box>,
  sight: Sight,
  before: { boxes: Map<number, Box>; sight: Sight },
  anchor: Anchor | null,
): void {
  if (isCalm() || handles.size > most || typeof world.animate !== "function") return;
  const timing = { duration, easing: "cubic-bezier(0.2, 0, 0, 1)" };
  /** A place of the old picture in the coordinates of the new one. */
  const carried = (box: Box): [number, number] => [
    (before.sight.left + box.left * before.sight.scale - sight.left) / sight.scale,
    (before.sight.top + box.top * before.sight.scale - sight.top) / sight.scale,
  ];
  const origin = anchor && before.boxes.get(anchor.place);
  for (const [place, handle] of handles) {
    const box = boxes.get(place);
    const old = before.boxes.get(place) ?? origin;
    if (box === undefined || !old) continue;
    const [x, y] = carried(old);
    const start: Keyframe = { transform: `translate(${x}px, ${y}px)` };
    if (!before.boxes.has(place)) start.opacity = 0;
    handle.animate([start, { transform: `translate(${box.left}px, ${box.top}px)` }], timing);
  }
  for (const layer of world.children) {
    if (layer.classList.contains("tl-graph-nodes")) continue;
    layer.animate([{ opacity: 0 }, { opacity: 0, offset: 0.4 }, { opacity: 1 }], timing);
  }
}
