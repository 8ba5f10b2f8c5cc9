/** The columns of a tree: how wide each is, and which there is room for. */

import { grouped, percent, significant } from "./numbers";
import { readingOf } from "./tree_colours";
import type { TreeTable } from "./tree_table";

export interface Metric {
  key: string;
  label: string;
  unit: string;
  kind: string;
}

export interface Column {
  key: string;
  label: string;
  width: number;
  kind: "module" | "text" | "number" | "share";
  isSortable: boolean;
  write(line: number): string;
  value(line: number): number | string;
  /** Whether what is written of a line is not its own, but the greatest of what it hides. */
  isInner?(line: number): boolean;
}

const padding = 22;
const character = 7.2;
/** A heading's letters are smaller; the arrow of the order stands behind them. */
const headCharacter = 6.7;
const arrow = 14;
const widestOutput = 220;
const shareWidth = 76;
/** What is left for the modules' names before a column gives way. */
const leastModule = 190;
/** What is left for them beside the metrics that nobody looks at: names have marks, too. */
const easyModule = 300;
/** And beside the one that colours them, on a narrow page: a colour without its number says little. */
const narrowModule = 150;
const prefixes = ["µ", "m", "", "k", "M", "G", "T", "P"];

/** 4089184256 as "4.09 G"; 0.0021 as "2.1 m". */
export function prefixed(value: number, unit = ""): string {
  if (value === 0 || !Number.isFinite(value)) return `${significant(value)} ${unit}`.trim();
  const digits = Number(Math.abs(value).toPrecision(3));
  const power = Math.min(5, Math.max(-2, Math.floor(Math.log10(digits) / 3)));
  const small = unit === "" && power < 0;
  const scale = small ? 0 : power;
  const text = significant(value / 1000 ** scale, 3);
  return `${text} ${prefixes[scale + 2]}${unit}`.trim();
}

function widthOf(label: string, texts: Iterable<string>): number {
  let longest = 0;
  for (const text of texts) longest = Math.max(longest, text.length);
  return Math.ceil(Math.max(longest * character, label.length * headCharacter + arrow) + padding);
}

function* distinct(table: TreeTable, count: number): Iterable<string> {
  for (let line = 0; line < count; line++) yield table.text("outputs", line);
}

function numberColumn(
  key: string,
  label: string,
  values: ArrayLike<number>,
  write: (value: number) => string,
): Column {
  let largest = "";
  for (let line = 0; line < values.length; line++) {
    const text = values[line] === 0 ? "" : write(values[line]);
    if (text.length > largest.length) largest = text;
  }
  return {
    key,
    label,
    kind: "number",
    isSortable: true,
    width: widthOf(label, [largest]),
    write: (line) => write(values[line]),
    value: (line) => values[line],
  };
}

const dash = (write: (value: number) => string) => (value: number) =>
  value === 0 ? "–" : write(value);

function metricText(metric: Metric, value: number): string {
  if (Number.isNaN(value)) return "–";
  if (metric.kind === "flag") return value === 0 ? "" : "yes";
  if (metric.unit === "") return significant(value, 3);
  return metric.unit === "%" ? `${significant(value, 3)} %` : prefixed(value, metric.unit);
}

function outputColumn(table: TreeTable): Column | null {
  const width = Math.min(widestOutput, widthOf("output", distinct(table, table.count)));
  const text = (line: number): string => table.text("outputs", line);
  const isKnown = allOf(table.count).some((line) => text(line) !== "");
  const rest = { width, isSortable: false, write: text, value: text };
  return isKnown ? { key: "output", label: "output", kind: "text", ...rest } : null;
}

function allOf(count: number): number[] {
  return Array.from({ length: count }, (_, line) => line);
}

/** Every column that has something to say, in the order in which they stand. */
export function columnsOf(
  table: TreeTable,
  metrics: readonly Metric[],
  values: ArrayLike<number>,
  endOf: (line: number) => number = (line) => line + 1,
): Column[] {
  const { count } = table;
  const total = table.number("parameters", 0);
  const shares = Float64Array.from(table.numbers("parameters"), (each) => each / (total || 1));
  const flops = table.numbers("flops");
  const output = outputColumn(table);
  const share: Column = {
    ...numberColumn("share", "share", shares, percent),
    kind: "share",
    width: shareWidth,
    isSortable: false,
  };
  const measured = metrics.map((metric, index) => {
    const own = Float64Array.from({ length: count }, (_, line) => values[index * count + line]);
    const write = (value: number): string => metricText(metric, value);
    return {
      ...numberColumn(metric.key, metric.label, own, write),
      write: (line: number) => write(readingOf((each) => own[each], line, endOf(line))),
      isInner: (line: number) => Number.isNaN(own[line]),
    };
  });
  return [
    ...(output === null ? [] : [output]),
    numberColumn("parameters", "parameters", table.numbers("parameters"), dash(grouped)),
    share,
    ...(flops.some((each) => each > 0)
      ? [numberColumn("flops", "FLOPs", flops, dash(prefixed))]
      : []),
    ...measured,
  ];
}

/**
 * The columns that there is room for, in their order. The metric that is looked at stays longest; then
 * parameters and their share, operations, shapes, and the other metrics.
 */
export function fitting(columns: readonly Column[], width: number, looked: string): Column[] {
  const first = [looked, "parameters", "share", "flops", "output"];
  const urgency = (column: Column): number => {
    const place = first.indexOf(column.key);
    return place < 0 ? first.length : place;
  };
  let room = width;
  const kept = new Set<Column>();
  for (const column of [...columns].sort((a, b) => urgency(a) - urgency(b))) {
    const isOther = urgency(column) === first.length;
    const least = isOther ? easyModule : column.key === looked ? narrowModule : leastModule;
    if (column.width > room - least) break;
    room -= column.width;
    kept.add(column);
  }
  return columns.filter((column) => kept.has(column));
}
