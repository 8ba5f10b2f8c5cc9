import { afterEach, expect, test, vi } from "vitest";
import { fillRoom } from "../../src/draw/graph_columns";
import type { Flat } from "../../src/draw/graph_flat";
import type { Request } from "../../src/draw/graph_place";
import type { Filling } from "../../src/draw/graph_sheet";
import { layer } from "../../src/graph_layout";
import { Layouter } from "../../src/parts/graph_layouter";

type Asked = { ask: number; flat?: Flat; filling?: Filling };

/** What the worker is, but in the page; it may fail to fill. */
function install(fills: boolean): void {
  class Fake extends EventTarget {
    terminate(): void {}
    postMessage(asked: Asked): void {
      const { ask, flat, filling } = structuredClone(asked);
      const filled = filling && fills ? fillRoom(filling) : undefined;
      const data = structuredClone({ ask, answer: flat ? layer(flat) : filled });
      this.dispatchEvent(new MessageEvent("message", { data }));
    }
  }
  vi.stubGlobal("Worker", Fake);
  vi.stubGlobal("URL", { createObjectURL: () => "blob:", revokeObjectURL: () => {} });
}

const count = 30;
const all = Array.from({ length: count }, (_, at) => at);
const chain: Request = {
  inside: [[-1, all]],
  parents: all.map((at) => [at, -1]),
  sizes: all.map((at) => [at, 80, 30]),
  strands: all.slice(1).map((at) => [at - 1, at]),
  ...{ titles: [], inputs: [0], room: [900, 500] },
};

afterEach(() => {
  vi.unstubAllGlobals();
});

test("the worker ranks, and moves what is tall into columns", async () => {
  // Seen to fail when what it moved is not taken over.
  install(true);
  const { signal } = new AbortController();
  const { height, boxes } = await new Layouter(Promise.resolve("worker"), signal).place(chain);
  expect(height).toBeLessThan(700);
  const lefts = boxes.map(([, { left }]) => left);
  expect(Math.max(...lefts)).toBeGreaterThan(Math.min(...lefts) + 80);
});

test("what the worker cannot move stays in one column", async () => {
  // Seen to fail when the worker's answer is taken whatever it is.
  install(false);
  const { signal } = new AbortController();
  const { height } = await new Layouter(Promise.resolve("worker"), signal).place(chain);
  expect(height).toBeGreaterThan(count * 30);
});
