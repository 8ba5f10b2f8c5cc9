/** Where an arrow key leads: along the lines, and into and out of what is open. */
import type { Graph } from "./graph_data";
import { around, type Visible } from "./graph_fold";
import type { Box } from "./graph_place";

export type Way = "up" | "down" | "left" | "right";

export interface Steps {
  graph: Graph;
  visible: Visible;
  boxes: Map<number, Box>;
}

const middle = ({ left, top, width, height }: Box): [number, number] => [
  left + width / 2,
  top + height / 2,
];

/** Of some things the one that lies nearest, sideways. */
function nearest({ boxes }: Steps, from: number, places: number[]): number | undefined {
  const own = boxes.get(from);
  if (own === undefined) return undefined;
  const far = (place: number): number => {
    const box = boxes.get(place);
    return box === undefined ? Infinity : Math.abs(middle(box)[0] - middle(own)[0]);
  };
  return [...places].sort((a, b) => far(a) - far(b))[0];
}

/** The outermost open container on the way in from one thing to another, or that other itself. */
function door({ graph }: Steps, from: number, to: number): number {
  const known = new Set([from, ...around(graph, from)]);
  return around(graph, to).findLast((place) => !known.has(place)) ?? to;
}

function down(steps: Steps, from: number): number | undefined {
  const { graph, visible } = steps;
  if (visible.inside.has(from)) return visible.inside.get(from)?.[0];
  const targets = visible.strands.filter((each) => each.source === from);
  const doors = targets.map(({ target }) => door(steps, from, target));
  if (doors.length > 0) return nearest(steps, from, doors);
  const outer = graph.items[from].parent;
  const siblings = visible.inside.get(outer) ?? [];
  return siblings[siblings.indexOf(from) + 1];
}

function up(steps: Steps, from: number): number | undefined {
  const { graph, visible } = steps;
  const isInside = (place: number): boolean =>
    place === from || around(graph, place).includes(from);
  const into = visible.strands.filter(
    ({ source, target }) => isInside(target) && !isInside(source),
  );
  const own = graph.items[from].parent;
  const near = into.filter(({ source }) => around(graph, source).includes(own) || own === -1);
  if (near.length > 0)
    return nearest(
      steps,
      from,
      near.map(({ source }) => source),
    );
  return own === -1 ? undefined : own;
}

function aside({ graph, boxes, visible }: Steps, from: number, way: Way): number | undefined {
  const own = boxes.get(from);
  if (own === undefined) return undefined;
  const holders = new Set(around(graph, from));
  const [x, y] = middle(own);
  let best: [number, number] | undefined;
  for (const [place, box] of boxes) {
    if (place === from || holders.has(place) || around(graph, place).includes(from)) continue;
    if (visible.inside.has(place)) continue;
    const across = (middle(box)[0] - x) * (way === "right" ? 1 : -1);
    const off = Math.abs(middle(box)[1] - y);
    if (across <= 1 || off > own.height / 2 + box.height / 2 + 12) continue;
    const far = across + 2 * off;
    if (best === undefined || far < best[1]) best = [place, far];
  }
  return best?.[0];
}

/** Where a key leads from a thing that can be seen; undefined: nowhere. */
export function step(steps: Steps, from: number, way: Way): number | undefined {
  if (way === "down") return down(steps, from);
  if (way === "up") return up(steps, from);
  return aside(steps, from, way);
}
