import { expect, test } from "vitest";
import { layIcicle, neighbour } from "../../src/draw/shares_icicle";
import { tellingParts, topParts } from "../../src/draw/shares_parts";
import { layPie } from "../../src/draw/shares_pie";
import type { SharesTree } from "../../src/draw/shares_tree";
import { nameOf, partOf } from "../../src/parts/shares_marks";
import { network, type Row, treeOf } from "../shares_traits";

const parameters = 0;
const flops = 1;

function namesOf(tree: SharesTree, parts: ReturnType<typeof topParts>): string[] {
  return [...parts.parts, ...(parts.others === null ? [] : [parts.others])].map(
    (each) => `${nameOf(tree, each)} ${each.value}`,
  );
}

/** A model of blocks of these sizes, of two equal parts each. */
function blocks(sizes: readonly number[]): Row[] {
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  const rows = sizes.flatMap((size, at): Row[] => [
    { name: `block${at}`, depth: 1, section: at + 1, values: [size, 0, 0] },
    { name: "a", depth: 2, section: at + 1, values: [size / 2, 0, 0] },
    { name: "b", depth: 2, section: at + 1, values: [size / 2, 0, 0] },
  ]);
  return [{ name: "", depth: 0, type: "Model", values: [whole, 0, 0] }, ...rows];
}

test("a tree knows paths, and what is in a module adds up to it", () => {
  const tree = treeOf(network);
  expect([0, 1, 4, 5].map((row) => tree.path(row))).toEqual([
    "Net",
    "stem",
    "body.0.conv",
    "body.0.4 more",
  ]);
  for (const row of [0, 2, 3]) {
    const inside = tree.within(parameters, row);
    const sum = inside.reduce((total, each) => total + each.value, 0);
    expect(sum).toBe(tree.value(parameters, row));
    expect(inside.every((each) => each.value > 0)).toBe(true);
  }
  expect(tree.within(parameters, 2).map((each) => each.kind)).toEqual(["module", "module", "own"]);
  expect(tree.within(parameters, 3)[1]).toMatchObject({ kind: "rest", row: 3, count: 4 });
});

test("bars show leaves where they hold much, and lose nothing", () => {
  const tree = treeOf(network);
  const parts = tellingParts(tree, parameters, 12);
  expect(namesOf(tree, parts)).toEqual([
    "body.0.conv 59",
    "body.1 30",
    "stem 8",
    "body itself 2",
    "4 more in body.0 1",
  ]);
  expect(namesOf(tree, tellingParts(tree, flops, 12))).toEqual([
    "body.0 150",
    "stem 100",
    "head 100",
    "body.1 50",
  ]);
});

test("bars stay blocks where leaves would all be among the others", () => {
  const even = treeOf(blocks(Array(12).fill(10)));
  const parts = tellingParts(even, parameters, 12);
  expect(parts.others).toBeNull();
  expect(parts.parts.map((each) => even.name(each.row))).toContain("block11");
  const uneven = treeOf(blocks([1000, ...Array(20).fill(1)]));
  const some = tellingParts(uneven, parameters, 12);
  expect(namesOf(uneven, some).slice(0, 2)).toEqual(["block0.a 500", "block0.b 500"]);
  expect(some.parts).toHaveLength(12);
  expect(some.others).toMatchObject({ value: 10, count: 10 });
});

test("one module is one bar, and one left over is shown as itself", () => {
  const alone = treeOf([{ name: "", depth: 0, values: [5, 0, 0] }]);
  expect(namesOf(alone, tellingParts(alone, parameters, 12))).toEqual(["Linear 5"]);
  expect(tellingParts(alone, flops, 12)).toEqual({ parts: [], others: null });
  const tree = treeOf(blocks([5, 4, 3]));
  expect(topParts(tree, parameters, 2).parts).toHaveLength(3);
});

test("a pie shows the parts of the model, those of what almost is the model included", () => {
  const tree = treeOf(network);
  expect(namesOf(tree, topParts(tree, parameters, 7))).toEqual(["body 92", "stem 8"]);
  const opened = network.map((row, at) => (at === 2 ? { ...row, section: 0 } : row));
  const inner = treeOf(opened);
  expect(namesOf(inner, topParts(inner, parameters, 7))).toEqual([
    "body.0 60",
    "body.1 30",
    "stem 8",
    "body itself 2",
  ]);
});

test("slivers of a pie go together, and a module whose children hold nothing is whole", () => {
  const tree = treeOf(blocks([10000, 3000, 12, 8]));
  expect(namesOf(tree, topParts(tree, parameters, 7))).toEqual([
    "block0 10000",
    "block1 3000",
    "2 others 20",
  ]);
  const attention = treeOf([
    { name: "", depth: 0, type: "Attention", values: [8, 5, 0] },
    { name: "out_proj", depth: 1, section: 1, values: [4, 0, 0] },
  ]);
  expect(attention.within(flops, 0)).toEqual([]);
  expect(attention.within(parameters, 0).map((each) => each.value)).toEqual([4, 4]);
  expect([partOf(1, 10000), partOf(6, 10000), partOf(0, 9)]).toEqual(["< 0.1 %", "0.1 %", "0.0 %"]);
});

