import { describe, expect, test } from "vitest";
import { fillRoom } from "../../src/draw/graph_columns";
import { type Graph, type Packed, readGraph } from "../../src/draw/graph_data";
import type { Point } from "../../src/draw/graph_flat";
import { look } from "../../src/draw/graph_fold";
import { layerPlainly } from "../../src/draw/graph_layers";
import { type Box, type Placement, place } from "../../src/draw/graph_place";
import type { Layering } from "../../src/draw/graph_sheet";
import { layer } from "../../src/graph_layout";
import { chain, deepUnet, dense, residual, sketch, unet } from "./graph_models";

interface Placed extends Placement {
  graph: Graph;
  box(id: string): Box;
  strands: { source: number; target: number }[];
}

async function placed(
  packed: Packed,
  open: string[],
  layering: Layering,
  room: [number, number],
): Promise<Placed> {
  const graph = readGraph(packed);
  const at = (id: string): number => graph.items.findIndex((item) => item.id === id);
  const { inside, leaves, strands } = look(graph, new Set(open.map(at)));
  const placement = await place(
    {
      inside: [...inside],
      parents: [...inside].flatMap(([outer, items]) =>
        items.map((item): [number, number] => [item, outer]),
      ),
      sizes: leaves.map((leaf, index) => {
        const isWide = graph.items[leaf].id.startsWith("wide");
        return [leaf, isWide ? 300 : 60 + 10 * (index % 5), isWide ? 60 : 26 + 14 * (index % 2)];
      }),
      strands: strands.map(({ source, target }) => [source, target]),
      titles: [...inside.keys()].map((item) => [item, 90]),
      inputs: graph.top.filter((item) => graph.items[item].kind === "input"),
      room,
    },
    layering,
  );
  const boxes = new Map(placement.boxes);
  const box = (id: string): Box => boxes.get(at(id)) ?? { left: 0, top: 0, width: 0, height: 0 };
  return { ...placement, graph, box, strands };
}

/** The worker's, and the page's own. */
const dagre: Layering = { rank: layer, fill: fillRoom };
const plain: Layering = { rank: layerPlainly, fill: () => undefined };
const tall: [number, number] = [900, 1e9];
const inside = ({ left, top, width, height }: Box, [x, y]: Point, by = 0): boolean =>
  x > left + by && x < left + width - by && y > top + by && y < top + height - by;

/** Points along what is drawn, not only its corners: S-curves with upright ends. */
function along(points: Point[]): Point[] {
  return points.slice(1).flatMap(([x, y], index): Point[] => {
    const [fromX, fromY] = points[index];
    const isStraight = Math.abs(fromX - x) < 0.5 || Math.abs(fromY - y) < 0.5;
    return Array.from({ length: 21 }, (_, step): Point => {
      const t = step / 20;
      const s = 1 - t;
      if (isStraight) return [fromX * s + x * t, fromY * s + y * t];
      const middle = (fromY + y) / 2;
      const aside = s ** 3 + 3 * s * s * t;
      const down = s ** 3 * fromY + 3 * s * t * middle + t ** 3 * y;
      return [fromX * aside + x * (1 - aside), down];
    });
  });
}

function leavesOf({ graph, boxes }: Placed): [number, Box][] {
  const holders = new Set(boxes.map(([item]) => graph.items[item].parent));
  return boxes.filter(([item]) => !holders.has(item));
}

/** A chain of which all but the ends lie in a group. */
function grouped(length: number): Packed {
  const nodes = ["in", ...Array.from({ length }, (_, at) => `g.n${at}`), "out"];
  return sketch({ nodes, wires: nodes.slice(1).map((id, at) => [nodes[at], id]) });
}

