import { describe, expect, test } from "vitest";
import { diverging, markOf, readTheme } from "../../src/draw/colours";
import { paintGrid } from "../../src/draw/image_grid";
import { cornerOf, layImages, placeAt } from "../../src/draw/image_layout";
import {
  colourTable,
  type Images,
  paintRow,
  pixelValues,
  type RowStyle,
} from "../../src/draw/pictures";

const grey: RowStyle = { kind: "sequential", range: [0, 1] };

function images(values: number[], shape: [number, number, number, number, number]): Images {
  const [rows, count, height, width, channels] = shape;
  return { data: Float32Array.from(values), rows, count, height, width, channels };
}

/** Paint one image at its own size and return its RGBA pixels. */
function paint(values: number[], channels: number, style: RowStyle, dark = false): number[][] {
  const width = values.length / channels;
  const raster = { data: new Uint8ClampedArray(width * 4), width, height: 1 };
  const whole = { left: 0, top: 0, width, height: 1 };
  paintRow(images(values, [1, 1, 1, width, channels]), 0, style, dark, raster, () => whole);
  return Array.from({ length: width }, (_, x) => [...raster.data.subarray(x * 4, x * 4 + 4)]);
}

describe("one channel", () => {
  test("is a grey ramp over the range, cut at its ends", () => {
    const shades = paint([-3, 0, 0.5, 1, 9], 1, grey).map(([red, green, blue]) => {
      expect([green, blue]).toEqual([red, red]);
      return red;
    });
    expect(shades).toEqual([0, 0, 128, 255, 255]);
  });

  test("follows the range it is given", () => {
    const shades = paint([-1, 1], 1, { kind: "sequential", range: [-1, 3] }).map(([red]) => red);
    expect(shades).toEqual([0, 128]);
  });

  test("shows NaN in a colour that no value has", () => {
    const [[red, green, blue]] = paint([Number.NaN], 1, grey);
    expect(red).toBeGreaterThan(green + 80);
    expect(blue).toBeGreaterThan(green + 80);
  });
});

describe("signed values", () => {
  const style: RowStyle = { kind: "diverging", range: [-0.5, 0.2] };
  test("zero is white in the light and near black in the dark", () => {
    expect(paint([0], 1, style)).toEqual([[255, 255, 255, 255]]);
    expect(Math.max(...paint([0], 1, style, true)[0].slice(0, 3))).toBeLessThan(40);
  });

  test("the two signs are centred on zero: blue below, orange above", () => {
    const [below, above] = paint([-0.4, 0.4], 1, style);
    expect(below[2]).toBeGreaterThan(below[0]);
    expect(above[0]).toBeGreaterThan(above[2]);
    expect(paint([-0.5], 1, style)[0].slice(0, 3)).toEqual([...diverging(-1, false)]);
    expect(paint([0.5], 1, style)[0].slice(0, 3)).toEqual([...diverging(1, false)]);
  });

  test.each([true, false])("grow away from zero steadily (dark: %s)", (dark) => {
    const table = colourTable(style, dark);
    const light = (index: number): number =>
      table[index * 3] + table[index * 3 + 1] + table[index * 3 + 2];
    const far = [512, 448, 384, 320, 256].map(light);
    expect([...far].sort((a, b) => (dark ? b - a : a - b))).toEqual(far);
  });
});

describe("colour", () => {
  test("three channels over the range", () => {
    expect(paint([0, 0.5, 1], 3, grey)).toEqual([[0, 128, 255, 255]]);
  });
  test("four channels keep their alpha", () => {
    expect(paint([0, 0.5, 1, 0.5], 4, grey)).toEqual([[0, 128, 255, 128]]);
  });
  test("one NaN channel marks the pixel", () => {
    const [[red, green]] = paint([0, Number.NaN, 0], 3, grey);
    expect(red).toBeGreaterThan(green + 80);
  });
});

test("enlarging repeats pixels and invents none", () => {
  const raster = { data: new Uint8ClampedArray(6 * 4 * 4), width: 6, height: 4 };
  const target = { left: 0, top: 0, width: 6, height: 4 };
  paintRow(images([0, 1, 1, 0], [1, 1, 2, 2, 1]), 0, grey, false, raster, () => target);
  const red = Array.from({ length: 24 }, (_, index) => raster.data[index * 4]);
  const [left, right] = [
    [0, 0, 0, 255, 255, 255],
    [255, 255, 255, 0, 0, 0],
  ];
  expect(red).toEqual([...left, ...left, ...right, ...right]);
});

test("reads values in C order", () => {
  const data = images(
    Array.from({ length: 48 }, (_, index) => index),
    [2, 2, 2, 2, 3],
  );
  expect(pixelValues(data, 1, 0, 1, 0)).toEqual([30, 31, 32]);
});

