/** Lines that skip much and share their ends, as those of a dense block, run together on a rail. */
import type { FlatEdge, Point } from "./graph_flat";

/** A thing with so many skips has too many to draw each by itself. */
const many = 3;
/** So few ends have a rail each. */
const few = 3;
export const railWidth = 14;
/** Between the rows of a container that has rails. */
export const railGap = 34;

/** All that each node leads to, however far; `edges` lead on in the order of `keys`. */
function reachOf(keys: string[], edges: FlatEdge[]): Map<string, Set<string>> {
  const next = new Map(keys.map((key): [string, string[]] => [key, []]));
  for (const { from, to } of edges) next.get(from)?.push(to);
  const reach = new Map<string, Set<string>>();
  const visit = (key: string): Set<string> => {
    let found = reach.get(key);
    if (found === undefined) {
      found = new Set();
      reach.set(key, found);
      for (const to of next.get(key) ?? []) {
        found.add(to);
        for (const each of visit(to)) found.add(each);
      }
    }
    return found;
  };
  for (const key of [...keys].reverse()) visit(key);
  return reach;
}

function countBy(edges: FlatEdge[], end: "from" | "to"): Map<string, number> {
  const counts = new Map<string, number>();
  for (const edge of edges) counts.set(edge[end], (counts.get(edge[end]) ?? 0) + 1);
  return counts;
}

/**
 * Find the edges that run on rails, and which rail each of them takes, from 0. They are those that
 * only skip what their ends are joined by anyhow: without them the order stays the same.
 */
export function railsOf(keys: string[], edges: FlatEdge[]): Map<string, number> {
  const reach = reachOf(keys, edges);
  const skips = edges.filter(({ from, to }) =>
    edges.some((edge) => edge.from === from && edge.to !== to && reach.get(edge.to)?.has(to)),
  );
  const [out, into] = [countBy(skips, "from"), countBy(skips, "to")];
  const dense = skips.filter(
    ({ from, to }) => (out.get(from) ?? 0) >= many || (into.get(to) ?? 0) >= many,
  );
  const [sources, targets] = [countBy(dense, "from"), countBy(dense, "to")].map((each) => [
    ...each.keys(),
  ]);
  const railOf = ({ from, to }: FlatEdge): number => {
    if (sources.length <= few) return sources.indexOf(from);
    return targets.length <= few ? targets.indexOf(to) : 0;
  };
  return new Map(dense.map((edge) => [edge.key, railOf(edge)]));
}

/** Between two ends, the way onto a rail and off it, halfway to the rows beside. */
export function onRail(x: number, bottom: number, top: number): Point[] {
  const by = railGap / 2;
  return [
    [x, Math.min(bottom + by, (bottom + top) / 2)],
    [x, Math.max(top - by, (bottom + top) / 2)],
  ];
}
