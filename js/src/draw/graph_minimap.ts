/** The whole graph, small, with what is in sight marked on it. */
import { vector } from "../parts/elements";
import type { Extent, Sight } from "./graph_camera";
import type { Box } from "./graph_place";

/** The border and the margin within it, in pixels. */
const inset = 4;
const largest = { width: 120, height: 120 };

export class Minimap {
  readonly element = vector("svg", {
    class: "tl-graph-minimap",
    "aria-hidden": "true",
    "data-testid": "tl-graph-minimap",
  });
  private readonly things = vector("g");
  private readonly frame = vector("rect", { class: "tl-graph-sight", rx: "2" });
  private scale = 1;

  constructor() {
    this.element.append(this.things, this.frame);
  }

  /** Draw what there is; the boxes of containers before those of what they hold. */
  draw(graph: Extent, boxes: Iterable<readonly [Box, boolean]>): void {
    const across = largest.width / Math.max(1, graph.width);
    const down = largest.height / Math.max(1, graph.height);
    this.scale = Math.min(across, down);
    const [width, height] = [graph.width * this.scale, graph.height * this.scale];
    this.element.setAttribute("width", String(Math.max(16, Math.ceil(width))));
    this.element.setAttribute("height", String(Math.max(16, Math.ceil(height))));
    const made = Array.from(boxes, ([box, isFrame]) =>
      vector("rect", {
        ...this.placed(box),
        class: isFrame ? "tl-graph-mini-frame" : "tl-graph-mini",
      }),
    );
    this.things.replaceChildren(...made);
  }

  look(sight: Sight, room: Extent, isWhole: boolean): void {
    this.element.style.display = isWhole ? "none" : "";
    const seen = {
      ...{ left: -sight.left / sight.scale, top: -sight.top / sight.scale },
      ...{ width: room.width / sight.scale, height: room.height / sight.scale },
    };
    for (const [name, value] of Object.entries(this.placed(seen))) {
      this.frame.setAttribute(name, value);
    }
  }

  /** The place in the graph under a place on the map. */
  under(left: number, top: number): [number, number] {
    return [(left - inset) / this.scale, (top - inset) / this.scale];
  }

  private placed({ left, top, width, height }: Box): Record<string, string> {
    const write = (value: number): string => (value * this.scale).toFixed(1);
    return {
      ...{ x: write(left), y: write(top) },
      ...{ width: write(Math.max(width, 1)), height: write(Math.max(height, 1)) },
    };
  }
}
