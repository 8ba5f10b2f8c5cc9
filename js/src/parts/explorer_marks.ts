/** What an explorer draws over the plot: the path with its points, and where an image lies. */
import { vector } from "./elements";
import type { Place, PlotBeside } from "./plot_beside";

export interface Marks {
  /** The points that were put down. */
  stops: readonly Place[];
  /** The way through them. */
  way: readonly Place[];
  /** Where the image lies that is looked at. */
  at: Place | null;
  kind: "ring" | "cell";
}

const written = (places: readonly (readonly [number, number])[]): string =>
  places.map(([left, top]) => `${left.toFixed(1)},${top.toFixed(1)}`).join(" ");

export function drawMarks(plot: PlotBeside, { stops, way, at, kind }: Marks): void {
  const { layer } = plot;
  if (!plot.isFlat) {
    layer.replaceChildren();
    return;
  }
  const points = written(way.map((place) => plot.toScreen(place)));
  const lines = ["tl-way-halo", "tl-way"].map((name) =>
    vector("polyline", { class: name, points }),
  );
  const dots = stops.map((place, index) => {
    const [cx, cy] = plot.toScreen(place).map((each) => each.toFixed(1));
    const name = index === 0 ? "tl-stop tl-stop-first" : "tl-stop";
    return vector("circle", { class: name, cx, cy, r: "4" });
  });
  layer.replaceChildren(...(way.length > 1 ? lines : []), ...dots, ...mark(plot, at, kind));
  layer.dataset.at = at === null ? "" : at.join(" ");
  layer.dataset.stops = String(stops.length);
}

function mark(plot: PlotBeside, at: Place | null, kind: Marks["kind"]): SVGElement[] {
  if (at === null) return [];
  const [x, y] = plot.toScreen(at);
  return ["tl-here-halo", "tl-here"].map((name) =>
    kind === "ring"
      ? vector("circle", { class: name, cx: x.toFixed(1), cy: y.toFixed(1), r: "8" })
      : vector("rect", {
          class: name,
          x: (x - 7).toFixed(1),
          y: (y - 7).toFixed(1),
          width: "14",
          height: "14",
        }),
  );
}
