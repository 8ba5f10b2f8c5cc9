/** Which parts of a graph are open, and what is to be seen of it then. */
import { type Graph, holds, type Item, root } from "./graph_data";

/** All tensors that go from one visible thing to another. */
export interface Strand {
  source: number;
  target: number;
  shapes: number[][];
  dtypes: string[];
  arguments: string[];
}

export interface Visible {
  /** What an open container, or the root, holds directly. */
  inside: Map<number, number[]>;
  /** What is drawn as one thing: nodes, and containers that are closed. */
  leaves: number[];
  strands: Strand[];
}

export const mostVisible = 600;
/** How many things are seen at first; fewer where so many would be too small. */
export const budgets = [26, 18, 11] as const;
/** With more than this in sight no example is opened. */
const exampleBelow = 20;

/** The containers around an item, innermost first. */
export function around(graph: Graph, place: number): number[] {
  const found: number[] = [];
  for (let at = graph.items[place].parent; at !== root; at = graph.items[at].parent) found.push(at);
  return found;
}

function walk(graph: Graph, open: ReadonlySet<number>): Pick<Visible, "inside" | "leaves"> {
  const inside = new Map([[root, graph.top]]);
  const leaves: number[] = [];
  const waiting = [...graph.top].reverse();
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const item = graph.items[place];
    if (!holds(item) || !open.has(place)) {
      leaves.push(place);
      continue;
    }
    inside.set(place, item.children);
    waiting.push(...[...item.children].reverse());
  }
  return { inside, leaves };
}

/** For each item, the visible thing that stands for it: itself, or the closed one around it. */
function owners(graph: Graph, { inside }: Pick<Visible, "inside">): (place: number) => number {
  return (place) => {
    let seen = place;
    for (let at = place; at !== root; at = graph.items[at].parent) {
      if (!inside.has(graph.items[at].parent)) seen = graph.items[at].parent;
    }
    return seen;
  };
}

/** Return what is to be seen of a graph while these containers are open. */
export function look(graph: Graph, open: ReadonlySet<number>): Visible {
  const { inside, leaves } = walk(graph, open);
  const owner = owners(graph, { inside });
  const strands = new Map<string, Strand>();
  for (const edge of graph.edges) {
    const [source, target] = [owner(edge.source), owner(edge.target)];
    if (source === target) continue;
    const key = `${source} ${target}`;
    let strand = strands.get(key);
    if (strand === undefined) {
      strand = { source, target, shapes: [], dtypes: [], arguments: [] };
      strands.set(key, strand);
    }
    strand.shapes.push(edge.shape);
    strand.dtypes.push(edge.dtype);
    strand.arguments.push(edge.argument);
  }
  return { inside, leaves, strands: [...strands.values()] };
}

/** How many more things are seen when it opens, its title bar among them. */
function cost(item: Item): number {
  return item.children.length;
}

const alike = (item: Item): string => `${item.kind} ${item.label} ${item.contents}`;

/** Closed groups that can be seen, those of the same make together; repeats stay closed. */
function buckets(graph: Graph, open: ReadonlySet<number>): Item[][] {
  const found = new Map<string, Item[]>();
  for (const place of walk(graph, open).leaves) {
    const item = graph.items[place];
    if (!holds(item) || item.kind !== "group") continue;
    const bucket = found.get(alike(item)) ?? [];
    found.set(alike(item), [...bucket, item]);
  }
  return [...found.values()];
}

/** Whether what is inside is more than a chain: something inside leads to two things there. */
function branches(graph: Graph, item: Item): boolean {
  const { strands } = look(graph, new Set([item.place, ...around(graph, item.place)]));
  const children = new Set(item.children);
  const inner = strands.filter((strand) => children.has(strand.target));
  return new Set(inner.map((strand) => strand.source)).size < inner.length;
}

/**
 * Return what is open at first: level by level, as long as it can be taken in at a glance, groups of
 * the same make all or none; then one more as an example of its kind. Whatever failed is in sight.
 */
export function openAtFirst(graph: Graph, budget: number = budgets[0]): Set<number> {
  const open = new Set<number>();
  for (const item of graph.items) {
    if (item.failed !== "") for (const place of around(graph, item.place)) open.add(place);
  }
  while (openLevel(graph, open, budget)) {
    // as long as a level fits
  }
  const seen = walk(graph, open).leaves.length;
  // One more only where there is little to see yet.
  const room = seen > exampleBelow ? 0 : budget + 4 - seen;
  const examples = buckets(graph, open).sort((a, b) => b.length - a.length);
  const example = examples
    .map((items) => items[0])
    .find((item) => cost(item) <= room && branches(graph, item));
  if (example !== undefined) open.add(example.place);
  return open;
}

/** Open what can be opened of the closed groups that can be seen; tell whether any was. */
function openLevel(graph: Graph, open: Set<number>, budget: number): boolean {
  const level = buckets(graph, open).map((items) => ({
    items,
    more: items.reduce((sum, item) => sum + cost(item), 0),
  }));
  let opened = false;
  for (const { items, more } of level.sort((a, b) => a.more - b.more)) {
    const seen = walk(graph, open).leaves.length;
    const isLonely = seen <= 6 && more <= 2 * budget;
    if (!isLonely && seen + more > budget) continue;
    for (const item of items) open.add(item.place);
    opened = true;
  }
  return opened;
}
