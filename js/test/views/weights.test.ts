import { afterEach, beforeEach, expect, test } from "vitest";
import weights, { type Traits } from "../../src/views/weights";
import type { Packed } from "../../src/wire";
import { common, installBrowser, removeBrowser, render, settle } from "../fake_model";

beforeEach(installBrowser);
afterEach(removeBrowser);

function packed(data: Float32Array<ArrayBuffer>, shape: number[]): Packed {
  return { dtype: "float32", shape, data };
}

const layer: Traits["tensors"][number] = {
  name: "weight",
  shape: "2 × 3",
  dtype: "float32",
  matrix: [2, 3],
  mean: 0.5,
  spread: 1,
  low: -1,
  high: 2,
  norm: 3,
  broken: 0,
  counts: [1, 2, 3],
  ends: [-1, 2],
  rows: 2,
  columns: 3,
};

const traits: Traits = {
  ...common,
  tensors: [layer, { ...layer, name: "bias", dtype: "bfloat16", broken: 1200, mean: null }],
  cells: packed(new Float32Array(12), [12]),
  filters: null,
  filter_range: [0, 1],
};

test("each parameter has its facts, its map and its distribution", async () => {
  const view = await render(weights, traits);
  const [first, second] = view.all("tl-weight");
  expect(first.textContent).toContain("2 × 3 · mean 0.5 · spread 1 · norm 3");
  expect(second.textContent).toContain("2 × 3 bfloat16 · mean unknown");
  expect(second.textContent).toContain("1,200 NaN or infinite");
  expect(view.all("tl-heat")[0].getAttribute("aria-label")).toBe("weight 2 × 3, from −1 to 2");
  expect(first.querySelector("path")?.getAttribute("d")).toMatch(/^M0 40V/);
  expect(first.querySelector(".tl-weight-zero")?.getAttribute("x1")).toBe("42.7");
  expect(view.find("tl-filters").hidden).toBe(true);
});

test("fewer parameters leave none behind", async () => {
  const view = await render(weights, traits);
  view.model.publish({ tensors: [layer], cells: packed(new Float32Array(6), [6]) });
  await settle();
  expect(view.all("tl-weight").map((each) => each.hidden)).toEqual([false, true]);
});

test("filters are named", async () => {
  const filters = packed(new Float32Array(4 * 9), [1, 4, 3, 3, 1]);
  const view = await render(weights, { ...traits, filters, filter_range: [-2, 2] });
  expect(view.find("tl-filters").getAttribute("aria-label")).toBe("4 filters of 3 by 3");
  expect(view.el.textContent).toContain("4 filters, −2 to 2");
});

test("without parameters it says so", async () => {
  const view = await render(weights, { ...traits, tensors: [], cells: null });
  expect(view.find("tl-empty").textContent).toBe("No parameters to show");
});
