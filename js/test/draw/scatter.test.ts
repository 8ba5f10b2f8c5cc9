import { describe, expect, test } from "vitest";
import { fitCamera, pan, toData, toScreen, visibleBounds, zoom } from "../../src/draw/camera";
import { PointIndex } from "../../src/draw/point_index";
import { markerFor, Shape } from "../../src/draw/points";
import { mapTable, paletteTable } from "../../src/draw/points_colours";

const size = { width: 400, height: 200 };
const bounds = [-1, 3, -5, 5] as const;

describe("camera", () => {
  const camera = fitCamera(bounds, size);

  test("fits all of the bounds with one scale for both axes", () => {
    const [x0, x1, y0, y1] = visibleBounds(camera, size);
    expect([y0, y1]).toEqual([-5, 5]);
    expect((x1 - x0) / size.width).toBeCloseTo((y1 - y0) / size.height, 12);
    expect((x0 + x1) / 2).toBe(1);
  });

  test("points y up", () => {
    expect(toScreen(camera, size, 1, 5)).toEqual([200, 0]);
    expect(toData(camera, size, 200, 200)).toEqual([1, -5]);
  });

  test.each([
    [0, 0],
    [137.5, 20],
    [400, 200],
  ])("screen (%d, %d) and data are inverse", (left, top) => {
    const there = toData(camera, size, left, top);
    const [x, y] = toScreen(camera, size, ...there);
    expect(x).toBeCloseTo(left, 9);
    expect(y).toBeCloseTo(top, 9);
  });

  test("zooming keeps what is under the pointer", () => {
    const closer = zoom(camera, size, 3, 60, 150, bounds);
    const before = toData(camera, size, 60, 150);
    const after = toData(closer, size, 60, 150);
    expect(closer.unit).toBeCloseTo(camera.unit / 3, 12);
    expect(after[0]).toBeCloseTo(before[0], 9);
    expect(after[1]).toBeCloseTo(before[1], 9);
  });

  test("zooming ends on both sides", () => {
    expect(zoom(camera, size, 1e9, 0, 0, bounds).unit).toBeGreaterThan(0);
    expect(zoom(camera, size, 1e-9, 0, 0, bounds).unit).toBeCloseTo(camera.unit * 20, 9);
  });

  test("panning moves the plane with the pointer", () => {
    const moved = pan(camera, 10, -20);
    const [left, top] = toScreen(moved, size, 1, 0);
    expect([left, top]).toEqual([210, 80]);
  });
});

describe("point index", () => {
  const count = 3000;
  let seed = 7;
  const random = (): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  const places = Uint16Array.from({ length: count * 2 }, () => Math.floor(random() * 65536));
  const index = new PointIndex(places);
  index.build();
  const reach = { scaleX: 400 / 65535, scaleY: 250 / 65535, radius: 12 };
  const none = (): boolean => false;

  function slow(x: number, y: number, isHidden: (point: number) => boolean): number {
    let [best, least] = [-1, reach.radius ** 2];
    for (let point = 0; point < count; point++) {
      const right = (places[point * 2] - x) * reach.scaleX;
      const up = (places[point * 2 + 1] - y) * reach.scaleY;
      const distance = right * right + up * up;
      if (distance <= least && !isHidden(point)) [best, least] = [point, distance];
    }
    return best;
  }

  test("agrees with looking at every point", () => {
    for (let trial = 0; trial < 300; trial++) {
      const [x, y] = [random() * 70000 - 2000, random() * 70000 - 2000];
      expect(index.nearest(x, y, reach, none)).toBe(slow(x, y, none));
    }
  });

  test("passes over hidden points", () => {
    const odd = (point: number): boolean => point % 2 === 1;
    for (let trial = 0; trial < 100; trial++) {
      const [x, y] = [random() * 65535, random() * 65535];
      expect(index.nearest(x, y, reach, odd)).toBe(slow(x, y, odd));
    }
  });

  test("finds nothing beyond the reach, and nothing in nothing", () => {
    const lonely = new PointIndex(Uint16Array.of(0, 0));
    lonely.build();
    expect(lonely.nearest(65535, 65535, reach, none)).toBe(-1);
    expect(lonely.nearest(100, 100, reach, none)).toBe(0);
    const empty = new PointIndex(new Uint16Array(0));
    expect(empty.build()).toBe(true);
    expect(empty.nearest(5, 5, reach, none)).toBe(-1);
  });
});

describe("colour tables", () => {
  test("carry colour and shape by class", () => {
    const table = paletteTable(11, -1, (code) => code === 1);
    expect([...table.subarray(0, 4)]).toEqual([0, 114, 178, Shape.disc]);
    expect([...table.subarray(40, 44)]).toEqual([0, 114, 178, Shape.ring]);
    expect(table[7]).toBe(Shape.hidden);
  });
  test("have whole rows for more classes than fit in one", () => {
    expect(paletteTable(1000, -1, () => false)).toHaveLength(4 * 256 * 4);
    expect(paletteTable(0, -1, () => false)).toHaveLength(256 * 4);
  });
  test("values run from dark to bright, signs apart, and what is no number is grey", () => {
    const viridis = mapTable("viridis", false);
    expect([...viridis.subarray(0, 3)]).toEqual([68, 1, 84]);
    expect([...viridis.subarray(254 * 4, 254 * 4 + 3)]).toEqual([253, 231, 37]);
    expect([...viridis.subarray(255 * 4, 255 * 4 + 3)]).toEqual([140, 146, 156]);
    const signed = mapTable("diverging", false);
    expect(signed[2]).toBeGreaterThan(signed[0]);
    expect(signed[254 * 4]).toBeGreaterThan(signed[254 * 4 + 2]);
  });
  test("crowds are drawn smaller and fainter, and are told by how many overlap", () => {
    const [few, many] = [markerFor(0.001), markerFor(50)];
    expect(few.diameter).toBeGreaterThan(many.diameter);
    expect(few.opacity).toBeGreaterThan(many.opacity);
    expect(many.overlap).toBeGreaterThan(24);
    expect(markerFor(0)).toMatchObject({ diameter: 7, overlap: 0 });
  });
});
