import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Crosshair } from "../../src/parts/curves_crosshair";
import type { Plotted } from "../../src/parts/curves_lines";

const looks = {
  run: "",
  group: 0,
  color: "#123456",
  dash: "solid",
  shown: true,
  drawn: true,
  last: "",
  note: "",
  minimum: "",
  maximum: "",
  count: "",
  best: "",
};
const nan = Number.NaN;
const train: Plotted = {
  series: { ...looks, key: 1, name: "train" },
  raw: { x: [nan, 0, 1, 2, 3], y: [nan, 4, 5, nan, 6.25] },
  smooth: { x: [0, 1, 2, 3], y: [4, 4.5, nan, 5] },
};
const val: Plotted = {
  series: { ...looks, key: 2, name: "val" },
  raw: { x: [1.5], y: [9] },
  smooth: null,
};
const sent: [number, number][] = [];
const stop = new AbortController();
let crosshair: Crosshair;

beforeEach(() => {
  vi.useFakeTimers();
  sent.length = 0;
  crosshair = new Crosshair("me", (at, ask) => void sent.push([at, ask]), stop.signal);
});
afterEach(() => vi.useRealTimers());

test("stands on the nearest drawn value and reads every line", () => {
  crosshair.stand(2.6, [train, val]);
  expect(crosshair.place).toBe(3);
  const { readings, dots } = crosshair.read([train, val], {});
  expect(readings.map(({ name, value, aside }) => [name, value, aside])).toEqual([
    ["train", "5", "6.25"],
    ["val", "9", ""],
  ]);
  expect(dots.map(({ x, y }) => [x, y])).toEqual([
    [3, 5],
    [1.5, 9],
  ]);
  expect(crosshair.heading("step", {})).toBe("step 3");
});

test("goes from point to point, over gaps, and stays at the end", () => {
  const places = [1, 1, 1, 1, 1].map((way) => {
    crosshair.move(way, [train, val], 0);
    return crosshair.place;
  });
  expect(places).toEqual([0, 1, 1.5, 3, 3]);
  crosshair.move(-2, [train, val], 0);
  expect(crosshair.place).toBe(1);
});

test("asks the kernel once it rests, and believes only the answer to that", () => {
  crosshair.stand(0, [train]);
  vi.advanceTimersByTime(100);
  crosshair.stand(1, [train]);
  vi.advanceTimersByTime(130);
  expect(sent).toEqual([[1, 1]]);
  const told = { client: "me", ask: 1, heading: "step 1 · epoch 2", rows: [[1, "5.0001", "1"]] };
  const answer = { ...told, rows: [[1, "5.0001", "1"] as [number, string, string]] };
  expect(crosshair.read([train], answer).readings[0].aside).toBe("5.0001");
  expect(crosshair.heading("step", answer)).toBe("step 1 · epoch 2");
  expect(crosshair.read([train], { ...answer, client: "you" }).readings[0].aside).toBe("5");
  crosshair.stand(3, [train]);
  expect(crosshair.read([train], answer).readings[0].aside).toBe("6.25");
});
