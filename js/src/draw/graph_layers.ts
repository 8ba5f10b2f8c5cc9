/** A layering without any library, for pages that may not start a worker: plainer, never wrong. */
import type { Flat, FlatEdge, FlatNode, FlatPlaces, Point } from "./graph_flat";

const rankGap = 30;
const nodeGap = 20;
const sweeps = 4;

interface Cell {
  key: string;
  width: number;
  height: number;
  x: number;
  before: Cell[];
  after: Cell[];
}

const [entrance, exit] = ["in ", "out "];

/** The longest way from a source to each node. Nodes come in the order of the lines. */
function ranksOf(nodes: FlatNode[], edges: FlatEdge[]): Map<string, number> {
  const keys = nodes.map(({ key }) => key);
  const ranks = new Map(keys.map((key) => [key, 0]));
  const targets = new Map(keys.map((key): [string, string[]] => [key, []]));
  for (const { from, to } of edges) targets.get(from)?.push(to);
  const first = keys.filter((key) => key.startsWith(entrance));
  for (const key of [...first, ...keys.filter((each) => !each.startsWith(entrance))]) {
    const below = (ranks.get(key) ?? 0) + 1;
    for (const to of targets.get(key) ?? []) ranks.set(to, Math.max(ranks.get(to) ?? 0, below));
  }
  const deepest = Math.max(0, ...ranks.values());
  for (const key of keys) if (key.startsWith(exit)) ranks.set(key, deepest);
  return ranks;
}

function makeCell({ key, width, height }: FlatNode): Cell {
  return { key, width, height, x: 0, before: [], after: [] };
}

/** Put a cell into each rank that an edge passes. */
function string(
  edge: FlatEdge,
  cells: Map<string, Cell>,
  rows: Cell[][],
  ranks: Map<string, number>,
) {
  const [from, to] = [ranks.get(edge.from) ?? 0, ranks.get(edge.to) ?? 0];
  const start = cells.get(edge.from);
  const end = cells.get(edge.to);
  if (start === undefined || end === undefined) return [];
  const way = [start];
  for (let rank = from + 1; rank < to; rank++) {
    const cell = makeCell({ key: "", width: 8, height: 0 });
    rows[rank].push(cell);
    way.push(cell);
  }
  way.push(end);
  for (let at = 1; at < way.length; at++) {
    way[at - 1].after.push(way[at]);
    way[at].before.push(way[at - 1]);
  }
  return way;
}

const mean = (cells: Cell[], otherwise: number): number =>
  cells.length === 0 ? otherwise : cells.reduce((sum, cell) => sum + cell.x, 0) / cells.length;

/** Move cells towards their neighbours, then apart as far as they overlap. */
function settle(row: Cell[], side: "before" | "after"): void {
  const wishes = new Map(row.map((cell) => [cell, mean(cell[side], cell.x)]));
  const wish = (cell: Cell): number => wishes.get(cell) ?? 0;
  row.sort((a, b) => wish(a) - wish(b));
  let right = Number.NEGATIVE_INFINITY;
  for (const cell of row) {
    cell.x = Math.max(wish(cell), right + nodeGap + cell.width / 2);
    right = cell.x + cell.width / 2;
  }
  const drift = row.reduce((sum, cell) => sum + cell.x - wish(cell), 0) / Math.max(1, row.length);
  for (const cell of row) cell.x -= drift;
}

/** Rank one container's inside. */
export function layerPlainly({ nodes, edges }: Flat): FlatPlaces {
  const ranks = ranksOf(nodes, edges);
  const cells = new Map(nodes.map((node) => [node.key, makeCell(node)]));
  const rows: Cell[][] = Array.from({ length: Math.max(0, ...ranks.values()) + 1 }, () => []);
  for (const [key, cell] of cells) rows[ranks.get(key) ?? 0].push(cell);
  const ways = new Map(edges.map((edge) => [edge.key, string(edge, cells, rows, ranks)]));
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const row of rows) settle(row, "before");
    for (const row of [...rows].reverse()) settle(row, "after");
  }
  const ys = new Map<Cell, number>();
  let top = 0;
  for (const row of rows) {
    const height = Math.max(0, ...row.map((cell) => cell.height));
    for (const cell of row) ys.set(cell, top + height / 2);
    top += height + rankGap;
  }
  const at = (cell: Cell): Point => [cell.x, ys.get(cell) ?? 0];
  return {
    nodes: Object.fromEntries([...cells].map(([key, cell]) => [key, at(cell)])),
    edges: Object.fromEntries([...ways].map(([key, way]) => [key, way.map(at)])),
    rails: {},
  };
}
