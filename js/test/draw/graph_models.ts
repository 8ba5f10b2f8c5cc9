/** Small graphs, packed as the kernel packs them. */
import type { Packed } from "../../src/draw/graph_data";

type Wire = readonly [source: string, target: string, shape?: number[]];

export interface Sketch {
  /** Ids of nodes in order; "a.b" lies in the group "a". */
  nodes: string[];
  wires: Wire[];
  repeats?: { label: string; group: string; members: string[][] }[];
  failures?: Record<string, string>;
}

const kindOf = (id: string): number => (id.startsWith("in") ? 0 : id.startsWith("out") ? 6 : 1);

/** Groups are those that the nodes' ids name. */
export function sketch({ nodes, wires, repeats = [], failures = {} }: Sketch): Packed {
  const texts = [""];
  const shapes: number[][] = [];
  const known = new Map<unknown, Map<string, number>>();
  const place = (table: unknown[], value: unknown): number => {
    const places = known.get(table) ?? new Map([[JSON.stringify(""), 0]]);
    known.set(table, places);
    const key = JSON.stringify(value);
    const found = places.get(key) ?? table.push(value) - 1;
    places.set(key, found);
    return found;
  };
  const order = new Map(nodes.map((id, index) => [id, index]));
  const shapeOf = new Map([...wires].reverse().map(([id, , shape]) => [id, shape]));
  const outer = (id: string): string => id.split(".").slice(0, -1).join(".");
  const groups: string[] = [];
  for (const id of nodes) {
    const parts = id.split(".");
    for (let length = 1; length < parts.length; length++) {
      const group = parts.slice(0, length).join(".");
      if (!groups.includes(group)) groups.push(group);
    }
  }
  const text = (value: string): number => place(texts, value);
  const at = (id: string): number => order.get(id) ?? -1 - groups.indexOf(id);
  return {
    nodes: nodes.map((id) => {
      const shape = shapeOf.get(id) ?? [1];
      const row: Packed["nodes"][number] = [id, kindOf(id), text(`N${id}`), text(id)] as never;
      const rest = [groups.indexOf(outer(id)), text(""), [place(shapes, shape)], [text("float32")]];
      return [...row, ...rest, 10, 1, 1] as never;
    }),
    groups: groups.map((id) => {
      const parent = groups.indexOf(outer(id));
      return [id, text("Block"), text(id), parent, text(""), text("things"), 20, 1, 1];
    }),
    repeats: repeats.map(({ label, group, members }) => [
      `repeat:${members[0][0]}`,
      label,
      groups.indexOf(group),
      members.map((each) => each.map(at)),
      true,
    ]),
    edges: wires.map(([source, target, shape = [1]]) => [
      order.get(source) ?? -1,
      order.get(target) ?? -1,
      place(shapes, shape),
      text("float32"),
      0,
      text("0"),
    ]),
    failures,
    texts,
    shapes,
  };
}

/** in → a { a.one → a.two, with a line past them } → b → out */
export const residual = sketch({
  nodes: ["in", "a.one", "a.two", "a.add", "b", "out"],
  wires: [
    ["in", "a.one", [1, 8]],
    ["in", "a.add", [1, 8]],
    ["a.one", "a.two", [1, 16]],
    ["a.two", "a.add", [1, 8]],
    ["a.add", "b", [1, 8]],
    ["b", "out", [1, 2]],
  ],
});

/** Down three levels and up again, each joined to its like. */
const levels = ["in", "d0", "p0", "d1", "p1", "d2", "p2", "m"];
const way = [...levels, ...[2, 1, 0].flatMap((at) => [`u${at}`, `c${at}`, `b${at}`]), "out"];

export const unet = sketch({
  nodes: way,
  wires: [
    ...way.slice(1).map((id, index): Wire => [way[index], id]),
    ...[0, 1, 2].map((at): Wire => [`d${at}`, `c${at}`]),
  ],
  repeats: [
    { label: "3 × (D, P)", group: "", members: [0, 1, 2].map((at) => [`d${at}`, `p${at}`]) },
  ],
});

export function chain(length: number): Packed {
  const nodes = Array.from({ length }, (_, index) => `n${index}`);
  return sketch({
    nodes,
    wires: nodes.slice(1).map((id, index): Wire => [nodes[index], id]),
  });
}

/** in → four layers, each fed by all before it → cat → out; the layers lie in a group. */
const layers = [0, 1, 2, 3].map((at) => `a.l${at}`);

export const dense = sketch({
  nodes: ["in", ...layers, "cat", "out"],
  wires: [
    ...[...layers, "cat"].map((id): Wire => ["in", id]),
    ...layers.flatMap((id, at) =>
      [...layers.slice(at + 1), "cat"].map((to): Wire => [id, to, [1, 4]]),
    ),
    ["cat", "out"],
  ],
});

/** The U-Net, but a level is a group of two on the way down, and one on the way up. */
const deep = (id: string): string[] => (/^[db]1$/.test(id) ? [`${id}.x`, `${id}.y`] : [id]);
const deepWay = way.flatMap(deep);

export const deepUnet = sketch({
  nodes: deepWay,
  wires: [
    ...deepWay.slice(1).map((id, index): Wire => [deepWay[index], id]),
    ...[0, 1, 2].map((at): Wire => [deep(`d${at}`).at(-1) ?? "", `c${at}`]),
  ],
});
