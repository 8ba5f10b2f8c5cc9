/** The web worker that lays containers out. It is a bundle of its own and travels once a kernel. */
import { graphlib, layout } from "@dagrejs/dagre";
import { fillRoom } from "./draw/graph_columns";
import type { Flat, FlatPlaces, Point } from "./draw/graph_flat";
import { railGap, railsOf } from "./draw/graph_rail";
import type { Filling } from "./draw/graph_sheet";

const spacing = { rankdir: "TB", nodesep: 20, ranksep: 22, edgesep: 14, marginx: 0, marginy: 0 };
/** Ties the ways in to the first rank, and the ways out to the last. */
const [first, last] = ["first", "last"];

/** Rank one container's inside with dagre. */
export function layer({ nodes, edges }: Flat): FlatPlaces {
  const graph = new graphlib.Graph({ directed: true, multigraph: true });
  const keys = nodes.map(({ key }) => key);
  const rails = railsOf(keys, edges);
  graph.setGraph(rails.size > 0 ? { ...spacing, ranksep: railGap } : spacing);
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { key, width, height } of nodes) graph.setNode(key, { width, height });
  const led = edges.filter(({ key }) => !rails.has(key));
  for (const { from, to, key, weight } of led) graph.setEdge(from, to, { weight }, key);
  const tie = (anchor: string, port: string, from: string, to: string): void => {
    if (!graph.hasNode(anchor)) graph.setNode(anchor, { width: 0, height: 0 });
    // Heavier than what leads on from there, which would pull it along.
    graph.setEdge(from, to, { weight: 64 }, `tie ${port}`);
  };
  for (const { key } of nodes) {
    if (key.startsWith("in ")) tie(first, key, first, key);
    if (key.startsWith("out ")) tie(last, key, key, last);
  }
  layout(graph);
  const places: FlatPlaces = { nodes: {}, edges: {}, rails: Object.fromEntries(rails) };
  for (const { key } of nodes) places.nodes[key] = [graph.node(key).x, graph.node(key).y];
  for (const { from, to, key } of led) {
    const { points } = graph.edge(from, to, key);
    places.edges[key] = points.map(({ x, y }: { x: number; y: number }): Point => [x, y]);
  }
  return places;
}

/** One of the two is to be done. */
interface Asked {
  ask: number;
  flat?: Flat;
  filling?: Filling;
}

/** Answer a page's questions. */
function serve(scope: Pick<Worker, "postMessage" | "addEventListener">): void {
  scope.addEventListener("message", (event) => {
    const { ask, flat, filling } = (event as MessageEvent<Asked>).data;
    try {
      const answer = flat ? layer(flat) : filling && fillRoom(filling);
      scope.postMessage({ ask, answer });
    } catch (error) {
      scope.postMessage({ ask, problem: String(error) });
    }
  });
}

if (typeof document === "undefined") serve(self as unknown as Worker);