describe("layout", () => {
  const digits = { rows: 3, count: 10, height: 8, width: 8 };
  const space = { width: 520, ratio: 1, captionHeight: 0 };

  test("puts ten digits in one band at a whole scale", () => {
    const layout = layImages(digits, space);
    expect([layout.columns, layout.bands, layout.even]).toEqual([10, 1, true]);
    expect(layout.cellWidth % 8).toBe(0);
    expect(layout.cellWidth).toBeGreaterThanOrEqual(40);
    expect(layout.canvasWidth).toBeLessThanOrEqual(520);
  });

  test("wraps a block of rows as one when it is narrow", () => {
    const layout = layImages(digits, { ...space, width: 300 });
    expect(layout.columns).toBeLessThan(10);
    expect(layout.bands).toBe(Math.ceil(10 / layout.columns));
    const wrapped = cornerOf(layout, 0, layout.columns);
    const lastRow = cornerOf(layout, 2, 0);
    expect(wrapped.left).toBe(0);
    expect(wrapped.top).toBeGreaterThan(lastRow.top + layout.cellHeight);
  });

  test("shows few images larger, and one no larger than it needs", () => {
    const few = layImages({ ...digits, count: 2 }, space);
    expect(few.cellWidth).toBeGreaterThan(80);
    expect(few.cellWidth).toBeLessThanOrEqual(128);
  });

  test("uses half pixels where the screen has them", () => {
    const layout = layImages(digits, { ...space, width: 500, ratio: 2 });
    expect((layout.cellWidth * 2) % 8).toBe(0);
    expect(layout.even).toBe(true);
  });

  test.each([
    { rows: 1, count: 100_000, height: 1, width: 1 },
    { rows: 1, count: 4096, height: 8, width: 8 },
    { rows: 1, count: 1, height: 512, width: 512 },
    { rows: 2, count: 3, height: 10, width: 2000 },
    { rows: 1, count: 3, height: 2000, width: 10 },
  ])("stays within the width and a sane height: %o", (shape) => {
    const layout = layImages(shape, { ...space, width: 300 });
    expect(layout.canvasWidth).toBeLessThanOrEqual(300.001);
    expect(layout.shown).toBeGreaterThan(0);
    expect(layout.shown).toBeLessThanOrEqual(shape.count);
    if (layout.bands > 1) expect(layout.canvasHeight).toBeLessThanOrEqual(3000);
  });

  test("finds the pixel under every corner it lays, and none in a gap", () => {
    const layout = layImages(digits, { ...space, width: 300 });
    for (let row = 0; row < 3; row++) {
      for (let image = 0; image < 10; image++) {
        const { left, top } = cornerOf(layout, row, image);
        expect(placeAt(layout, digits, left + 0.1, top + 0.1)).toEqual({ row, image, y: 0, x: 0 });
        const end = [left + layout.cellWidth - 0.1, top + layout.cellHeight - 0.1] as const;
        expect(placeAt(layout, digits, ...end)).toEqual({ row, image, y: 7, x: 7 });
        const gap = left + layout.cellWidth + layout.gap / 2;
        expect(placeAt(layout, digits, gap, top + 1)).toBeNull();
      }
    }
    expect(placeAt(layout, digits, -1, 0)).toBeNull();
    expect(placeAt(layout, digits, 0, 1e6)).toBeNull();
  });

  test("paints each image where its corner is", () => {
    const shape = images([0.2, 0.4, 0.6, 0.8], [2, 2, 1, 1, 1]);
    const layout = layImages(shape, { ...space, width: 100 });
    const width = Math.ceil(layout.canvasWidth);
    const height = Math.ceil(layout.canvasHeight);
    const raster = { data: new Uint8ClampedArray(width * height * 4), width, height };
    const picture = {
      images: shape,
      styles: [grey, grey],
      captions: [],
      selected: new Set<number>(),
      layout,
      captionHeight: 0,
    };
    paintGrid(picture, raster, 1, false);
    const shades = [0, 1, 2, 3].map((index) => {
      const { left, top } = cornerOf(layout, index >> 1, index & 1);
      return raster.data[(top * width + left) * 4];
    });
    expect(shades).toEqual([51, 102, 153, 204]);
  });
});

describe("colours", () => {
  test("ten classes differ, and the next ten differ in shape", () => {
    const marks = Array.from({ length: 20 }, (_, index) => markOf(index, -1));
    expect(new Set(marks.map((mark) => JSON.stringify(mark))).size).toBe(20);
    expect(marks[10]).toEqual({ colour: marks[0].colour, ring: true });
  });
  test("no label is grey", () => {
    const [red, green, blue] = markOf(3, 3).colour;
    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(20);
  });
  test("the theme is read when asked", () => {
    const target = document.createElement("div");
    document.body.append(target);
    expect(readTheme(target).dark).toBe(false);
    target.style.setProperty("--tl-scheme", "dark");
    expect(readTheme(target).dark).toBe(true);
  });
});
