import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fitCamera } from "../../src/draw/camera";
import { crowdingOf } from "../../src/draw/crowding";
import { PointIndex } from "../../src/draw/point_index";
import { type Cloud, largestCode, project } from "../../src/draw/points";
import { Morph } from "../../src/draw/scatter_morph";
import { Pace } from "../../src/draw/scatter_pace";
import { pickSolid } from "../../src/draw/scatter_pick";
import { projectFlat, projectSolid } from "../../src/draw/scatter_projection";
import { type PlotData, Scene } from "../../src/draw/scatter_scene";
import { spreadThumbnails } from "../../src/draw/thumbnail_places";
import { unpackMask } from "../../src/parts/scatter_reading";

const size = { width: 560, height: 380 };
const bounds = [-10, 10, -7, 7] as const;
let seed = 3;
/** Mulberry32: its successive numbers do not lie on lines, as those of simpler generators do. */
const random = (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};

function cloudOf(places: Uint16Array, range: Cloud["bounds"] = bounds): Cloud {
  const empty = { depths: null, deep: [-1, 1], codes: null, values: null, chosen: null } as const;
  return { places, bounds: range, ...empty };
}

function dataOf(whole: Cloud, near: PlotData["near"] = null): PlotData {
  return { whole, near, classes: 1, unlabelled: -1, map: "viridis", names: ["a", "b"] };
}

describe("the codes that suit a zoom", () => {
  const whole = cloudOf(Uint16Array.of(0, 0, 65535, 65535));
  const near = cloudOf(Uint16Array.of(9, 9), [-0.1, 0.1, -0.1, 0.1]);
  const scene = new Scene(dataOf(whole, { cloud: near, rows: Uint32Array.of(1) }));
  const at = (zoom: number, x = 0) => ({ x, y: 0, unit: fitCamera(bounds, size).unit / zoom });

  test("are asked to be finer before they are off by half a device pixel", () => {
    for (const zoom of [1, 10, 50, 100, 500]) {
      const view = at(zoom);
      const off = scene.codeSize / 2 / (view.unit / window.devicePixelRatio);
      if (!scene.needsFiner(view)) expect(off).toBeLessThan(0.5);
    }
    expect(scene.needsFiner(at(1))).toBe(false);
    expect(scene.needsFiner(at(100))).toBe(true);
  });

  test("zoom ends where half a pixel would be reached, if nobody makes finer ones", () => {
    expect(scene.codeSize / 2 / scene.finestUnit).toBeCloseTo(0.5, 9);
  });

  test("are the finer ones where these cover what is seen", () => {
    expect(scene.slot(at(200), size)).toBe("near");
    expect(scene.slot(at(200, 0.09), size)).toBe("whole");
    expect(scene.slot(at(1), size)).toBe("whole");
  });

  test("name the same rows", () => {
    expect(scene.rowOf(0, "near")).toBe(1);
    expect(scene.rowOf(0, "whole")).toBe(0);
    expect(scene.find(1, "near")).toMatchObject({ cloud: near, point: 0 });
    expect(scene.find(0, "near")).toMatchObject({ cloud: whole, point: 0 });
  });
});

test("flat places fall where the camera puts them, at any zoom", () => {
  const cloud = cloudOf(new Uint16Array(2));
  const view = { x: 1, y: -2, unit: fitCamera(bounds, size).unit / 80 };
  const { across, down } = projectFlat(cloud, view, size);
  expect(project(across, 11 / 20, 5 / 14, 0)).toBeCloseTo(280, 6);
  expect(project(down, 11 / 20, 5 / 14, 0)).toBeCloseTo(190, 6);
});

