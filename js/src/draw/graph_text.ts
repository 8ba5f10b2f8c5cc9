/** What a graph says: on its nodes, beside its lines, and to those who hear it. */

import { type Graph, holds, type Item } from "./graph_data";
import { around, type Strand, type Visible } from "./graph_fold";
import { grouped } from "./numbers";

export type Measure = (text: string, size: number, bold: boolean) => number;

/** A node's lines and size. */
export interface Face {
  heading: string;
  /** Quieter, on the heading's line. */
  beside: string;
  below: string;
  width: number;
  height: number;
}

export const headingSize = 12;
export const quietSize = 10.5;
const gap = 6;

export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? "scalar" : shape.join("×");
}

/** "layer1.0.conv1" as "conv1"; a number keeps what it counts: "layer1.0". */
export function nameOf({ path }: Item): string {
  const parts = path.split(".");
  const name = parts[parts.length - 1];
  return /^\d+$/.test(name) && parts.length > 1 ? `${parts[parts.length - 2]}.${name}` : name;
}

function shorten(text: string, size: number, bold: boolean, measure: Measure): string {
  const widest = bold ? 200 : 156;
  if (measure(text, size, bold) <= widest) return text;
  let [short, long] = [0, text.length];
  while (short < long) {
    const middle = Math.ceil((short + long) / 2);
    if (measure(`${text.slice(0, middle)}…`, size, bold) <= widest) short = middle;
    else long = middle - 1;
  }
  return `${text.slice(0, short)}…`;
}

function linesOf(item: Item): Pick<Face, "heading" | "beside" | "below"> {
  const { kind, label, settings, contents, calls, call } = item;
  const again = calls > 1 ? `call ${call} of ${calls}` : "";
  const join = (...parts: string[]): string => parts.filter((part) => part !== "").join(" · ");
  switch (kind) {
    case "group":
      return { heading: label, beside: "", below: join(nameOf(item), contents, again) };
    case "repeat":
    case "stretch":
      return { heading: label, beside: "", below: kind === "stretch" ? contents : "" };
    case "module":
      return { heading: label, beside: "", below: join(nameOf(item), settings, again) };
    case "operation":
      return { heading: label, beside: settings, below: "" };
    default:
      return { heading: label, beside: label.startsWith(kind) ? "" : kind, below: "" };
  }
}

/** Room beside the text: for the sign that something opens, and the margins. */
const signWidth = 14;
const margin = 10;

export function faceOf(item: Item, measure: Measure): Face {
  const lines = linesOf(item);
  const heading = shorten(lines.heading, headingSize, true, measure);
  const beside = shorten(lines.beside, quietSize, false, measure);
  const below = shorten(lines.below, quietSize, false, measure);
  const sign = holds(item) || item.failed !== "" ? signWidth : 0;
  const second = beside === "" ? 0 : gap + measure(beside, quietSize, false);
  const first = sign + measure(heading, headingSize, true) + second;
  const under = measure(below, quietSize, false);
  const width = Math.max(44, Math.ceil(Math.max(first, under)) + 2 * margin);
  return { heading, beside, below, width, height: below === "" ? 26 : 40 };
}

/** The title of an open container: its name, then its class. */
export function titleOf(item: Item): [heading: string, beside: string] {
  if (item.kind !== "group") return [item.label, ""];
  const calls = item.calls > 1 ? ` · call ${item.call} of ${item.calls}` : "";
  return [nameOf(item) || item.label, nameOf(item) === "" ? "" : `${item.label}${calls}`];
}

export function titleWidth(item: Item, measure: Measure): number {
  const [heading, beside] = titleOf(item);
  const width = measure(heading, headingSize, true) + measure(beside, quietSize, false);
  return Math.ceil(width + signWidth + gap + 2 * margin);
}

function distinct(shapes: number[][]): string[] {
  return [...new Set(shapes.map(shapeText))];
}

