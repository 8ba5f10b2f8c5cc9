/** Which part of a graph is seen, and how large. */
import type { Box } from "./graph_place";

export interface Sight {
  /** Pixels a unit of the graph. */
  scale: number;
  /** Where the graph's left top corner lies, in pixels. */
  left: number;
  top: number;
}

export interface Extent {
  width: number;
  height: number;
}

const [smallest, largest] = [0.05, 3];
/** Below this, what is written on the nodes cannot be read. */
export const readable = 0.75;
const margin = 10;

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/** All of it, in the middle, never larger than life. */
export function fitSight(graph: Extent, room: Extent): Sight {
  const across = (room.width - 2 * margin) / Math.max(1, graph.width);
  const down = (room.height - 2 * margin) / Math.max(1, graph.height);
  const scale = clamp(Math.min(across, down, 1), smallest, 1);
  return {
    scale,
    left: (room.width - graph.width * scale) / 2,
    top: (room.height - graph.height * scale) / 2,
  };
}

/** The same, but what would be too small to read begins at the top. */
export function firstSight(graph: Extent, room: Extent): Sight {
  const all = fitSight(graph, room);
  if (all.scale >= readable) return all;
  const across = (room.width - 2 * margin) / Math.max(1, graph.width);
  const scale = Math.max(all.scale, clamp(across, 0.55, 0.85));
  const left = Math.max((room.width - graph.width * scale) / 2, margin);
  const middle = (room.width - graph.width * scale) / 2;
  return { scale, left: graph.width * scale > room.width ? middle : left, top: margin };
}

export function moved(sight: Sight, right: number, down: number): Sight {
  return { ...sight, left: sight.left + right, top: sight.top + down };
}

/** Zoom and keep what lies under the pointer where it is. */
export function zoomed(sight: Sight, factor: number, left: number, top: number): Sight {
  const scale = clamp(sight.scale * factor, smallest, largest);
  const by = scale / sight.scale;
  return { scale, left: left + (sight.left - left) * by, top: top + (sight.top - top) * by };
}

/** Keep some of the graph in sight, wherever it was moved. */
export function held(sight: Sight, graph: Extent, room: Extent): Sight {
  const kept = 60;
  const width = graph.width * sight.scale;
  const height = graph.height * sight.scale;
  return {
    scale: sight.scale,
    left: clamp(sight.left, Math.min(kept - width, 0), Math.max(room.width - kept, 0)),
    top: clamp(sight.top, Math.min(kept - height, 0), Math.max(room.height - kept, 0)),
  };
}

/** Move no more than is needed to have a box in sight. */
export function showing(sight: Sight, box: Box, room: Extent): Sight {
  const need = (start: number, length: number, size: number): number => {
    const end = start + length;
    if (start < margin || length > size - 2 * margin) return margin - start;
    return end > size - margin ? size - margin - end : 0;
  };
  const left = sight.left + box.left * sight.scale;
  const top = sight.top + box.top * sight.scale;
  return moved(
    sight,
    need(left, box.width * sight.scale, room.width),
    need(top, Math.min(box.height * sight.scale, 60), room.height),
  );
}

export function isWhole(sight: Sight, graph: Extent, room: Extent): boolean {
  const right = sight.left + graph.width * sight.scale;
  const bottom = sight.top + graph.height * sight.scale;
  const slack = 1;
  return (
    sight.left >= -slack &&
    sight.top >= -slack &&
    right <= room.width + slack &&
    bottom <= room.height + slack
  );
}