test("a solid cloud that is not turned lies as the flat one, and turning keeps distances", () => {
  const cloud: Cloud = { ...cloudOf(new Uint16Array(2)), deep: [-3, 3] };
  const view = fitCamera(bounds, size);
  const flat = projectFlat(cloud, view, size);
  const still = projectSolid(cloud, view, size, { yaw: 0, pitch: 0 });
  expect(project(still.across, 0.2, 0.9, 0.4)).toBeCloseTo(project(flat.across, 0.2, 0.9, 0), 6);
  expect(project(still.down, 0.2, 0.9, 0.4)).toBeCloseTo(project(flat.down, 0.2, 0.9, 0), 6);
  const turned = projectSolid(cloud, view, size, { yaw: 0.7, pitch: -0.4 });
  const half = Math.hypot(20, 14, 6) / 2;
  const spot = (x: number, y: number, z: number): number[] => [
    project(turned.across, x, y, z) * view.unit,
    project(turned.down, x, y, z) * view.unit,
    project(turned.away, x, y, z) * 2 * half,
  ];
  const [one, other] = [spot(0.1, 0.2, 0.3), spot(0.8, 0.6, 0.9)];
  const distance = Math.hypot(...one.map((each, axis) => each - other[axis]));
  expect(distance).toBeCloseTo(Math.hypot(0.7 * 20, 0.4 * 14, 0.6 * 6), 6);
});

test("of two points at one place the one in front is picked", () => {
  const cloud: Cloud = {
    ...cloudOf(Uint16Array.of(30000, 30000, 30000, 30000)),
    depths: Uint16Array.of(0, 65535),
  };
  const view = fitCamera(bounds, size);
  const projection = projectSolid(cloud, view, size, { yaw: 0, pitch: 0 });
  const spot = [
    project(projection.across, 30000 / largestCode, 0, 0),
    project(projection.down, 0, 30000 / largestCode, 0),
  ] as const;
  expect(pickSolid(cloud, projection, spot, () => false)).toBe(1);
  expect(pickSolid(cloud, projection, spot, (point) => point === 1)).toBe(0);
  expect(pickSolid(cloud, projection, [0, 0], () => false)).toBe(-1);
});

describe("hovering", () => {
  const count = 4000;
  const exact = Float64Array.from(
    { length: count * 2 },
    (_, at) => (random() - 0.5) * (at % 2 ? 12 : 18),
  );
  const places = Uint16Array.from(exact, (value, at) =>
    Math.round(((value - bounds[(at % 2) * 2]) / (at % 2 ? 14 : 20)) * largestCode),
  );

  test.each([1, 10, 60])("at zoom %d differs from exact only by less than half a pixel", (zoom) => {
    const index = new PointIndex(places);
    index.build();
    const unit = fitCamera(bounds, size).unit / zoom;
    const [wide, high] = [20 / largestCode, 14 / largestCode];
    const reach = { scaleX: wide / unit, scaleY: high / unit, radius: 12 };
    for (let trial = 0; trial < 300; trial++) {
      const [x, y] = [(random() - 0.5) * 18, (random() - 0.5) * 12];
      const away = (point: number): number =>
        Math.hypot(exact[point * 2] - x, exact[point * 2 + 1] - y) / unit;
      let best = 0;
      for (let point = 1; point < count; point++) if (away(point) < away(best)) best = point;
      const found = index.nearest((x + 10) / wide, (y + 7) / high, reach, () => false);
      if (found < 0) expect(away(best)).toBeGreaterThan(11.5);
      else expect(away(found) - away(best)).toBeLessThan(0.5);
    }
  });

  test("an index can be built in stretches", () => {
    const many = Uint16Array.from({ length: 600_000 }, () => Math.floor(random() * 65536));
    const [whole, pieces] = [new PointIndex(many), new PointIndex(many)];
    whole.build();
    let stops = 0;
    while (!pieces.build(() => false)) stops++;
    expect(stops).toBeGreaterThan(3);
    const reach = { scaleX: 0.01, scaleY: 0.01, radius: 12 };
    const at = (index: PointIndex): number => index.nearest(30000, 30000, reach, () => false);
    expect(at(pieces)).toBe(at(whole));
  });
});

describe("crowding", () => {
  test("is the density of an even cloud, and more where points lie together", () => {
    const even = Uint16Array.from({ length: 200_000 }, () => Math.floor(random() * 65536));
    expect(crowdingOf(even) / 100_000).toBeCloseTo(1, 0);
    const packed = Uint16Array.from(even, (code) => Math.floor(code / 16));
    expect(crowdingOf(packed) / crowdingOf(even)).toBeGreaterThan(100);
  });
  test("of nothing and of one point is no crowd", () => {
    expect(crowdingOf(new Uint16Array(0))).toBe(0);
    expect(crowdingOf(Uint16Array.of(5, 5))).toBe(1);
  });
});

