import { expect, test } from "vitest";
import { holds, readGraph } from "../../src/draw/graph_data";
import { svgFile } from "../../src/draw/graph_export";
import type { Point } from "../../src/draw/graph_flat";
import { drawScene, flag, pathOf, type Scene } from "../../src/draw/graph_paint";
import { vector } from "../../src/parts/elements";
import { sketch } from "./graph_models";

/** Where the shape is written that leaves one thing by these lines. */
function written(width: number, ...lines: Point[][]): [across: number, anchor: string | null] {
  const segments = lines.map((points) => ({ source: 0, points, target: -2 }));
  const scene = {
    ...{ graph: { items: [], top: [], edges: [] }, label: () => "" },
    visible: { inside: new Map(), leaves: [], strands: [] },
    placement: { boxes: [], segments, ways: [], width, height: 500 },
    ...{ boxes: new Map(), faces: new Map(), beside: new Map([[0, "1×64×56×56"]]) },
  } satisfies Scene;
  const world = vector("g");
  drawScene(world, scene);
  const text = world.querySelector(".tl-graph-shape");
  return [Number(text?.getAttribute("x")), text?.getAttribute("text-anchor") ?? null];
}

test("a shape stands beside its line, where the line does not turn to", () => {
  // Seen to fail when it always stands on the right.
  const to = (...points: Point[]): Point[] => [[100, 40], ...points];
  expect(written(400, to([100, 90]))).toEqual([106, null]);
  expect(written(400, to([60, 70]))).toEqual([106, null]);
  expect(written(400, to([150, 70]))).toEqual([94, "end"]);
  expect(written(400, to([100, 62], [160, 62], [160, 10]))).toEqual([94, "end"]);
  // A corner far aside passes beneath, and a slight turn leaves room.
  expect(written(400, to([100, 62], [200, 62], [200, 10]))).toEqual([106, null]);
  expect(written(400, to([112, 70]))).toEqual([106, null]);
  // A turn that is far off does not matter, and of two sides either is as good.
  expect(written(400, to([150, 200]))).toEqual([106, null]);
  expect(written(400, to([150, 70]), to([50, 70]))).toEqual([106, null]);
});

test("a shape stays in the picture", () => {
  // Seen to fail when only the line decides.
  expect(
    written(130, [
      [100, 40],
      [100, 90],
    ]),
  ).toEqual([94, "end"]);
  expect(
    written(400, [
      [20, 40],
      [90, 70],
    ]),
  ).toEqual([26, null]);
});

test("a line bends only between rows", () => {
  expect(
    pathOf([
      [0, 0],
      [0, 10],
      [20, 30],
    ]),
  ).toBe("M0 0L0 10C0 20 20 20 20 30");
});

test("from below an arrow ends at the lowest sheet of what is closed", () => {
  // Seen to fail when it always ends where the line does.
  const { items } = readGraph(sketch({ nodes: ["a.b", "c"], wires: [["a.b", "c"]] }));
  const group = items.findIndex(holds);
  const arrow = (target: number, from: Point, to: Point): string => {
    const world = vector("g");
    drawScene(world, {
      ...{ graph: { items, top: [], edges: [] }, label: () => "" },
      visible: { inside: new Map(), leaves: [], strands: [] },
      placement: {
        ...{ boxes: [], ways: [], width: 100, height: 100 },
        segments: [{ source: -2, points: [from, to], target }],
      },
      ...{ boxes: new Map(), faces: new Map(), beside: new Map() },
    } satisfies Scene);
    return world.querySelector(".tl-graph-arrow")?.getAttribute("d") ?? "";
  };
  expect(arrow(group, [50, 90], [50, 40])).toContain("L50 43.5L");
  expect(arrow(group, [50, 10], [50, 40])).toContain("L50 39.5L");
  const single = items.findIndex((item) => !holds(item));
  expect(arrow(single, [50, 90], [50, 40])).toContain("L50 40.5L");
});

test("a saved picture has its badges", () => {
  // Seen to fail when circles are left out, and when texts stand where they begin.
  const [world, handle] = [vector("g"), vector("g")];
  world.append(handle);
  flag(handle, [{ key: "silent", label: "", unit: "", kind: "flag", values: {} }], 80);
  const file = svgFile(world, { width: 100, height: 50 }, "white", "a graph");
  expect(file).toMatch(/<circle cx="76" cy="1" r="7.5"/);
  expect(file).toMatch(/<text [^>]*text-anchor="middle"/);
});
