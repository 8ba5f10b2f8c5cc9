/** What a run measured of the modules: which metric is looked at, and what its colours mean. */
import { colourOf, readingOf, type Scale, scaleOf } from "../draw/tree_colours";
import type { Metric } from "../draw/tree_columns";
import type { TypedValues } from "../wire";
import { element, say } from "./elements";
import { mountValueLegend } from "./value_legend";

export class TreeMetrics {
  /** The key of the metric that colours the lines; empty for none. */
  looked = "";
  metrics: readonly Metric[] = [];
  values: ArrayLike<number> = [];
  private count = 0;
  private scale: Scale | null = null;
  private isChosen = false;
  private moment = "";
  private readonly box = element("div", "tl-tree-meaning");
  private readonly legend: ReturnType<typeof mountValueLegend>;
  private readonly when = element("span", "tl-quiet", { "data-testid": "tl-measured" });

  constructor(
    parent: HTMLElement,
    private readonly endOf: (line: number) => number,
  ) {
    this.legend = mountValueLegend(this.box);
    this.box.append(this.when);
    parent.append(this.box);
  }

  take(
    metrics: readonly Metric[],
    values: TypedValues | undefined,
    count: number,
    moment: string,
  ): void {
    this.metrics = values === undefined ? [] : metrics;
    this.values = values ?? [];
    this.count = count;
    this.moment = moment;
    if (!this.isChosen) this.looked = this.metrics[0]?.key ?? "";
  }

  look(key: string): void {
    this.looked = key;
    this.isChosen = true;
  }

  draw(): void {
    const metric = this.lookedAt;
    this.scale = metric === undefined ? null : scaleOf(this.own(metric), metric.kind);
    const isShown = this.scale !== null && metric !== undefined && metric.kind !== "flag";
    const range = [this.scale?.low ?? 0, this.scale?.high ?? 1] as const;
    const name = [metric?.label, metric?.unit].filter(Boolean).join(", ");
    this.legend.draw(name, range, this.scale?.isDiverging ? "diverging" : "viridis", isShown);
    this.box.hidden = this.metrics.length === 0;
    say(this.when, this.moment);
  }

  colour(line: number, dark: boolean): string {
    const metric = this.lookedAt;
    if (this.scale === null || metric === undefined) return "";
    return colourOf(this.scale, metric.kind, this.reading(metric, line), dark);
  }

  /** The flags that are raised for a line or, if it is closed, for something inside, in words. */
  flagged(line: number): string {
    const raised = this.metrics.filter((metric) => {
      const value = this.reading(metric, line);
      return metric.kind === "flag" && value !== 0 && !Number.isNaN(value);
    });
    return raised.map(({ label }) => label).join(" · ");
  }

  private get lookedAt(): Metric | undefined {
    return this.metrics.find(({ key }) => key === this.looked);
  }

  private valueOf(metric: Metric, line: number): number {
    return this.values[this.metrics.indexOf(metric) * this.count + line];
  }

  private reading(metric: Metric, line: number): number {
    return readingOf((each) => this.valueOf(metric, each), line, this.endOf(line));
  }

  private own(metric: Metric): ArrayLike<number> {
    return Array.from({ length: this.count }, (_, line) => this.valueOf(metric, line));
  }
}