/** What is written beside a line: the shapes, unless they are those that came in. */
export function shapesBeside(graph: Graph, { strands }: Visible): Map<number, string> {
  const incoming = new Map<number, Set<string>>();
  const outgoing = new Map<number, Set<string>>();
  const note = (map: Map<number, Set<string>>, place: number, shapes: string[]): void => {
    const known = map.get(place) ?? new Set();
    for (const shape of shapes) known.add(shape);
    map.set(place, known);
  };
  for (const strand of strands) {
    const shapes = distinct(strand.shapes);
    note(incoming, strand.target, shapes);
    note(outgoing, strand.source, shapes);
  }
  const found = new Map<number, string>();
  for (const [place, shapes] of outgoing) {
    const before = incoming.get(place) ?? new Set();
    if ([...shapes].every((shape) => before.has(shape))) continue;
    const told = [...shapes];
    const { kind } = graph.items[place];
    const isAside = kind === "parameter" || kind === "buffer" || kind === "constant";
    if (!isAside) found.set(place, told.length > 2 ? `${told.length} shapes` : told.join(", "));
  }
  return found;
}

export function strandText(strand: Strand): string {
  const told = strand.shapes.map((shape, at) => `${shapeText(shape)} ${strand.dtypes[at]}`.trim());
  const several = [...new Set(told)];
  const more = several.length > 3 ? ` and ${several.length - 3} more` : "";
  const times = strand.shapes.length > several.length ? `${strand.shapes.length} tensors: ` : "";
  return times + several.slice(0, 3).join(", ") + more;
}

function ends(graph: Graph, strands: Strand[], end: "source" | "target"): string {
  const names = [...new Set(strands.map((strand) => spokenName(graph.items[strand[end]])))];
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return names.slice(0, 3).join(", ") + more;
}

function spokenName(item: Item): string {
  return nameOf(item) === "" || nameOf(item) === item.label
    ? item.label
    : `${item.label} ${nameOf(item)}`;
}

/** A node for those who hear it: what it is, whether it opens, and what it is joined to. */
export function spoken(graph: Graph, { strands }: Visible, item: Item): string {
  const into = strands.filter((strand) => strand.target === item.place);
  const out = strands.filter((strand) => strand.source === item.place);
  const parts = [spokenName(item), item.kind === "module" ? item.settings : item.contents];
  if (item.kind === "input" || item.kind === "output") parts.unshift(item.kind);
  if (item.failed !== "") parts.push(`failed: ${item.failed}`);
  if (into.length > 0) parts.push(`from ${ends(graph, into, "source")}`);
  if (out.length > 0) parts.push(`to ${ends(graph, out, "target")}`);
  return parts.filter((part) => part !== "").join(", ");
}

export interface Fact {
  name: string;
  value: string;
}

function shapesOf(graph: Graph, item: Item, end: "source" | "target"): string[] {
  const within = (place: number): boolean =>
    place === item.place || around(graph, place).includes(item.place);
  const [inner, outer] =
    end === "target" ? (["target", "source"] as const) : (["source", "target"] as const);
  const crossing = graph.edges.filter((edge) => within(edge[inner]) && !within(edge[outer]));
  return [...new Set(crossing.map(({ shape, dtype }) => `${shapeText(shape)} ${dtype}`.trim()))];
}

function listed(shapes: string[]): string {
  return (
    shapes.slice(0, 4).join(", ") + (shapes.length > 4 ? ` and ${shapes.length - 4} more` : "")
  );
}

/** All that is known of one thing, to be read beside the picture. */
export function factsOf(graph: Graph, item: Item): Fact[] {
  const own = item.shapes.map((shape, at) => `${shapeText(shape)} ${item.dtypes[at] ?? ""}`.trim());
  const out = own.length > 0 ? [...new Set(own)] : shapesOf(graph, item, "source");
  const facts = [
    { name: "path", value: item.path },
    { name: "settings", value: item.settings },
    { name: "holds", value: item.contents },
    { name: "in", value: listed(shapesOf(graph, item, "target")) },
    { name: "out", value: listed(out) },
    { name: "parameters", value: item.parameters > 0 ? grouped(item.parameters) : "" },
    { name: "call", value: item.calls > 1 ? `${item.call} of ${item.calls}` : "" },
    { name: "failed", value: item.failed },
  ];
  return facts.filter(({ value }) => value !== "");
}
