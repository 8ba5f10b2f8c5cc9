/** The colours that a metric gives to nodes. */
import { type Colour, css, diverging } from "./colours";
import type { Graph, Item } from "./graph_data";
import { around } from "./graph_fold";
import { significant } from "./numbers";
import { mapColour } from "./points_colours";

export interface Metric {
  key: string;
  label: string;
  unit: string;
  kind: "sequential" | "diverging" | "flag";
  values: Record<string, number | null>;
}

export interface Reading {
  /** null: not finite. */
  value: number | null;
  /** It is that of something inside. */
  isInner: boolean;
}

export interface Scale {
  low: number;
  high: number;
}

/** The value of each item that has one; of closed containers, the greatest inside. */
export function readMetric(graph: Graph, metric: Metric): Map<number, Reading> {
  const found = new Map<number, Reading>();
  for (const item of graph.items) {
    if (!Object.hasOwn(metric.values, item.id)) continue;
    found.set(item.place, { value: metric.values[item.id], isInner: false });
  }
  for (const [place, { value }] of [...found]) {
    for (const outer of around(graph, place)) {
      const known = found.get(outer);
      if (known !== undefined && !known.isInner) break;
      if (known === undefined || isGreater(value, known.value)) {
        found.set(outer, { value, isInner: true });
      }
    }
  }
  return found;
}

/** What is not finite counts as the greatest: nobody should miss it. */
function isGreater(value: number | null, than: number | null): boolean {
  if (than === null) return false;
  return value === null || Math.abs(value) > Math.abs(than);
}

export function scaleOf(metric: Metric): Scale {
  const values = Object.values(metric.values).filter((value) => value !== null);
  if (values.length === 0) return { low: 0, high: 1 };
  const [low, high] = values.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  if (metric.kind !== "diverging") return { low, high };
  const far = Math.max(Math.abs(low), Math.abs(high));
  return { low: -far, high: far };
}

const alarm: Record<"light" | "dark", Colour> = { light: [213, 94, 0], dark: [240, 121, 58] };
const calm: Record<"light" | "dark", Colour> = { light: [226, 229, 233], dark: [52, 55, 61] };

/** A node's paper and the ink that can be read on it; null where it keeps its own. */
export function paint(
  metric: Metric,
  scale: Scale,
  reading: Reading | undefined,
  dark: boolean,
): { paper: string; ink: string } | null {
  if (reading === undefined) return null;
  const theme = dark ? "dark" : "light";
  const colour = ((): Colour => {
    if (reading.value === null) return alarm[theme];
    if (metric.kind === "flag") return reading.value === 0 ? calm[theme] : alarm[theme];
    const span = scale.high - scale.low;
    const share = span > 0 ? (reading.value - scale.low) / span : 0.5;
    return metric.kind === "diverging"
      ? diverging(share * 2 - 1, dark)
      : mapColour("viridis", share, dark);
  })();
  return { paper: css(colour), ink: inkOn(colour) };
}

/** Black or white, whichever has more contrast (WCAG's relative luminance). */
export function inkOn(colour: Colour): string {
  const [red, green, blue] = colour.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

/** What a reading says; empty of none. */
export function readingText(metric: Metric, item: Item, reading: Reading | undefined): string {
  if (reading === undefined) return "";
  const unit = metric.unit === "" ? "" : ` ${metric.unit}`;
  if (reading.value === null) return "not finite";
  if (metric.kind === "flag") return reading.value === 0 ? "no" : "yes";
  const inner = reading.isInner && item.children.length > 0 ? "up to " : "";
  return `${inner}${significant(reading.value)}${unit}`;
}

/** What stands in the badge of a flag. */
export function signOf({ key }: Metric): string {
  return key === "silent" ? "0" : "!";
}

/** The flags that are raised for each item or, if it is closed, for something inside. */
export function raisedFlags(graph: Graph, metrics: readonly Metric[]): Map<number, Metric[]> {
  const found = new Map<number, Metric[]>();
  for (const metric of metrics.filter(({ kind }) => kind === "flag")) {
    for (const [place, { value }] of readMetric(graph, metric)) {
      if (value !== 0) found.set(place, [...(found.get(place) ?? []), metric]);
    }
  }
  return found;
}