describe.each([
  ["dagre", dagre],
  ["plain", plain],
])("%s", (name, layering) => {
  const cases: [string, Packed, string[], [number, number]][] = [
    ["a residual block, closed", residual, [], tall],
    ["a residual block, open", residual, ["a"], tall],
    ["a U-Net", unet, [], tall],
    ["a U-Net with little room", unet, [], [900, 500]],
    ["a chain", chain(40), [], tall],
    ["a dense block, open", dense, ["a"], tall],
    ["a U-Net, opened on both sides", deepUnet, ["d1", "b1"], [900, 500]],
    ["a chain in columns within a group", grouped(40), ["g"], [900, 500]],
    ["a chain in columns", chain(40), [], [900, 500]],
    [
      "ways past what is wide",
      sketch({
        nodes: ["in", "wide1", "wide2", "wide3", "out"],
        wires: [
          ["in", "wide1"],
          ["wide1", "wide2"],
          ["wide2", "wide3"],
          ["wide3", "out"],
          ["in", "out"],
          ["in", "wide3"],
          ["wide1", "out"],
        ],
      }),
      [],
      tall,
    ],
    [
      "two ways of unlike lengths",
      sketch({
        nodes: ["in", "a.1", "a.2", "a.3", "b", "c", "out"],
        wires: [
          ["in", "a.1"],
          ["a.1", "a.2"],
          ["a.2", "a.3"],
          ["in", "b"],
          ["b", "c"],
          ["a.3", "c"],
          ["b", "out"],
          ["c", "out"],
        ],
      }),
      ["a"],
      tall,
    ],
  ];

  test.each(cases)(
    "%s: nothing overlaps, all lies in its container",
    async (_, packed, open, room) => {
      const found = await placed(packed, open, layering, room);
      const leaves = leavesOf(found);
      for (const [index, [, one]] of leaves.entries()) {
        for (const [, other] of leaves.slice(index + 1)) {
          const apart =
            one.left + one.width <= other.left ||
            other.left + other.width <= one.left ||
            one.top + one.height <= other.top ||
            other.top + other.height <= one.top;
          expect(apart).toBe(true);
        }
      }
      const boxes = new Map(found.boxes);
      for (const [item, box] of found.boxes) {
        const outer = boxes.get(found.graph.items[item].parent);
        const holder = outer ?? { left: 0, top: 0, width: found.width, height: found.height };
        expect(inside(holder, [box.left, box.top])).toBe(true);
        expect(inside(holder, [box.left + box.width, box.top + box.height])).toBe(true);
      }
    },
  );

  test.each(cases)(
    "%s: a line goes from its source to its target",
    async (_, packed, open, room) => {
      const found = await placed(packed, open, layering, room);
      const boxes = new Map(found.boxes);
      const touches = (box: Box | undefined, [x, y]: Point): boolean =>
        box !== undefined &&
        inside(
          { left: box.left - 1, top: box.top - 1, width: box.width + 2, height: box.height + 2 },
          [x, y],
        ) &&
        !inside(box, [x, y], 1);
      expect(found.ways).toHaveLength(found.strands.length);
      found.strands.forEach(({ source, target }, index) => {
        const way = found.ways[index].map((at) => found.segments[at]);
        expect(touches(boxes.get(source), way[0].points[0])).toBe(true);
        const last = way[way.length - 1];
        expect(touches(boxes.get(target), last.points[last.points.length - 1])).toBe(true);
        expect(last.target).toBe(target);
        expect(way.slice(0, -1).every((segment) => segment.target < 0)).toBe(true);
      });
    },
  );

  // The plain one keeps things apart; that lines keep clear of them is what dagre is for.
  const led = name === "plain" ? [] : cases;
  test.each(led)(
    "%s: no line goes through what it does not concern",
    async (_, packed, open, room) => {
      const found = await placed(packed, open, layering, room);
      const hits = found.strands.flatMap(({ source, target }, index) => {
        const points = found.ways[index].flatMap((at) => along(found.segments[at].points));
        return leavesOf(found)
          .filter(([item]) => item !== source && item !== target)
          .filter(([, box]) => points.some((point) => inside(box, point, 1)))
          .map(([item]) => `${source} → ${target} through ${item}`);
      });
      expect(hits).toEqual([]);
    },
  );
});

test("what is tall is cut into columns, and its first column holds what comes in", async () => {
  const one = await placed(chain(40), [], dagre, tall);
  const several = await placed(chain(40), [], dagre, [900, 500]);
  expect(one.height).toBeGreaterThan(1500);
  expect(several.height).toBeLessThan(one.height / 2);
  expect(several.box("n0").left).toBeLessThan(several.box("n39").left);
  expect(several.box("n1").top).toBeGreaterThan(several.box("n0").top);
});

test("a U-Net stands in a U: what is joined stands side by side", async () => {
  const { box, height } = await placed(unet, [], dagre, [900, 500]);
  const middle = (id: string): number => box(id).top + box(id).height / 2;
  for (const [down, up] of [
    ["d0", "c0"],
    ["d1", "c1"],
    ["d2", "c2"],
  ]) {
    expect(middle(down)).toBeCloseTo(middle(up), 0);
    expect(box(down).left + box(down).width).toBeLessThan(box(up).left);
  }
  expect(middle("out")).toBeLessThan(middle("c0"));
  expect(height).toBeLessThan((await placed(unet, [], dagre, tall)).height);
});

