import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Cloud, PointsPicture, Slot } from "../../src/draw/points";
import type { PlotData } from "../../src/draw/scatter_scene";

const painted: [Slot, PointsPicture][] = [];
vi.mock("../../src/draw/points_webgl", () => ({
  webglPoints: () => ({
    canMorph: false,
    canAdd: true,
    load: () => undefined,
    colour: () => undefined,
    paint: (slot: Slot, picture: PointsPicture) => painted.push([slot, picture]),
    release: () => undefined,
  }),
}));
const { ScatterPlot } = await import("../../src/draw/scatter_plot");

const whole: Cloud = {
  places: Uint16Array.of(0, 0, 65535, 65535),
  bounds: [-1, 1, -1, 1],
  depths: null,
  deep: [-1, 1],
  codes: Uint8Array.of(0, 1),
  values: null,
  chosen: null,
};
const data: PlotData = {
  whole,
  near: null,
  classes: 2,
  unlabelled: -1,
  map: "viridis",
  names: ["x", "y"],
};

describe("points are painted", () => {
  const plot = new ScatterPlot(document.createElement("canvas"), document.createElement("canvas"));
  plot.size = { width: 300, height: 200 };
  const paint = (news: PlotData): number => {
    const before = painted.length;
    plot.load(news);
    plot.paint();
    return painted.length - before;
  };
  beforeEach(() => void paint(data));

  test("once, however many frames say the same", () => {
    expect(painted.length).toBe(1);
    expect(paint(data)).toBe(0);
    expect(paint({ ...data, whole: { ...whole } })).toBe(0);
  });

  test.each([
    ["places", Uint16Array.of(9, 9, 8, 8)],
    ["codes", Uint8Array.of(1, 1)],
    ["values", Uint8Array.of(1, 1)],
    ["chosen", Uint8Array.of(255, 0)],
  ])("again when other %s came", (part, values) => {
    expect(paint({ ...data, whole: { ...whole, [part]: values } })).toBe(1);
  });

  test("again when finer ones came for what is seen, and others for these", () => {
    plot.isCoarse = false;
    plot.zoom(1000, 150, 100);
    plot.paint();
    const finer = (...places: number[]): PlotData => {
      const cloud = { ...whole, places: Uint16Array.from(places), bounds: [-0.1, 0.1, -0.1, 0.1] };
      return { ...data, near: { cloud: cloud as unknown as Cloud, rows: Uint32Array.of(0, 1) } };
    };
    expect(paint(finer(1, 2, 3, 4))).toBe(1);
    expect(painted.at(-1)?.[0]).toBe("near");
    expect(paint(finer(5, 6, 7, 8))).toBe(1);
    plot.fit();
  });

  test("again when the view moved, the size changed, or a class was hidden", () => {
    const changes = [
      () => plot.pan(5, 0),
      () => plot.zoom(2, 100, 100),
      () => plot.fit(),
      () => {
        plot.size = { width: 320, height: 200 };
      },
      () => {
        plot.hidden.add(1);
        plot.restyle();
      },
    ];
    for (const change of changes) {
      const before = painted.length;
      change();
      plot.paint();
      expect(painted.length - before).toBe(1);
      plot.paint();
      expect(painted.length - before).toBe(1);
    }
  });

  test("again when the graphics context is back", () => {
    const before = painted.length;
    plot.lose();
    plot.restore();
    plot.paint();
    expect(painted.length - before).toBe(1);
  });
});

describe("a crowd", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test("is seen as a share at first, and whole soon after", async () => {
    const plot = new ScatterPlot(
      document.createElement("canvas"),
      document.createElement("canvas"),
    );
    plot.size = { width: 300, height: 200 };
    const places = Uint16Array.from({ length: 2_000_000 }, (_, at) => at % 65_536);
    painted.length = 0;
    plot.load({ ...data, whole: { ...whole, places, codes: new Uint8Array(1_000_000) } });
    plot.paint();
    await vi.advanceTimersByTimeAsync(2000);
    expect(painted.map(([, picture]) => picture.thin)).toEqual([5, 1]);
    plot.release();
  });
});
