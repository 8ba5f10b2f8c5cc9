/** What stands out of a graph: what is pointed at, what is selected, and the colours of a metric. */
import { readTheme } from "../draw/colours";
import {
  type Metric,
  paint,
  type Reading,
  raisedFlags,
  readingText,
  readMetric,
  type Scale,
  scaleOf,
} from "../draw/graph_colours";
import type { Item } from "../draw/graph_data";
import { around, type Strand } from "../draw/graph_fold";
import { colour, flag, type Scene } from "../draw/graph_paint";
import { type Fact, nameOf, strandText } from "../draw/graph_text";
import type { GraphPicture } from "./graph_picture";
import type { Tooltip } from "./tooltip";

/** Classes of a line by what it means for the thing that is pointed at. */
const [comes, goes] = ["tl-graph-in", "tl-graph-out"];

export class GraphMarks {
  metric: Metric | null = null;
  scale: Scale | null = null;
  private readings = new Map<number, Reading>();
  private metrics: readonly Metric[] = [];
  private flags = new Map<number, Metric[]>();
  private hovered: number | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly picture: GraphPicture,
    private readonly tooltip: Tooltip,
  ) {}

  /** Colour the nodes by one of the metrics; null: by none. What is flagged is, in any case. */
  recolour(metric: Metric | null, metrics: readonly Metric[]): void {
    const { scene, drawn } = this.picture;
    this.metric = metric;
    this.metrics = metrics;
    this.scale = metric && scaleOf(metric);
    if (scene === null) return;
    this.readings = metric ? readMetric(scene.graph, metric) : new Map();
    this.flags = raisedFlags(scene.graph, metrics);
    const { dark } = readTheme(this.root);
    for (const [place, handle] of drawn.handles) {
      const isOpen = scene.visible.inside.has(place);
      const reading = isOpen ? undefined : this.readings.get(place);
      const colours = metric && this.scale ? paint(metric, this.scale, reading, dark) : null;
      colour(handle, colours);
      handle.classList.toggle("tl-graph-unknown", metric !== null && !isOpen && colours === null);
      const item = scene.graph.items[place];
      const raised = isOpen ? [] : (this.flags.get(place) ?? []);
      const words = raised.map(({ label }) => label);
      handle.setAttribute("aria-label", [scene.label(item), ...words].join(", "));
      flag(handle, raised, scene.faces.get(place)?.width ?? 0);
    }
  }

  /** The flags that are raised anywhere. */
  get raised(): Metric[] {
    const all = new Set([...this.flags.values()].flat());
    return this.metrics.filter((metric) => all.has(metric));
  }

  /** What was measured of an item. */
  factsOf(item: Item): Fact[] {
    return this.metrics
      .map((metric) => ({ name: metric.label, value: this.textOf(metric, item) }))
      .filter(({ value }) => value !== "");
  }

  private textOf(metric: Metric, item: Item): string {
    const isLooked = metric === this.metric;
    const isRaised = this.flags.get(item.place)?.includes(metric) === true;
    if (metric.kind === "flag" && !isLooked) return isRaised ? "yes" : "";
    if (isLooked) return readingText(metric, item, this.readings.get(item.place));
    if (!Object.hasOwn(metric.values, item.id)) return "";
    return readingText(metric, item, { value: metric.values[item.id], isInner: false });
  }

  hover(item: Item | null, left: number, top: number, selected: number | null): void {
    const { scene } = this.picture;
    if (item === null || scene === null) {
      this.tooltip.hide();
      if (this.hovered !== null) this.mark(selected, null);
      return;
    }
    this.tooltip.show(this.linesOf(scene, item), left, top);
    if (this.hovered !== item.place) this.mark(selected, item.place);
  }

  /** Show what is selected, and the lines of what is pointed at. */
  mark(selected: number | null, hovered: number | null = this.hovered): void {
    const { scene, drawn } = this.picture;
    if (scene === null) return;
    this.hovered = hovered;
    for (const line of drawn.lines) line.classList.remove(comes, goes);
    const near = new Set<number>();
    const point = hovered ?? selected;
    const within = (place: number): boolean =>
      place === point || around(scene.graph, place).includes(point ?? -1);
    if (point !== null) {
      scene.visible.strands.forEach(({ source, target }, at) => {
        if (within(source) === within(target)) return;
        near.add(within(source) ? target : source);
        const name = within(source) ? goes : comes;
        for (const segment of scene.placement.ways[at]) {
          const line = drawn.lines[segment];
          line.classList.add(name);
          // Above the others that share its rail.
          line.parentNode?.append(line);
        }
      });
    }
    this.picture.svg.classList.toggle("tl-graph-pointed", hovered !== null);
    for (const [place, handle] of drawn.handles) {
      handle.classList.toggle("tl-graph-selected", place === selected);
      handle.classList.toggle("tl-graph-near", near.has(place) || place === point);
    }
  }

  private linesOf({ graph, visible }: Scene, item: Item): string[] {
    const within = (place: number): boolean =>
      place === item.place || around(graph, place).includes(item.place);
    const into = visible.strands.filter(({ source, target }) => within(target) && !within(source));
    const out = visible.strands.filter(({ source, target }) => within(source) && !within(target));
    const name = nameOf(item);
    const lines = [name === "" || name === item.label ? item.label : `${item.label} · ${name}`];
    if (item.failed !== "") lines.push(item.failed);
    const reading = this.metric ? this.textOf(this.metric, item) : "";
    if (reading !== "") lines.push(`${this.metric?.label}: ${reading}`);
    for (const raised of this.flags.get(item.place) ?? []) {
      if (raised !== this.metric) lines.push(raised.label);
    }
    lines.push(flow("in", into), flow("out", out));
    return lines.filter((line) => line !== "");
  }
}

function flow(word: string, strands: Strand[]): string {
  const told = [...new Set(strands.map(strandText))];
  if (told.length === 0) return "";
  return `${word} ${told.slice(0, 3).join(", ")}${told.length > 3 ? ` and ${told.length - 3} more` : ""}`;
}