test("labels of a pie stand in order, apart, within the picture, and as near as they can", () => {
  const heights = (values: number[]): number[] =>
    layPie(values, 50, 260, 31)
      .filter(({ side }) => side === "left")
      .map(({ to }) => to[1])
      .sort((one, other) => one - other);
  const crowded = heights([600, 280, 80, 30, 8, 2]);
  expect(crowded).toHaveLength(5);
  for (const [place, y] of crowded.slice(1).entries()) {
    expect(y - crowded[place]).toBeGreaterThanOrEqual(31 - 1e-9);
  }
  // The middle of those that crowd is the middle of their slices.
  const turns = [(600 + 280 / 2) / 1000, 0.92, 0.975, 0.994, 0.999];
  const slices = turns.map((turn) => -60 * Math.cos(2 * Math.PI * turn));
  const mean = (all: number[]): number => all.reduce((sum, y) => sum + y, 0) / all.length;
  expect(mean(crowded)).toBeCloseTo(mean(slices), 6);
  const most = heights([9, ...Array(7).fill(1)]);
  expect([most[0], most.at(-1)].every((y) => Math.abs(y ?? 999) <= 130 - 15)).toBe(true);
});

test("boxes of an icicle are as wide as what they hold, below their parents", () => {
  const tree = treeOf(network);
  const boxes = layIcicle(tree, parameters, 0, 1000, 9);
  const names = boxes.map((box) => `${box.level} ${nameOf(tree, box.share)}`);
  expect(names).toEqual([
    "0 Net",
    "1 stem",
    "1 body",
    "2 body.0",
    "2 body.1",
    "2 body itself",
    "3 body.0.conv",
    "3 4 more in body.0",
  ]);
  expect(boxes.map((box) => box.width)).toEqual([1000, 80, 920, 600, 300, 20, 590, 10]);
  expect(boxes[3].left).toBe(80);
  expect(layIcicle(tree, parameters, 0, 1000, 2)).toHaveLength(3);
  expect(layIcicle(tree, parameters, 7, 1000, 9)).toEqual([]);
  expect(layIcicle(tree, parameters, 3, 600, 9).map((box) => box.width)).toEqual([600, 590, 10]);
});

test("what is too narrow to see stands together", () => {
  const tree = treeOf(blocks([900, ...Array(50).fill(2), 900]));
  const boxes = layIcicle(tree, parameters, 0, 600, 2).slice(1);
  expect(boxes.map((box) => box.share.kind)).toEqual(["module", "rest", "module"]);
  expect(boxes[1].share).toMatchObject({ value: 100, count: 50, row: 0 });
  const whole = boxes.reduce((sum, box) => sum + box.share.value, 0);
  expect(whole).toBe(1900);
});

test("arrows lead from box to box", () => {
  const tree = treeOf(network);
  const boxes = layIcicle(tree, parameters, 0, 1000, 9);
  const go = (...keys: string[]): string => {
    const end = keys.reduce((at, key) => neighbour(boxes, at, key), 0);
    return nameOf(tree, boxes[end].share);
  };
  expect(go("ArrowDown")).toBe("body");
  expect(go("ArrowDown", "ArrowLeft")).toBe("stem");
  expect(go("ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowDown")).toBe("stem");
  expect(go("ArrowDown", "ArrowDown", "ArrowRight")).toBe("body.1");
  expect(go("ArrowDown", "ArrowDown", "ArrowDown")).toBe("body.0.conv");
  expect(go("ArrowDown", "ArrowDown", "ArrowUp")).toBe("body");
  expect(go("ArrowUp")).toBe("Net");
});

test("slices go round, and their labels stay apart and within", () => {
  const slices = layPie([70, 20, 3, 2, 2, 2, 1], 100, 260);
  expect(slices.map((each) => each.side)).toEqual([
    "right",
    "left",
    "left",
    "left",
    "left",
    "left",
    "left",
  ]);
  const heights = slices
    .slice(1)
    .map((each) => each.to[1])
    .sort((one, other) => one - other);
  heights.forEach((height, at) => {
    expect(Math.abs(height)).toBeLessThanOrEqual(130);
    if (at > 0) expect(height - heights[at - 1]).toBeGreaterThanOrEqual(17.99);
  });
  expect(slices[0].outline).toMatch(/^M0 0L0\.00 -100\.00A100 100 0 1 1 /);
  expect(layPie([99, 0.01, 0.01], 100, 260).map((each) => each.side)).toEqual([
    "right",
    "left",
    "left",
  ]);
  expect(layPie([5], 100, 260)[0].outline.match(/A/g)).toHaveLength(2);
});