test("a mask has a byte a point, from the lowest bit on", () => {
  expect([...unpackMask(Uint8Array.of(0b101, 0b10), 10)]).toEqual([
    255, 0, 255, 0, 0, 0, 0, 0, 0, 255,
  ]);
});

test("thumbnails never touch, are not too many, and pass over hidden points", () => {
  const spots = Array.from({ length: 5000 }, () => [random() * 560, random() * 380] as const);
  const wanted = { cell: 40, side: 38, most: 200 };
  const odd = (row: number): boolean => row % 2 === 1;
  const placed = spreadThumbnails(5000, (row) => spots[row], size, wanted, odd);
  expect(placed.length).toBeGreaterThan(30);
  expect(placed.length).toBeLessThanOrEqual(200);
  for (const one of placed) {
    expect(odd(one.row)).toBe(false);
    for (const other of placed) {
      const apart = Math.max(Math.abs(one.left - other.left), Math.abs(one.top - other.top));
      if (one !== other) expect(apart).toBeGreaterThanOrEqual(38);
    }
  }
  const few = spreadThumbnails(5000, (row) => spots[row], size, { ...wanted, most: 9 }, odd);
  expect(few.length).toBeLessThanOrEqual(9);
  expect(spreadThumbnails(0, () => [0, 0], size, wanted, odd)).toEqual([]);
});

describe("the film between two frames", () => {
  test("goes from one to nothing, and stops when news comes in the middle or a step takes long", () => {
    const morph = new Morph();
    morph.begin(bounds, 0);
    const shares = [0, 80, 160, 240, 320].map((now) => morph.left(now));
    expect(shares[0]).toBe(1);
    expect(shares.at(-1)).toBe(0);
    expect([...shares].sort((one, other) => other - one)).toEqual(shares);
    expect(morph.from).toBeNull();
    morph.begin(bounds, 1000);
    morph.begin(bounds, 1100);
    expect(morph.left(1110)).toBe(0);
    morph.begin(bounds, 2000);
    expect(morph.left(2150)).toBe(0);
  });
});

describe("the pace of moving", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test("what moved while a frame was measured is drawn too, on a machine that is fast", async () => {
    let [place, drawn] = [0, 0];
    const pace = new Pace(() => {
      drawn = place;
    });
    place = 1;
    pace.moved(1000);
    await vi.advanceTimersByTimeAsync(17);
    expect(drawn).toBe(1);
    place = 2;
    pace.moved(1000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(drawn).toBe(2);
    pace.release();
  });

  test("a slow machine draws a share while moving, all at rest, and never an old place", async () => {
    const drawn: number[] = [];
    let moves = 0;
    const pace = new Pace(() => {
      drawn.push(pace.thin);
      const until = performance.now() + 200 / pace.thin;
      vi.setSystemTime(Date.now());
      moves = 0;
      vi.advanceTimersByTime(Math.max(0, until - performance.now()));
    });
    for (let step = 0; step < 10; step++) {
      moves++;
      pace.moved(1000);
      await vi.advanceTimersByTimeAsync(20);
    }
    await vi.advanceTimersByTimeAsync(3000);
    expect(Math.max(...drawn)).toBeGreaterThan(3);
    expect(drawn.at(-1)).toBe(1);
    expect(moves).toBe(0);
    pace.release();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a crowd begins with a share that no machine waits for, and grows on a fast one", async () => {
    const drawn: number[] = [];
    const pace = new Pace(() => drawn.push(pace.thin));
    for (let step = 0; step < 12; step++) {
      pace.moved(1_000_000);
      await vi.advanceTimersByTimeAsync(17);
    }
    expect(drawn[0]).toBe(5);
    expect(drawn.at(-1)).toBe(1);
    pace.release();
  });

  test("a cloud that no frame waits for is never thinned, however slow the machine is", () => {
    const pace = new Pace(() => undefined);
    pace.thin = 22;
    expect(pace.thinOf(0)).toBe(1);
    expect(pace.thinOf(1797)).toBe(1);
    expect(pace.thinOf(100_000)).toBe(5);
    expect(pace.thinOf(1_000_000)).toBe(22);
  });
});