test("a U-Net stays one when its levels are opened, and flows upwards on its right", async () => {
  // Seen to fail when the opened side is not turned over, and when only closed things make a U.
  const { box, segments, graph } = await placed(deepUnet, ["d1", "b1"], dagre, [900, 500]);
  expect(box("d1").left + box("d1").width).toBeLessThan(box("b1").left);
  expect(box("d1.x").top).toBeLessThan(box("d1.y").top);
  expect(box("b1.x").top).toBeGreaterThan(box("b1.y").top);
  const at = graph.items.findIndex(({ id }) => id === "b1.y");
  const into = segments.find(({ target }) => target === at)?.points ?? [];
  expect(into[0][1]).toBeGreaterThan(into[into.length - 1][1]);
});

test("what a dense block skips runs on one rail, left of everything; a U-Net has none", async () => {
  // Seen to fail when each line is led by itself.
  const { segments, ways, strands, boxes, graph, box } = await placed(dense, ["a"], dagre, tall);
  const inner = boxes.filter(([item]) => graph.items[item].id.startsWith("a.l"));
  const left = Math.min(...inner.map(([, each]) => each.left));
  const skips = strands.flatMap(({ source, target }, index) => {
    const [from, to] = [source, target].map((item) => graph.items[item].id);
    const apart = Number(to.slice(-1)) - Number(from.slice(-1));
    return apart > 1 ? [segments[ways[index][0]]] : [];
  });
  expect(skips).toHaveLength(3);
  const lanes = skips.map(({ points }) => Math.min(...points.map(([x]) => x)));
  expect(new Set(lanes.map(Math.round)).size).toBe(1);
  expect(lanes[0]).toBeLessThan(left);
  expect(lanes[0]).toBeGreaterThan(box("a").left);
  const skipped = layer({
    nodes: ["d0", "d1", "c1", "c0"].map((key) => ({ key, width: 9, height: 9 })),
    edges: ["d0 d1", "d1 c1", "c1 c0", "d0 c0"].map((key) => {
      const [from, to] = key.split(" ");
      return { from, to, key, weight: 1 };
    }),
  });
  expect(skipped.rails).toEqual({});
});

test("many lines out of a container to one thing leave it together", async () => {
  // Seen to fail when each source has a port of its own.
  const { segments, ways, strands, graph } = await placed(dense, ["a"], dagre, tall);
  const cat = graph.items.findIndex(({ id }) => id === "cat");
  const last = strands.flatMap(({ source, target }, index) =>
    target === cat && graph.items[source].id !== "in" ? [ways[index].at(-1)] : [],
  );
  expect(last).toHaveLength(4);
  expect(new Set(last).size).toBe(1);
  expect(segments[last[0] ?? -1].target).toBe(cat);
});

test("a long group is cut into columns, too, and its lines end at its borders", async () => {
  // Seen to fail when only what is in no group is.
  const { box, ...found } = await placed(grouped(40), ["g"], dagre, [900, 500]);
  expect(box("g.n39").left).toBeGreaterThan(box("g.n0").left + box("g.n0").width);
  expect(box("g").height).toBeLessThan(1000);
  const out = found.segments.filter(({ points }) => points[0][1] < box("g").top + 30);
  expect(out.length).toBeGreaterThan(0);
  const bottom = box("g").top + box("g").height;
  const leaving = found.segments.filter(({ points, target }) => {
    const end = points[points.length - 1];
    return target < 0 && end[1] > box("g").top + 30 && Math.abs(end[1] - bottom) < 0.5;
  });
  expect(leaving).toHaveLength(1);
});

test("what comes in stands above where it is led to", async () => {
  // Seen to fail when it stays in the middle of a group that has columns.
  const { box } = await placed(grouped(40), ["g"], dagre, [900, 500]);
  expect(box("in").left + box("in").width / 2).toBeLessThan(box("g.n0").left + box("g.n0").width);
});

test("a large graph is laid out in bounded time", async () => {
  const nodes = Array.from({ length: 110 }, (_, index) => `n${index}`);
  const wires = nodes.flatMap((id, index) =>
    [1, 2, 7].map((by) => [id, nodes[index + by]] as const).filter(([, to]) => to !== undefined),
  );
  const began = performance.now();
  await placed(sketch({ nodes, wires }), [], dagre, [900, 600]);
  expect(performance.now() - began).toBeLessThan(20_000);
}, 30_000);
