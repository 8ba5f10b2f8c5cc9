import { expect, test } from "vitest";
import { barsOf } from "../../src/draw/bars";
import { cellAt, heatSize } from "../../src/draw/heat_map";

test("cells are whole device pixels where they fit, and never larger than is good", () => {
  expect(heatSize(10, 20, 600, 1)).toEqual({ width: 280, height: 140 });
  expect(heatSize(64, 128, 600, 2)).toEqual({ width: 320, height: 160 });
  expect(heatSize(3, 128, 100, 1)).toEqual({ width: 100, height: 10 });
});

test("a cell names the block of the matrix that it stands for", () => {
  const size = { width: 128, height: 64 };
  expect(cellAt(1.5, 63, size, 64, 128, [64, 128])).toEqual({
    row: 63,
    column: 1,
    count: 1,
    words: "row 63, column 1",
  });
  expect(cellAt(127, 0, size, 64, 128, [65, 1000])).toEqual({
    row: 0,
    column: 127,
    count: 8,
    words: "row 0, columns 992–999",
  });
  expect(cellAt(128, 0, size, 64, 128, [64, 128])).toBeNull();
  expect(cellAt(0, -1, size, 64, 128, [64, 128])).toBeNull();
});

test("every number of a matrix belongs to one cell", () => {
  const size = { width: 7, height: 5 };
  let count = 0;
  for (let row = 0; row < 5; row++) {
    for (let column = 0; column < 7; column++) {
      count += cellAt(column + 0.5, row + 0.5, size, 5, 7, [23, 100])?.count ?? 0;
    }
  }
  expect(count).toBe(2300);
});

test("bars reach as high as their share of the most, and one is enough to be seen", () => {
  expect(barsOf([0, 10, 5, 1], 4, 20)).toBe("M0 20V20.0H1.0V0.0H2.0V10.0H3.0V18.0H4.0V20Z");
  expect(barsOf([1000, 1], 2, 10)).toContain("V9.0H2.0");
  expect(barsOf([0, 0], 2, 10)).toBe("");
});
